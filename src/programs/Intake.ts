import { Context, Effect, Layer } from "effect"

import { CurrentBeginning } from "../services/Beginning.ts"
import { Journal } from "../services/Journal.ts"
import { Journeys } from "../services/Journeys.ts"
import { Kafka, type KafkaStatus, type Work } from "../services/Kafka.ts"
import { Settings } from "../services/Settings.ts"
import { CaseLookup } from "./CaseLookup.ts"
import { Communications } from "./Communications.ts"
import { holdIntake } from "./holdIntake.ts"
import { inboundRecord } from "./inboundRecord.ts"
import { outboundRecord } from "./outboundRecord.ts"
import { roomy } from "./roomy.ts"

/**
 * Orders that only begin: each slot of ServiceNow that becomes free finds one that waits, and some are on their way there, or find in the
 * journal that there is nothing to call for.
 */
const mostBeginning = (slots: number) => Math.max(16, slots)

/** The consumption of our two topics by one consumer; its layer runs it (DESIGN "Kafka intake"). */
export class Intake extends Context.Service<Intake, { readonly status: Effect.Effect<KafkaStatus> }>()(
  "brom-ctx/programs/Intake"
) {
  static readonly layer = Layer.effect(
    Intake,
    Effect.gen(function* () {
      const kafka = yield* Kafka
      const journal = yield* Journal
      const { maxInFlight, runner, serviceNow, shutdownGrace, topics, weni } = yield* Settings
      const context = roomy(
        yield* Effect.context<CaseLookup | Communications | Journal | Journeys | Kafka | Settings>()
      )
      const consumer = yield* kafka.consume({
        topics: [topics.in, topics.inbound],
        maxInFlight,
        // What an actor calls, and when, is known only to the replica that has it.
        ...(runner === undefined && { maxBeginning: mostBeginning(serviceNow.concurrency) }),
        // What is left of the grace belongs to the attempts that are then under way (SPEC 9.4).
        drain: Math.max(0, shutdownGrace - weni.timeout - 6000),
        onBegin: (positions) => journal.beginLedger(positions),
        onGap: (gap) => journal.passOver(gap),
        receive: (record): Work => {
          const work = record.topic === topics.inbound ? inboundRecord(record) : outboundRecord(record)
          // Set, not merged with the one of the flow, which is as large: it would be copied for each record.
          const run = Effect.withFiber((fiber) => {
            const beginning = fiber.getRef(CurrentBeginning)
            return Effect.setContext(work.run, Context.add(context, CurrentBeginning, beginning))
          })
          return { ...work, run }
        }
      })
      yield* Effect.forkScoped(holdIntake(consumer, topics.in))
      return Intake.of({ status: consumer.status })
    })
  )
}
