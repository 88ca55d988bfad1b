import { Cause, Clock, type Duration, Effect, FiberMap, Layer, Schedule } from "effect"

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

/** What is being worked on, by communication or event: one that is stuck holds no other, and is not begun twice (SPEC 9.5). */
type Working = FiberMap.FiberMap<string, void>

const begin = <R>(working: Working, key: string, work: Effect.Effect<void, never, R>) =>
  FiberMap.run(working, key, work, { onlyIfMissing: true })

const logged = (what: string) =>
  Effect.catchCause((cause: Cause.Cause<unknown>) =>
    Cause.hasInterrupts(cause) ? Effect.interrupt : Effect.logError(`${what}; tried again`, cause)
  )

/** Scheduled closes and writes to be tried again (SPEC 6.4, 8.8). */
const wakeDue = Effect.fnUntraced(function* (working: Working) {
  const journal = yield* Journal
  const communications = yield* Communications
  // What is at work stays due until it is done: it must not fill the look.
  const room = limit + (yield* FiberMap.size(working))
  for (const id of yield* journal.dueBefore(yield* Clock.currentTimeMillis, room)) {
    const work = communications.wake(id).pipe(
      // Nothing that a second would change: the fiber keeps the communication from being asked at every look.
      Effect.flatMap((done) => (done ? Effect.void : Effect.sleep("1 minute"))),
      logged("what is due could not be done")
    )
    yield* begin(working, id, work)
  }
})

/** Of several events in one record, which. */
const indexOf = ({ key }: Parked): number => Number(key.slice(key.lastIndexOf("#") + 1))

/** Parked events whose communication has come (SPEC 8.3). */
const applyClaimed = Effect.fnUntraced(function* ({ id, parked }: Claim) {
  const journal = yield* Journal
  const { event, record } = fromParkedEvent(parked.event, parked.origin)
  const ended = yield* applyIn(record, { id }, event, indexOf(parked))
  if (ended !== undefined) yield* journal.unpark([parked.key])
})

/** Nobody's, after all: a journey of ours is told so, another campaign's is counted (SPEC 8.3). */
const endOrphan = Effect.fnUntraced(function* (parked: Parked) {
  const journal = yield* Journal
  const journeys = yield* Journeys
  const { orphanAfter } = yield* Settings
  const { event, record } = fromParkedEvent(parked.event, parked.origin)
  if ((yield* applyToCommunication(record, event, indexOf(parked))) === undefined) {
    const ours = [event.journey, event.correlationId && journeyOf(event.correlationId)]
    yield* ours.some((name) => name !== undefined && journeys.has(name))
      ? publishRefusal(
          record,
          unknownCorrelation(durationText(orphanAfter)),
          { id: event.correlationId, channels: [] },
          indexOf(parked)
        )
      : countSkipped(record.topic, "alheio")
  }
  yield* journal.unpark([parked.key])
})

const sweepParked = Effect.fnUntraced(function* (working: Working) {
  const journal = yield* Journal
  const { orphanAfter } = yield* Settings
  // What is being applied now may be read as it was before: the next look sees what became of it.
  const busy = new Set(Array.from(working, ([key]) => key))
  const room = limit + busy.size
  const claims = yield* journal.claimable(room)
  // Events of one communication keep their order.
  for (const [id, own] of Map.groupBy(claims, (claim) => claim.id)) {
    const work = Effect.forEach(own, applyClaimed, { discard: true })
    if (!busy.has(id)) yield* begin(working, id, work.pipe(logged("a parked event could not be applied")))
  }
  const claimed = new Set(claims.map(({ parked }) => parked.key))
  for (const parked of yield* journal.orphans((yield* Clock.currentTimeMillis) - orphanAfter, room)) {
    if (claimed.has(parked.key) || busy.has(parked.key)) continue
    const work = endOrphan(parked).pipe(
      // Perhaps ours: it stays parked until ServiceNow says whose it is.
      Effect.catchTag("ServiceNowError", (error) =>
        Effect.andThen(Effect.logWarning(`parked event waits: ${error.message}`), Effect.sleep("1 minute"))
      ),
      logged("a parked event could not be ended")
    )
    yield* begin(working, parked.key, work)
  }
})

/** For ever: a look that fails is logged, and the next one comes all the same. */
const looking = <E, R>(look: (working: Working) => Effect.Effect<void, E, R>, pause: Duration.Input) =>
  Effect.flatMap(FiberMap.make<string, void>(), (working) =>
    look(working).pipe(logged("the sweep failed"), Effect.repeat(Schedule.spaced(pause)), Effect.forkScoped)
  )

/**
 * What no record will bring back is found here, by whichever process runs (DESIGN): what is due within a second, parked
 * events within five, for a look at those of strangers costs the database more.
 */
export const Sweep = Layer.effectDiscard(
  Effect.andThen(looking(wakeDue, "1 second"), looking(sweepParked, "5 seconds"))
)
