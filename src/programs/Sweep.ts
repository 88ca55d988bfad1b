import { Cause, Clock, Effect, Layer, Schedule } from "effect"

import { durationText } from "../domain/durationText.ts"
import { unknownCorrelation } from "../domain/refusal.ts"
import { type Claim, Journal, type Parked } from "../services/Journal.ts"
import { Journeys } from "../services/Journeys.ts"
import { Settings } from "../services/Settings.ts"
import { countSkipped } from "../telemetry/metrics.ts"
import { Communications } from "./CommunicationEntity.ts"
import { journeyOf } from "./correlate.ts"
import { applyToCommunication } from "./inboundRecord.ts"
import { fromParkedEvent } from "./parkedEvent.ts"
import { publishRefusal } from "./refuse.ts"

/** Rows that one look brings at most; what is left comes with the next. */
const limit = 100

const logged = (what: string) =>
  Effect.catchCause((cause: Cause.Cause<unknown>) =>
    Cause.hasInterrupts(cause) ? Effect.interrupt : Effect.logError(`${what}; tried again`, cause)
  )

/** Scheduled closes and writes to be tried again (SPEC 6.4, 8.8). */
const wakeDue = Effect.gen(function* () {
  const journal = yield* Journal
  const communications = yield* Communications
  const ids = yield* journal.dueBefore(yield* Clock.currentTimeMillis, limit)
  yield* Effect.forEach(ids, (id) => communications.wake(id).pipe(logged("what is due could not be done")), {
    concurrency: 16,
    discard: true
  })
})

/** Parked events whose communication has come (SPEC 8.3). */
const applyClaimed = Effect.fnUntraced(function* ({ id, parked }: Claim) {
  const journal = yield* Journal
  const communications = yield* Communications
  const { event } = fromParkedEvent(parked.event, parked.origin)
  const applied = yield* communications.apply(id, { origin: parked.origin, event })
  if (applied !== "unknown") yield* journal.unpark([parked.key])
})

/** Nobody's, after all: a journey of ours is told so, another campaign's is counted (SPEC 8.3). */
const endOrphan = Effect.fnUntraced(function* (parked: Parked) {
  const journal = yield* Journal
  const journeys = yield* Journeys
  const { orphanAfter } = yield* Settings
  const { event, record } = fromParkedEvent(parked.event, parked.origin)
  if (!(yield* applyToCommunication(record, event))) {
    const ours = [event.journey, event.correlationId && journeyOf(event.correlationId)]
    yield* ours.some((name) => name !== undefined && journeys.has(name))
      ? publishRefusal(record, unknownCorrelation(durationText(orphanAfter)), { id: event.correlationId, channels: [] })
      : countSkipped(record.topic, "alheio")
  }
  yield* journal.unpark([parked.key])
})

const sweepParked = Effect.gen(function* () {
  const journal = yield* Journal
  const { orphanAfter } = yield* Settings
  for (const claim of yield* journal.claimable(limit)) {
    yield* applyClaimed(claim).pipe(logged("a parked event could not be applied"))
  }
  for (const parked of yield* journal.orphans((yield* Clock.currentTimeMillis) - orphanAfter, limit)) {
    yield* endOrphan(parked).pipe(logged("a parked event could not be ended"))
  }
})

const everySecond = Schedule.spaced("1 second")

/** What no record will bring back is found here, within a second of being due, by whichever process runs (DESIGN). */
export const Sweep = Layer.effectDiscard(
  Effect.forkScoped(
    Effect.andThen(wakeDue, sweepParked).pipe(logged("the sweep failed"), Effect.repeat(everySecond), Effect.asVoid)
  )
)
