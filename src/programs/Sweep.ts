import { Cause, Clock, type Duration, Effect, Layer, Schedule } from "effect"

import { durationText } from "../domain/durationText.ts"
import { unknownCorrelation } from "../domain/refusal.ts"
import { type Claim, Journal, type Parked } from "../services/Journal.ts"
import { Journeys } from "../services/Journeys.ts"
import { Settings } from "../services/Settings.ts"
import { countSkipped } from "../telemetry/metrics.ts"
import { Communications } from "./CommunicationEntity.ts"
import { journeyOf } from "./correlate.ts"
import { applyIn, applyToCommunication } from "./inboundRecord.ts"
import { fromParkedEvent } from "./parkedEvent.ts"
import { publishRefusal } from "./refuse.ts"

/** Rows that one look brings at most; what is left comes with the next. */
const limit = 500
/** Communications that are asked at once: one that is stuck holds no other (SPEC 9.5). */
const concurrency = 16

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
    concurrency,
    discard: true
  })
})

/** Parked events whose communication has come (SPEC 8.3). */
const applyClaimed = Effect.fnUntraced(function* ({ id, parked }: Claim) {
  const journal = yield* Journal
  const { event, record } = fromParkedEvent(parked.event, parked.origin)
  const ended = yield* applyIn(record, { id }, event)
  if (ended !== undefined) yield* journal.unpark([parked.key])
})

/** Nobody's, after all: a journey of ours is told so, another campaign's is counted (SPEC 8.3). */
const endOrphan = Effect.fnUntraced(function* (parked: Parked) {
  const journal = yield* Journal
  const journeys = yield* Journeys
  const { orphanAfter } = yield* Settings
  const { event, record } = fromParkedEvent(parked.event, parked.origin)
  if ((yield* applyToCommunication(record, event)) === undefined) {
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
  // Events of one communication keep their order.
  const claims = Map.groupBy(yield* journal.claimable(limit), ({ id }) => id)
  const applyAll = (own: ReadonlyArray<Claim>) =>
    Effect.forEach(own, applyClaimed, { discard: true }).pipe(logged("a parked event could not be applied"))
  yield* Effect.forEach(claims.values(), applyAll, { concurrency, discard: true })

  const orphans = yield* journal.orphans((yield* Clock.currentTimeMillis) - orphanAfter, limit)
  const endOne = (parked: Parked) => endOrphan(parked).pipe(logged("a parked event could not be ended"))
  yield* Effect.forEach(orphans, endOne, { concurrency, discard: true })
})

/** For ever: a look that fails is logged, and the next one comes all the same. */
const looking = <E, R>(look: Effect.Effect<void, E, R>, pause: Duration.Input) =>
  look.pipe(logged("the sweep failed"), Effect.repeat(Schedule.spaced(pause)), Effect.forkScoped)

/**
 * What no record will bring back is found here, by whichever process runs (DESIGN): what is due within a second, parked
 * events within five, for a look at those of strangers costs the database more.
 */
export const Sweep = Layer.effectDiscard(
  Effect.andThen(looking(wakeDue, "1 second"), looking(sweepParked, "5 seconds"))
)
