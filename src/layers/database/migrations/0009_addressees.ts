import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

/**
 * The addressee of each message, kept after the answer, too, and what is known of the message. Earlier versions write
 * the columns that are renamed here, and cannot read the fact of an ambiguous answer. The index of the phones is built
 * while the service works (`src/layers/database/indexes.ts`).
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql`DROP INDEX communications_awaiting`
  yield* sql`ALTER TABLE communications RENAME COLUMN awaiting_phone TO phone`
  yield* sql`ALTER TABLE communications RENAME COLUMN awaiting_since TO sent_at`
  yield* sql`ALTER TABLE communications ADD COLUMN answered_at timestamptz, ADD COLUMN known_message text,
    ADD COLUMN undelivered boolean NOT NULL DEFAULT false`
})
