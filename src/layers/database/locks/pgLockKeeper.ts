import { hash } from "node:crypto"

import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"

import type { OwnedKind } from "../../../services/Ownership.ts"
import type { LockKeeper, LockKey, LockWords } from "../../ownership/LockTable.ts"
import { type LockStatements, unusable } from "./LockStatements.ts"

/** The channel on which processes tell each other which locks they wait for. */
export const lockChannel = "brom_ctx_locks"

/** 64 bits of a hash, as Postgres writes them. Two ids with the same hash merely wait for each other. */
export const lockKey = (schema: string, kind: OwnedKind, id: string): LockKey =>
  BigInt.asIntN(64, BigInt(`0x${hash("sha256", `${schema}\0${kind}\0${id}`).slice(0, 16)}`)).toString()

/** Gives locks back and requests others in one round trip. The answers have the order of the requests. */
const EXCHANGE = `SELECT
  (SELECT count(*) FILTER (WHERE NOT pg_advisory_unlock(k)) FROM unnest($1::text[]::bigint[]) AS k)::integer AS strange,
  ARRAY(
    SELECT pg_try_advisory_lock(k) FROM unnest($2::text[]::bigint[]) WITH ORDINALITY AS u(k, n) ORDER BY n
  ) AS got`

const TELL = `SELECT pg_notify('${lockChannel}', word) FROM unnest($1::text[]) AS word`

/** Maximum number of keys in one message, which can have 8,000 bytes. */
const mostInWord = 300

const wordsOf = (verb: keyof LockWords, keys: ReadonlyArray<LockKey>): ReadonlyArray<string> =>
  Array.from(
    { length: Math.ceil(keys.length / mostInWord) },
    (_, index) => `${verb} ${keys.slice(index * mostInWord, (index + 1) * mostInWord).join(" ")}`
  )

/** Decodes a message of another process. */
export const heardWords = (payload: string): LockWords => {
  const [verb, ...keys] = payload.split(" ")
  return { wanted: verb === "wanted" ? keys : [], free: verb === "free" ? keys : [] }
}

const isFlags = (value: unknown): value is ReadonlyArray<boolean> => Array.isArray(value)

/** Keeps the locks as advisory locks of one Postgres session. */
export const pgLockKeeper = ({ ask }: LockStatements): LockKeeper<SqlError> => ({
  exchange: Effect.fnUntraced(function* (given: ReadonlyArray<LockKey>, asked: ReadonlyArray<LockKey>) {
    const [row] = yield* ask(EXCHANGE, [given, asked])
    if (row?.strange !== 0) return yield* unusable("locks of ours are not the session's")
    return isFlags(row.got) ? row.got : []
  }),
  tell: ({ free, wanted }) => Effect.asVoid(ask(TELL, [[...wordsOf("wanted", wanted), ...wordsOf("free", free)]]))
})
