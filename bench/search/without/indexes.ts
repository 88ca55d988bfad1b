import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"

import { createEmptyIndexes as createAll } from "../../../src/layers/database/indexes.ts"

const ofTheSearch = ["to_list", "status", "journey", "waiting", "unanswered"]

/** Creates the indexes without those of the search, and the earlier index that found stalled work. */
export const createEmptyIndexes = Effect.fnUntraced(function* (sql: SqlClient) {
  yield* createAll(sql)
  for (const name of ofTheSearch) yield* sql.unsafe(`DROP INDEX communications_${name}`)
  yield* sql`CREATE INDEX communications_working ON communications (created_at) WHERE status = 'working'`
})

export const createIndexes = () => Effect.void

export const buildIndexes = () => Effect.succeed(true)
