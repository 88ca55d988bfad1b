import { Clock, Context, Effect, Fiber, FiberSet, Layer, Semaphore } from "effect"

import { correlationIdProblem } from "../../domain/record/Origin.ts"
import { setNewest } from "../../domain/values/setNewest.ts"
import { Journeys } from "../../services/Journeys.ts"
import type { Kafka } from "../../services/Kafka.ts"
import type { Ledger } from "../../services/Ledger.ts"
import { lookupLocks, type Ownership } from "../../services/Ownership.ts"
import type { ParkedEvents } from "../../services/ParkedEvents.ts"
import { ServiceNow, type ServiceNowError } from "../../services/ServiceNow.ts"
import { Settings } from "../../services/Settings.ts"
import type { Communications } from "../actors/Communications.ts"
import { catchNonInterrupt } from "../runtime/retryOnDefect.ts"
import { type Correlated, journeyOf } from "./correlate.ts"
import { endParked, ifStillParked } from "./endParked.ts"
import { applyToCommunication, type EventOfRecord, parkedKey } from "./parkedEvent.ts"
import { originOf } from "./rejectRecord.ts"

/** Cases that wait to be looked up, and events that wait for them, at most. Further events wait for the sweep. */
const maxWaiting = { cases: 1000, events: 1000 }

/**
 * How many Cases are remembered as not ours, for how many milliseconds, and how long their names may be. Events of one
 * Case mostly come together.
 */
const remembered = { most: 10_000, millis: 60_000, length: 100 }

/** Finds the communication of a Case that was opened before this service or under another database. */
const whoseCase = Effect.fnUntraced(function* (caseId: string) {
  const serviceNow = yield* ServiceNow
  const journeys = yield* Journeys
  const found = yield* serviceNow.readCase(caseId)
  if (found === undefined || correlationIdProblem(found.correlationId) !== undefined) return undefined
  const { assignmentGroup, correlationId, number, state, sysId } = found
  const journey = journeyOf(correlationId)
  const whose: Correlated = { id: correlationId, adopt: { sysId, number, journey, state, assignmentGroup } }
  return journeys.has(journey) ? whose : undefined
})

/** An event that cannot be applied here stays parked. The sweep tries it again and ends it. */
const applyFound = Effect.fnUntraced(function* (event: EventOfRecord, whose: Correlated) {
  const apply = Effect.gen(function* () {
    if ((yield* applyToCommunication(event, whose)) === "applied") yield* endParked({ done: [event] })
  }).pipe(Effect.catchTag("UnknownFact", () => Effect.void))
  yield* ifStillParked(originOf(event.record), [parkedKey(event)], () => apply)
})

/**
 * The reads of Cases in ServiceNow. A Case is read once for all that ask for it meanwhile. A Case that is not ours is
 * not read again for `millis`.
 */
const makeReads = Effect.fnUntraced(function* <R>(
  millis: number,
  read: (caseId: string) => Effect.Effect<Correlated | undefined, ServiceNowError, R>
) {
  const clock = yield* Clock.Clock
  const fork = yield* FiberSet.makeRuntime<R, Correlated | undefined, ServiceNowError>()
  const running = new Map<string, Fiber.Fiber<Correlated | undefined, ServiceNowError>>()
  /** Until when each Case is remembered as not ours, the oldest first. */
  const foreign = new Map<string, number>()

  const remember = (caseId: string): void => {
    if (caseId.length > remembered.length) return
    setNewest(foreign, caseId, clock.currentTimeMillisUnsafe() + millis, remembered.most)
  }
  const isForeign = (caseId: string): boolean => (foreign.get(caseId) ?? -Infinity) > clock.currentTimeMillisUnsafe()

  const start = (caseId: string) => {
    const reading = Effect.tap(read(caseId), (found) =>
      Effect.sync(() => {
        if (found === undefined) remember(caseId)
      })
    )
    const fiber = fork(reading)
    running.set(caseId, fiber)
    fiber.addObserver(() => running.delete(caseId))
    return fiber
  }
  const whose = (caseId: string): Effect.Effect<Correlated | undefined, ServiceNowError> =>
    Effect.suspend(() => (isForeign(caseId) ? Effect.undefined : Fiber.join(running.get(caseId) ?? start(caseId))))
  return { isForeign, whose }
})

/**
 * Looks up Cases that only ServiceNow knows (SPEC 8.2). The lookups run beside the intake, one per Case for all events
 * that wait for it. They use no more than half of the requests that may be under way, so neither records nor Cases of
 * ours wait for those of strangers. What waits and what is remembered is bounded.
 */
export class CaseLookup extends Context.Service<
  CaseLookup,
  {
    /** Returns the communication of an event that names this Case, by its number or sys_id. */
    whose(caseId: string): Effect.Effect<Correlated | undefined, ServiceNowError>
    /**
     * Returns at once. Applies and unparks these parked events, which name one Case, if that Case is ours. Otherwise
     * they stay parked.
     */
    begin(caseId: string, events: ReadonlyArray<EventOfRecord>): Effect.Effect<void>
  }
>()("brom-ctx/programs/CaseLookup") {
  static readonly layer = Layer.effect(
    CaseLookup,
    Effect.gen(function* () {
      const context = yield* Effect.context<
        Communications | Journeys | Kafka | Ledger | Ownership | ParkedEvents | ServiceNow | Settings
      >()
      const { orphanAfter, serviceNow } = yield* Settings
      const requests = Semaphore.makeUnsafe(Math.max(1, Math.floor(serviceNow.concurrency / 2)))
      // Each event takes the lock of its record and that of its communication.
      const applying = Semaphore.makeUnsafe(lookupLocks / 2)
      const lookups = yield* FiberSet.make<void>()
      const waiting = new Map<string, Array<EventOfRecord>>()
      let waitingEvents = 0

      // Before an event is given up its Case is read again: what was known when it was parked is forgotten by then.
      const { isForeign, whose } = yield* makeReads(Math.min(remembered.millis, orphanAfter / 2), (caseId) =>
        Effect.provideContext(requests.withPermits(1)(whoseCase(caseId)), context)
      )
      const takeWaiting = (caseId: string) =>
        Effect.sync(() => {
          const events = waiting.get(caseId) ?? []
          waiting.delete(caseId)
          waitingEvents -= events.length
          return events
        })
      const lookUp = Effect.fnUntraced(
        function* (caseId: string) {
          const found = yield* Effect.tapCause(whose(caseId), () => takeWaiting(caseId))
          const events = yield* takeWaiting(caseId)
          if (found !== undefined)
            yield* Effect.forEach(events, (event) => applying.withPermit(applyFound(event, found)), { discard: true })
        },
        Effect.catchTag("ServiceNowError", (error) => Effect.logWarning(`event stays parked: ${error.message}`)),
        catchNonInterrupt((cause) =>
          Effect.logError("the Case of a parked event could not be looked up; the sweep tries again", cause)
        ),
        Effect.provideContext(context)
      )
      const begin = Effect.fnUntraced(function* (caseId: string, events: ReadonlyArray<EventOfRecord>) {
        const before = waiting.get(caseId)
        const added = events.slice(0, maxWaiting.events - waitingEvents)
        const isFull = added.length === 0 || (before === undefined && waiting.size >= maxWaiting.cases)
        if (isForeign(caseId) || isFull) return
        const own = before ?? []
        for (const event of added) own.push(event)
        waitingEvents += added.length
        waiting.set(caseId, own)
        if (before === undefined) yield* FiberSet.run(lookups, lookUp(caseId))
      })
      return CaseLookup.of({ whose, begin })
    })
  )
}
