import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

/**
 * The mark of each ended record, and the logs that a partition has had (docs/database.md). Earlier versions would take
 * the records of a later log for those of the first. Only adds columns: no table is rewritten, and no index is built.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql`ALTER TABLE records ADD COLUMN written_at bigint, ADD COLUMN digest text`
  yield* sql`ALTER TABLE ledger ADD COLUMN cluster text, ADD COLUMN since bigint, ADD COLUMN began_at timestamptz,
    ADD COLUMN reason text, ADD COLUMN ahead int8multirange NOT NULL DEFAULT '{}'`
  // The time of an ending stands in for that of its record, which was not kept.
  yield* sql`UPDATE ledger l SET since = (
    SELECT floor(extract(epoch FROM r.at) * 1000)::bigint FROM records r
    WHERE r.topic = l.topic AND r.partition = l.partition ORDER BY r."offset" LIMIT 1
  )`
})
