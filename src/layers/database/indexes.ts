import { Clock, Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"

/**
 * Indexes of tables that hold rows of all times, by their names. No migration creates them: that would take long, and every
 * process would wait for it.
 */
const indexes: Readonly<Record<string, { readonly table: string; readonly definition: string }>> = {
  communications_unlisted: { table: "communications", definition: "(created_at, id) WHERE listing IS NULL" },
  communications_status: { table: "communications", definition: "(status, created_at, id)" },
  communications_journey: { table: "communications", definition: "(journey, status, created_at, id)" },
  communications_waiting: {
    table: "communications",
    definition: "(created_at, id) WHERE due IS NOT NULL OR held_servicenow IS NOT NULL OR held_weni IS NOT NULL"
  },
  communications_awaiting: {
    table: "communications",
    definition: "(created_at, id) WHERE phone IS NOT NULL AND answered_at IS NULL AND NOT undelivered"
  },
  records_dead_letters: {
    table: "records",
    definition: "(at) WHERE ending = 'dead_letter' AND redriven_at IS NULL"
  },
  communications_held_servicenow: {
    table: "communications",
    definition: '(held_servicenow, id COLLATE "C") WHERE held_servicenow IS NOT NULL'
  },
  communications_held_weni: {
    table: "communications",
    definition: '(held_weni, id COLLATE "C") WHERE held_weni IS NOT NULL'
  },
  communications_phone: {
    table: "communications",
    definition: "(phone, coalesce(answered_at, sent_at)) WHERE phone IS NOT NULL"
  }
}

interface MissingIndex {
  readonly name: string
  readonly table: string
  readonly definition: string
  /** A build that failed has left it: the server maintains it and does not use it. */
  readonly invalid: boolean
}

const missingIndexes = Effect.fnUntraced(function* (sql: SqlClient) {
  const names = Object.keys(indexes)
  const found = yield* sql.unsafe<{ name: string; valid: boolean }>(
    `SELECT c.relname AS name, i.indisvalid AS valid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = current_schema() AND c.relname = ANY ($1::text[])`,
    [names]
  )
  const valid = new Map(found.map((row) => [row.name, row.valid]))
  return Object.entries(indexes).flatMap(([name, index]): ReadonlyArray<MissingIndex> =>
    valid.get(name) === true ? [] : [{ name, ...index, invalid: valid.has(name) }]
  )
})

/** Creates the indexes that are missing and takes their tables for as long. */
export const createIndexes = Effect.fnUntraced(function* (sql: SqlClient) {
  for (const { definition, invalid, name, table } of yield* missingIndexes(sql)) {
    if (invalid) yield* sql.unsafe(`DROP INDEX ${name}`)
    yield* sql.unsafe(`CREATE INDEX ${name} ON ${table} ${definition}`)
  }
})

/** The same for tables without rows, which takes no time. */
export const createEmptyIndexes = Effect.fnUntraced(function* (sql: SqlClient) {
  const [row] = yield* sql.unsafe<{ empty: boolean }>("SELECT NOT EXISTS (SELECT FROM communications) AS empty")
  if (row?.empty === true) yield* createIndexes(sql)
})

/** Held by the process that builds. It ends with the connection, so also with the build itself. */
const LOCK = "SELECT pg_try_advisory_lock(hashtextextended('brom-ctx indexes ' || current_schema(), 0)) AS got"

/**
 * Creates the indexes that are missing beside the work of all processes, on a connection of its own. Returns true when there
 * is nothing left to do, and false while another process builds.
 */
export const buildIndexes = Effect.fnUntraced(function* (sql: SqlClient) {
  if ((yield* missingIndexes(sql)).length === 0) return true
  for (const name of ["statement_timeout", "lock_timeout"]) yield* sql.unsafe(`SET ${name} = 0`)
  const [lock] = yield* sql.unsafe<{ got: boolean }>(LOCK)
  if (lock?.got !== true) return false
  for (const { definition, invalid, name, table } of yield* missingIndexes(sql)) {
    yield* Effect.logInfo(`building the index ${name} beside the work${invalid ? ": an earlier build failed" : ""}`)
    const startedAt = yield* Clock.currentTimeMillis
    if (invalid) yield* sql.unsafe(`DROP INDEX CONCURRENTLY ${name}`)
    yield* sql.unsafe(`CREATE INDEX CONCURRENTLY ${name} ON ${table} ${definition}`)
    const seconds = Math.round(((yield* Clock.currentTimeMillis) - startedAt) / 1000)
    yield* Effect.logInfo(`the index ${name} is built after ${seconds} s`)
  }
  return true
})
