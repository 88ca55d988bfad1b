import { Clock, Effect, FiberMap, Layer, Schedule, Fiber } from "effect"

import { Vendor } from "../../domain/communication/Fact.ts"
import { monotonicMillis } from "../../domain/values/monotonicTime.ts"
import { Breakers, type Way } from "../../services/Breakers.ts"
import { CommunicationIndex } from "../../services/CommunicationIndex.ts"
import { annotation, attribute } from "../../telemetry/names.ts"
import { spanned } from "../../telemetry/traced.ts"
import { Communications } from "../actors/Communications.ts"
import { retryLogged, catchNonInterrupt } from "../runtime/retryOnDefect.ts"
import { Rounds, loopLimit } from "./Rounds.ts"
import { sweepParked } from "./sweepParked.ts"
import { begin, makeSweepWork, mostAtWork, rest, roomOf, type SweepBatch, type SweepWork } from "./SweepWork.ts"

/**
 * Half a second at first, at most a quarter of an hour. Unlike a record, a communication is never given up (SPEC 9.7).
 */
const afterDefect = Schedule.min([Schedule.exponential("500 millis"), Schedule.spaced("15 minutes")]).pipe(
  Schedule.jittered
)

const emptyBatch: SweepBatch = { begun: [], full: false }

/** Wakes one communication. Its fiber stays registered while it waits, so that no query wakes it earlier. */
const wake = Effect.fnUntraced(function* (sweepWork: SweepWork, id: string) {
  const communications = yield* Communications
  const woken = yield* communications.wake(id).pipe(
    Effect.catchTag("UnknownFact", () => Effect.succeed("waits" as const)),
    // The timer gets a trace of its own, because days lie between it and the communication's first trace. The actor
    // links the two.
    spanned("timer", { root: true, attributes: { [attribute.correlationId]: id } }),
    retryLogged("due work failed, retrying", afterDefect),
    Effect.catch(() => Effect.interrupt),
    Effect.annotateLogs(annotation.correlationId, id)
  )
  if (woken === "elsewhere") return void sweepWork.elsewhere.add(id)
  // The work waits for a vendor or an operator, so it is tried less often.
  if (woken === "waits") yield* rest(sweepWork, id)
})

/**
 * Begins the work on communications that the query returns, as many as there is room for. Work in progress stays in the
 * query's rows until it is done, here or `elsewhere`, so it does not count toward the room.
 */
const beginFound = Effect.fnUntraced(function* <E, R>(
  sweepWork: SweepWork,
  room: number,
  elsewhere: number,
  query: (limit: number) => Effect.Effect<ReadonlyArray<string>, E, R>,
  onBegin: (id: string) => void = () => {}
) {
  const { fibers } = sweepWork
  if (room <= 0) return emptyBatch
  const found = yield* Effect.withTracerEnabled(query(room + (yield* FiberMap.size(fibers)) + elsewhere), false)
  const next = found.filter((id) => !FiberMap.hasUnsafe(fibers, id)).slice(0, room)
  next.forEach(onBegin)
  const begun = (yield* Effect.forEach(next, (id) => begin(sweepWork, id, wake(sweepWork, id)))).flat()
  const batch: SweepBatch = { begun, full: begun.length >= room }
  return batch
})

/** Starts scheduled closes, retries of writes, and unacknowledged responses that are due (SPEC 6.4, 7.3, 8.8). */
const sweepDue = Effect.fnUntraced(function* (sweepWork: SweepWork, elsewhere: number) {
  const communicationIndex = yield* CommunicationIndex
  const now = yield* Clock.currentTimeMillis
  const room = yield* roomOf(sweepWork, mostAtWork)
  return yield* beginFound(sweepWork, room, elsewhere, (limit) => communicationIndex.dueBefore(now, limit))
})

/**
 * Returns how many pieces of work may begin for this vendor. Half of the room stays free for work that needs only the
 * other one, in case this vendor does not answer after all.
 */
const roomFor = (vendor: Vendor, sweepWork: SweepWork) =>
  Effect.gen(function* () {
    const way = (yield* Breakers)[vendor].way()
    if (way === "shut") return 0
    const room = yield* roomOf(sweepWork, mostAtWork / 2)
    return way === "probe" ? Math.min(1, room) : room
  })

/** How often a process queries the work that waits for a vendor whose way is open, in rounds of the sweep. */
const heldEvery = 5

/** How many communications are left out of the choice of a probe, because they have been probes of the same outage. */
const mostProbed = 100

