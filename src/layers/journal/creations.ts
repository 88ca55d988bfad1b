import { createHmac } from "node:crypto"

import { Effect } from "effect"

import { type CustomerCreation, CustomerCreations } from "../../services/CustomerCreations.ts"
import { databaseSpan } from "../../telemetry/databaseSpan.ts"
import type { CreationChange } from "./creationRows.ts"
import type { Found, LookUpCall } from "./lookUp.ts"
import type { SqlAccess } from "./sqlAccess.ts"

const nothing: CreationChange["seen"] = new Map()

const LOCKED = `WITH mine AS MATERIALIZED (
  SELECT c.identity, u.at, u.value FROM customer_creations c
  JOIN unnest($1::text[], $2::text[], $3::text[]) AS u(identity, at, value) USING (identity) ORDER BY 1 FOR UPDATE OF c
)`

const RECKON = `${LOCKED} UPDATE customer_creations c SET sent_until = to_timestamp(mine.value::float8 / 1000)
FROM mine WHERE c.identity = mine.identity AND c.begun_at = to_timestamp(mine.at::float8 / 1000)
  AND c.sent_until IS NULL AND c.sys_id IS NULL`

const WITHDRAW = `${LOCKED} DELETE FROM customer_creations c USING mine
WHERE c.identity = mine.identity AND c.begun_at = to_timestamp(mine.at::float8 / 1000) AND c.sys_id IS NULL`

const PRUNE = `WITH gone AS (
  DELETE FROM customer_creations WHERE identity IN (
    SELECT identity FROM customer_creations WHERE begun_at < to_timestamp($1::float8 / 1000)
    ORDER BY identity FOR UPDATE SKIP LOCKED
  ) RETURNING 1
) SELECT count(*)::integer AS count FROM gone`

/** The rows of one call: creations that began at a time, with one value. */
interface Change {
  readonly of: ReadonlyArray<Pick<CustomerCreation, "identity" | "begunAt">>
  readonly value: string
}

const toCreation = ({ key, values: [begun, sent, sysId] }: Found): CustomerCreation => ({
  identity: key,
  begunAt: Number(begun),
  ...(typeof sent === "string" && { sentUntil: Number(sent) }),
  ...(typeof sysId === "string" && { sysId })
})

/** Stores the creations of customers in SQL, by a keyed hash of their identities. */
export const makeCreationBook = Effect.fnUntraced(function* (
  { persist, sql, write, writeTogether }: SqlAccess,
  lookUp: LookUpCall,
  change: (change: CreationChange) => Effect.Effect<boolean>
) {
  const [secret] = yield* persist(sql<{ key: string }>`SELECT key FROM identity_key`)
  const key = secret?.key ?? ""
  /** Memoized by list, because a creation passes the same list three times. */
  const known = new WeakMap<ReadonlyArray<string>, ReadonlyArray<string>>()
  const hashed = (identities: ReadonlyArray<string>) => {
    const before = known.get(identities)
    if (before !== undefined) return before
    const hashes = identities.map((identity) => createHmac("sha256", key).update(identity).digest("base64url"))
    known.set(identities, hashes)
    return hashes
  }
  const changing = (statement: string) =>
    writeTogether<Change>((changes) =>
      sql.unsafe(statement, [
        changes.flatMap((one) => hashed(one.of.map(({ identity }) => identity))),
        changes.flatMap((one) => one.of.map(({ begunAt }) => String(begunAt))),
        changes.flatMap((one) => one.of.map(() => one.value))
      ])
    )
  const reckon = yield* changing(RECKON)
  const withdraw = yield* changing(WITHDRAW)
  return CustomerCreations.of({
    find: databaseSpan("SELECT", "customer_creations", (identities: ReadonlyArray<string>) => {
      const hashes = hashed(identities)
      return Effect.map(lookUp({ of: "creation", keys: hashes }), (rows) =>
        rows.map((row) => ({ ...toCreation(row), identity: identities[hashes.indexOf(row.key)] ?? row.key }))
      )
    }),
    begin: databaseSpan(
      "INSERT",
      "customer_creations",
      (identities: ReadonlyArray<string>, at: number, seen: ReadonlyArray<CustomerCreation>) =>
        Effect.suspend(() => {
          const hashes = hashed(seen.map(({ identity }) => identity))
          return change({
            identities: [...new Set(hashed(identities))],
            at,
            seen: new Map(seen.map((one, index) => [hashes[index] ?? "", one]))
          })
        })
    ),
    reckon: databaseSpan("UPDATE", "customer_creations", (seen: ReadonlyArray<CustomerCreation>, sentUntil: number) =>
      reckon({ of: seen, value: String(sentUntil) })
    ),
    settle: databaseSpan(
      "UPDATE",
      "customer_creations",
      (identities: ReadonlyArray<string>, at: number, sysId: string) =>
        Effect.asVoid(change({ identities: hashed(identities), at, sysId, seen: nothing }))
    ),
    withdraw: databaseSpan("DELETE", "customer_creations", (identities: ReadonlyArray<string>, at: number) =>
      withdraw({ of: identities.map((identity) => ({ identity, begunAt: at })), value: "" })
    ),
    prune: (before) => Effect.map(write(sql.unsafe<{ count: number }>(PRUNE, [before])), ([row]) => row?.count ?? 0)
  })
})
