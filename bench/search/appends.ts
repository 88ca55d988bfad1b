import { Effect, Layer, Redacted } from "effect"

import { fold } from "../../src/domain/communication/State.ts"
import type { CorrelationId } from "../../src/domain/record/Origin.ts"
import { Database } from "../../src/layers/database/Database.ts"
import { DatabaseStatusRef } from "../../src/layers/database/DatabaseStatusRef.ts"
import { JournalSql } from "../../src/layers/journal/JournalSql.ts"
import { openCommunication } from "../../src/programs/communication/Communication.ts"
import { SettingsTest } from "../../test/support/settings.ts"
import { factsOf } from "./facts.ts"

interface Wanted {
  readonly first: number
  readonly many: number
}

const communication = Effect.fnUntraced(function* (customer: number) {
  const appends = factsOf(customer)
  const { record } = yield* openCommunication(
    `pedido_entregue_amanha|c${customer}|P${customer}` as CorrelationId,
    fold([])
  )
  for (const facts of appends) yield* record(facts)
})

/** Writes these communications, 40 at a time. */
const written = ({ first, many }: Wanted) =>
  Effect.forEach(
    Array.from({ length: many }, (_, index) => first + index),
    communication,
    { concurrency: 40, discard: true }
  )

const asked = Effect.callback<Wanted>((resume) => {
  process.once("message", (wanted: Wanted) => resume(Effect.succeed(wanted)))
})

const settings = SettingsTest({
  database: { url: Redacted.make(process.env["DATABASE_URL"] ?? ""), dataDir: "unused" }
})
const layer = JournalSql.pipe(Layer.provideMerge(Database), Layer.provide([DatabaseStatusRef, settings]))

/** Writes the communications that its parent requests, and reports when they are durable. */
await Effect.runPromise(
  Effect.provide(
    Effect.forever(
      Effect.andThen(
        Effect.flatMap(asked, written),
        Effect.sync(() => process.send?.({ written: true }))
      )
    ),
    layer
  )
)