/**
 * Continues one communication as the probe: the longest waiting one that has not been a probe of this outage. A
 * communication that always fails must not be the only probe (SPEC 9.2).
 */
const probe = Effect.fnUntraced(function* (
  vendor: Vendor,
  sweepWork: SweepWork,
  elsewhere: number,
  probed: Set<string>
) {
  const communicationIndex = yield* CommunicationIndex
  const waiting = { found: 0 }
  const others = (limit: number) =>
    Effect.map(communicationIndex.heldBy(vendor, limit + probed.size), (ids) => {
      waiting.found = ids.length
      return ids.filter((id) => !probed.has(id))
    })
  const room = yield* roomFor(vendor, sweepWork)
  const batch = yield* beginFound(sweepWork, room, elsewhere, others, (id) => probed.add(id))
  // All of them have been probes, so the next round begins with the longest waiting one.
  if ((room > 0 && batch.begun.length === 0 && waiting.found > 0) || probed.size >= mostProbed) probed.clear()
  return batch
})

/**
 * Starts the work that is due, and continues work that waits for a vendor as soon as the way to that vendor is open
 * here (SPEC 9.2). If a vendor is just back, or its breaker wants a probe, the waiting work is queried at once.
 */
const makeSweepCommunications = () => {
  const before = new Map<Vendor, Way>()
  const probed: Readonly<Record<Vendor, Set<string>>> = { servicenow: new Set(), weni: new Set() }
  let rounds = 0
  return Effect.fnUntraced(function* (sweepWork: SweepWork) {
    const breakers = yield* Breakers
    const communicationIndex = yield* CommunicationIndex
    const isRound = rounds++ % heldEvery === 0
    const elsewhere = sweepWork.elsewhere.size
    sweepWork.elsewhere.clear()
    const batches = [yield* sweepDue(sweepWork, elsewhere)]
    for (const vendor of Vendor.literals) {
      const way = breakers[vendor].way()
      const isNews = way !== "open" || before.get(vendor) !== "open"
      before.set(vendor, way)
      if (way === "open") probed[vendor].clear()
      if (way === "probe") batches.push(yield* probe(vendor, sweepWork, elsewhere, probed[vendor]))
      if (way === "probe" || (!isRound && !isNews)) continue
      const room = yield* roomFor(vendor, sweepWork)
      const batch = yield* beginFound(sweepWork, room, elsewhere, (limit) => communicationIndex.heldBy(vendor, limit))
      // More of them may wait, so they are queried again as soon as these are done.
      if (batch.full && way === "open") before.delete(vendor)
      batches.push(batch)
    }
    return { begun: batches.flatMap(({ begun }) => begun), full: batches.some(({ full }) => full) } satisfies SweepBatch
  })
}

/** Logs a query that fails. The loop continues with the next one. */
const logFailure = catchNonInterrupt((cause) => Effect.as(Effect.logError("sweep failed, retrying", cause), emptyBatch))

/**
 * Repeats the query indefinitely. `rest` returns the pause after a query, from the milliseconds that the query took.
 * After a full query the pause also ends when the started work has ended.
 */
const queryLoop = <E, R>(
  name: string,
  sweepWork: SweepWork,
  batch: (sweepWork: SweepWork) => Effect.Effect<SweepBatch, E, R>,
  rest: (took: number) => number
) =>
  Effect.gen(function* () {
    const round = yield* (yield* Rounds).loop(name, loopLimit)
    return yield* Effect.gen(function* () {
      const start = yield* monotonicMillis
      const { begun, full } = yield* logFailure(batch(sweepWork))
      yield* round
      const pause = Effect.sleep(rest((yield* monotonicMillis) - start))
      yield* full && begun.length > 0 ? Effect.raceFirst(Effect.asVoid(Fiber.awaitAll(begun)), pause) : pause
    }).pipe(Effect.forever, Effect.forkScoped)
  })

/**
 * The query for parked events costs the database more, so it uses a twentieth of the time at most. A query that waited
 * for an unavailable database took long but cost nothing, so the shorter of two successive queries counts. No pause
 * exceeds a minute.
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
  Effect.gen(function* () {
    const communications = yield* makeSweepWork
    const everySecond = () => 1000
    yield* queryLoop("sweep of what is due", communications, makeSweepCommunications(), everySecond)
    yield* queryLoop("sweep of parked events", yield* makeSweepWork, sweepParked, restOfParked())
  })
)
