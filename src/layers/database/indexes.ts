import { Clock, Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"

/**
 * Indexes, by name, of tables that hold the whole history. No migration creates them, because that would take long and
 * every process would wait for it.
 */
const indexes: Readonly<Record<string, { readonly table: string; readonly definition: string }>> = {
  communications_to_list: { table: "communications", definition: "(created_at, id) WHERE NOT listed" },
  communications_status: { table: "communications", definition: "(status, created_at, id)" },
  communications_journey: { table: "communications", definition: "(journey, status, created_at, id)" },
  communications_waiting: {
    table: "communications",
    definition: "(created_at, id) WHERE due IS NOT NULL OR held_servicenow IS NOT NULL OR held_weni IS NOT NULL"
  },
  communications_unanswered: {
    table: "communications",
    definition: "(sent_at, created_at, id) WHERE phone IS NOT NULL AND answered_at IS NULL AND NOT undelivered"
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

/**
 * Indexes that only earlier versions use. Some depend on a column that each append changes, so Postgres would write
 * every index of the row again. A program of such a version may build them again, so each start drops the ones that it
 * finds.
 */
const outdated = ["communications_unlisted", "communications_case_number", "communications_awaiting"]

interface MissingIndex {
  readonly name: string
  readonly table: string
  readonly definition: string
  /** A failed build has left it: the server maintains it but does not use it. */
  readonly invalid: boolean
}

interface IndexChanges {
  readonly missing: ReadonlyArray<MissingIndex>
  /** Names. */
  readonly surplus: ReadonlyArray<string>
}

const indexChanges = Effect.fnUntraced(function* (sql: SqlClient) {
  const names = [...Object.keys(indexes), ...outdated]
  const found = yield* sql.unsafe<{ name: string; valid: boolean }>(
    `SELECT c.relname AS name, i.indisvalid AS valid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = current_schema() AND c.relname = ANY ($1::text[])`,
    [names]
  )
  const valid = new Map(found.map((row) => [row.name, row.valid]))
  const changes: IndexChanges = {
    missing: Object.entries(indexes).flatMap(([name, index]) =>
      valid.get(name) === true ? [] : [{ name, ...index, invalid: valid.has(name) }]
    ),
    surplus: outdated.filter((name) => valid.has(name))
  }
  return changes
})

/** Creates the indexes that are missing and drops those of earlier versions. Locks their tables meanwhile. */
export const createIndexes = Effect.fnUntraced(function* (sql: SqlClient) {
  const { missing, surplus } = yield* indexChanges(sql)
  for (const name of surplus) yield* sql.unsafe(`DROP INDEX ${name}`)
  for (const { definition, invalid, name, table } of missing) {
    if (invalid) yield* sql.unsafe(`DROP INDEX ${name}`)
    yield* sql.unsafe(`CREATE INDEX ${name} ON ${table} ${definition}`)
  }
})

/** Does the same if the tables are empty, which takes no time. */
export const createEmptyIndexes = Effect.fnUntraced(function* (sql: SqlClient) {
  const [row] = yield* sql.unsafe<{ empty: boolean }>("SELECT NOT EXISTS (SELECT FROM communications) AS empty")
  if (row?.empty === true) yield* createIndexes(sql)
})

/** The lock of the process that builds. It ends with the connection, so also with the build itself. */
const LOCK = "SELECT pg_try_advisory_lock(hashtextextended('brom-ctx indexes ' || current_schema(), 0)) AS got"

/**
 * Creates the indexes that are missing and drops those of earlier versions while all processes work, on a connection of
 * its own. Returns true when there is nothing left to do, and false while another process builds.
 */
export const buildIndexes = Effect.fnUntraced(function* (sql: SqlClient) {
  const found = yield* indexChanges(sql)
  if (found.missing.length === 0 && found.surplus.length === 0) return true
  for (const name of ["statement_timeout", "lock_timeout"]) yield* sql.unsafe(`SET ${name} = 0`)
  const [lock] = yield* sql.unsafe<{ got: boolean }>(LOCK)
  if (lock?.got !== true) return false
  const { missing, surplus } = yield* indexChanges(sql)
  for (const name of surplus) {
    yield* sql.unsafe(`DROP INDEX CONCURRENTLY ${name}`)
    yield* Effect.logInfo(`index ${name} of an earlier version dropped`)
  }
  for (const { definition, invalid, name, table } of missing) {
    yield* Effect.logInfo(`building index ${name} in the background${invalid ? ": an earlier build failed" : ""}`)
    const startedAt = yield* Clock.currentTimeMillis
    if (invalid) yield* sql.unsafe(`DROP INDEX CONCURRENTLY ${name}`)
    yield* sql.unsafe(`CREATE INDEX CONCURRENTLY ${name} ON ${table} ${definition}`)
    const seconds = Math.round(((yield* Clock.currentTimeMillis) - startedAt) / 1000)
    yield* Effect.logInfo(`index ${name} built after ${seconds} s`)
  }
  return true
})
