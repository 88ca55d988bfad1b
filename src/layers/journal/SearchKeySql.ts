import { randomBytes } from "node:crypto"

import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

import { SearchKey } from "../../services/SearchKey.ts"
import { Settings } from "../../services/Settings.ts"
import { makeAvailability } from "../database/availability.ts"
import { sealingWith } from "./sealing.ts"

interface Row {
  readonly number: number
  readonly fingerprint: string
  /** Absent where the key comes from the environment. */
  readonly key: string | null
}

const LATEST = "SELECT number, fingerprint, key FROM search_keys ORDER BY number DESC LIMIT 1"

/** The second of several processes that start at once waits, and finds the key of the first. */
const LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('brom-ctx search key ' || current_schema(), 0))"

/** Distinguishes a key from others and reveals nothing else about it. */
const fingerprintOf = (secret: string): string => sealingWith(secret).hash("fingerprint", "")

/** The key that this process uses: that of the environment, else the one that the database keeps, else a new one. */
const secretOf = (configured: string | undefined, latest: Row | undefined): string =>
  configured ?? latest?.key ?? randomBytes(32).toString("base64url")

/** Makes this process's key the latest one, if it differs. Returns its number, and whether it replaces one. */
const settle = Effect.fnUntraced(function* (sql: SqlClient, configured: string | undefined) {
  return yield* sql.withTransaction(
    Effect.gen(function* () {
      yield* sql.unsafe(LOCK)
      const [latest] = yield* sql.unsafe<Row>(LATEST)
      const secret = secretOf(configured, latest)
      const fingerprint = fingerprintOf(secret)
      if (latest?.fingerprint === fingerprint) return { secret, number: latest.number, replaces: false }
      const number = (latest?.number ?? 0) + 1
      yield* sql`INSERT INTO search_keys (number, fingerprint, key, at)
        VALUES (${number}, ${fingerprint}, ${configured === undefined ? secret : null}, now())`
      return { secret, number, replaces: latest !== undefined }
    })
  )
})

const configuredKey = Effect.map(Settings, ({ searchKey }) => searchKey && Redacted.value(searchKey))

const make = Effect.gen(function* () {
  const sql = yield* SqlClient
  const availability = yield* makeAvailability("the journal's database")
  const configured = yield* configuredKey
  const { number, replaces, secret } = yield* Effect.orDie(
    Effect.withTracerEnabled(availability.persist(settle(sql, configured)), false)
  )
  if (replaces) {
    yield* Effect.logWarning(
      "SEARCH_KEY has changed, rebuilding the search index: a search finds only customers indexed so far"
    )
  }
  return SearchKey.of({ number, ...sealingWith(secret) })
})

/**
 * The key of the search, from the environment (CONTRACT `SEARCH_KEY`) or kept in the database. A different key becomes
 * the latest one.
 */
export const SearchKeySql = Layer.effect(SearchKey, make)

/** Stands for the row of a database before its first start with this version. */
const unknown: Row = { number: 0, fingerprint: "", key: null }

/** The same key for a guest, which never changes it. Without the key, no personal data can be found. */
export const SearchKeyGuest = Layer.effect(
  SearchKey,
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const configured = yield* configuredKey
    const availability = yield* makeAvailability("the journal's database")
    const [latest = unknown] = yield* Effect.orDie(availability.persist(sql.unsafe<Row>(LATEST)))
    return SearchKey.of({ number: latest.number, ...sealingWith(secretOf(configured, latest)) })
  })
)
