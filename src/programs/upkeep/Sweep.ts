import { Clock, Effect, FiberMap, Schedule, Fiber } from "effect"
import { Singleton } from "effect/cluster"

import { CommunicationIndex } from "../../services/CommunicationIndex.ts"
import { annotation, attribute } from "../../telemetry/names.ts"
import { spanned } from "../../telemetry/traced.ts"
import { Communications } from "../actors/Communications.ts"
import { retryLogged, catchNonInterrupt } from "../runtime/retryOnDefect.ts"
import { Rounds, loopLimit } from "./Rounds.ts"
import { sweepParked } from "./sweepParked.ts"
import { begin, type SweepBatch, sweepBatchSize, type SweepWork, makeSweepWork } from "./SweepWork.ts"

/** Half a second at first, a quarter of an hour at last: a communication is no record, it is never given up (SPEC 9.7). */
const afterDefect = Schedule.min([Schedule.exponential("500 millis"), Schedule.spaced("15 minutes")]).pipe(
  Schedule.jittered
)

/** Wakes one communication. It keeps its fiber while it waits: no look asks it before. */
const wake = Effect.fnUntraced(function* (id: string) {
  const communications = yield* Communications
  const done = yield* communications.wake(id).pipe(
    // A timer's trace begins here: days lie between it and the communication's first one, to which the actor links it.
    spanned("timer", { root: true, attributes: { [attribute.correlationId]: id } }),
    retryLogged("what is due could not be done; tried again", afterDefect),
    Effect.catch(() => Effect.interrupt),
    Effect.annotateLogs(annotation.correlationId, id)
  )
  // Nothing that a second would change.
  if (!done) yield* Effect.sleep("1 minute")
})

/** Scheduled closes, writes to be tried again, responses that nobody acknowledged (SPEC 6.4, 7.3, 8.8). */
const sweepDue = Effect.fnUntraced(function* (sweepWork: SweepWork) {
  const communicationIndex = yield* CommunicationIndex
  // What is at work stays due until it is done: it must not fill the look.
  const room = sweepBatchSize + (yield* FiberMap.size(sweepWork.fibers))
  const due = yield* Effect.withTracerEnabled(communicationIndex.dueBefore(yield* Clock.currentTimeMillis, room), false)
  const begun = (yield* Effect.forEach(due, (id) => begin(sweepWork, id, wake(id)))).flat()
  const batch: SweepBatch = { begun, full: begun.length >= sweepBatchSize }
  return batch
})

const nothing: SweepBatch = { begun: [], full: false }

/** A look that fails is logged, and the next one comes all the same. */
const looked = catchNonInterrupt((cause) => Effect.as(Effect.logError("the sweep failed; tried again", cause), nothing))

/** For ever: looks, and rests as long as `rest` says of a look that took so many milliseconds, or, when a look was full, no longer than its work takes. */
const looking = <E, R>(
  name: string,
  batch: (sweepWork: SweepWork) => Effect.Effect<SweepBatch, E, R>,
  rest: (took: number) => number
) =>
  Effect.gen(function* () {
    const sweepWork = yield* makeSweepWork
    const round = yield* (yield* Rounds).loop(name, loopLimit)
    return yield* Effect.gen(function* () {
      const start = yield* Clock.currentTimeMillis
      const { begun, full } = yield* looked(batch(sweepWork))
      yield* round
      const pause = Effect.sleep(rest((yield* Clock.currentTimeMillis) - start))
      yield* full && begun.length > 0 ? Effect.raceFirst(Effect.asVoid(Fiber.awaitAll(begun)), pause) : pause
    }).pipe(Effect.forever, Effect.forkScoped)
  })

/**
 * A look at the events of strangers costs the database more: it takes a twentieth of its time at most. A look that waited for a
 * database that was away took long and cost nothing: of two looks in a row the shorter one tells, and no rest is longer than a minute.
 */
const restOfParked = () => {
  let before = 0
  return (took: number) => {
    const cost = Math.min(took, before)
    before = took
    return Math.min(60_000, Math.max(5000, 20 * cost))
  }
}

/**
 * What no record will bring back is found here, by one of the processes that run (DESIGN "The sweep"): what is due within a second,
 * parked events within five.
 */
export const Sweep = Singleton.make(
  "Sweep",
  Effect.suspend(() =>
    Effect.andThen(
      looking("sweep of what is due", sweepDue, () => 1000),
      looking("sweep of parked events", sweepParked, restOfParked())
    )
  )
)
