import { Clock, Effect, FiberMap, Layer, Schedule, Fiber } from "effect"

import { CommunicationIndex } from "../../services/CommunicationIndex.ts"
import { annotation, attribute } from "../../telemetry/names.ts"
import { spanned } from "../../telemetry/traced.ts"
import { Communications } from "../actors/Communications.ts"
import { retryLogged, catchNonInterrupt } from "../runtime/retryOnDefect.ts"
import { Rounds, loopLimit } from "./Rounds.ts"
import { sweepParked } from "./sweepParked.ts"
import { begin, type SweepBatch, sweepBatchSize, type SweepWork, makeSweepWork } from "./SweepWork.ts"

/** Half a second at first, at most a quarter of an hour. Unlike a record, a communication is never given up (SPEC 9.7). */
const afterDefect = Schedule.min([Schedule.exponential("500 millis"), Schedule.spaced("15 minutes")]).pipe(
  Schedule.jittered
)

/** Wakes one communication. Its fiber stays registered while it waits, so that no query wakes it earlier. */
const wake = Effect.fnUntraced(function* ({ elsewhere, share }: SweepWork, id: string) {
  const communications = yield* Communications
  const woken = yield* share.withPermit(communications.wake(id)).pipe(
    Effect.catchTag("UnknownFact", () => Effect.succeed("waits" as const)),
    // The timer gets a trace of its own, because days lie between it and the communication's first trace. The actor
    // links the two.
    spanned("timer", { root: true, attributes: { [attribute.correlationId]: id } }),
    retryLogged("what is due could not be done; tried again", afterDefect),
    Effect.catch(() => Effect.interrupt),
    Effect.annotateLogs(annotation.correlationId, id)
  )
  if (woken === "elsewhere") return void elsewhere.add(id)
  // A second would not change anything, so query less often.
  if (woken === "waits") yield* Effect.sleep("1 minute")
})

/** Starts scheduled closes, retries of writes, and unacknowledged responses that are due (SPEC 6.4, 7.3, 8.8). */
const sweepDue = Effect.fnUntraced(function* (sweepWork: SweepWork) {
  const communicationIndex = yield* CommunicationIndex
  // Work in progress stays due until it is done, here or in another process. It must not fill the query.
  const room = sweepBatchSize + (yield* FiberMap.size(sweepWork.fibers)) + sweepWork.elsewhere.size
  sweepWork.elsewhere.clear()
  const due = yield* Effect.withTracerEnabled(communicationIndex.dueBefore(yield* Clock.currentTimeMillis, room), false)
  const begun = (yield* Effect.forEach(due, (id) => begin(sweepWork, id, wake(sweepWork, id)))).flat()
  const batch: SweepBatch = { begun, full: begun.length >= sweepBatchSize }
  return batch
})

const emptyBatch: SweepBatch = { begun: [], full: false }

/** Logs a query that fails. The loop goes on with the next one. */
const logFailure = catchNonInterrupt((cause) =>
  Effect.as(Effect.logError("the sweep failed; tried again", cause), emptyBatch)
)

/**
 * Repeats the query indefinitely. `rest` returns the pause after a query that took so many milliseconds. After a full
 * query the pause also ends when the started work has ended.
 */
const queryLoop = <E, R>(
  name: string,
  batch: (sweepWork: SweepWork) => Effect.Effect<SweepBatch, E, R>,
  rest: (took: number) => number
) =>
  Effect.gen(function* () {
    const sweepWork = yield* makeSweepWork
    const round = yield* (yield* Rounds).loop(name, loopLimit)
    return yield* Effect.gen(function* () {
      const start = yield* Clock.currentTimeMillis
      const { begun, full } = yield* logFailure(batch(sweepWork))
      yield* round
      const pause = Effect.sleep(rest((yield* Clock.currentTimeMillis) - start))
      yield* full && begun.length > 0 ? Effect.raceFirst(Effect.asVoid(Fiber.awaitAll(begun)), pause) : pause
    }).pipe(Effect.forever, Effect.forkScoped)
  })

/**
 * The query for parked events costs the database more, so it uses a twentieth of the time at most. A query that waited for
 * an unavailable database took long but cost nothing, so the shorter of two successive queries counts. No pause exceeds a
 * minute.
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
 * Finds work that no record will trigger. Every running process does this (DESIGN "The sweep"): work that is due within
 * a second, parked events within five. If several processes find a row, the one that gets its lock does the work.
 */
export const Sweep = Layer.effectDiscard(
  Effect.suspend(() =>
    Effect.andThen(
      queryLoop("sweep of what is due", sweepDue, () => 1000),
      queryLoop("sweep of parked events", sweepParked, restOfParked())
    )
  )
)
