import { Clock, Context, Effect, Fiber, FiberSet, Layer, Semaphore } from "effect"

import type { InboundEvent } from "../../domain/inbound/InboundEvent.ts"
import { caseKey, isOwnKey } from "../../domain/outbound/caseKey.ts"
import { correlationIdProblem } from "../../domain/record/Origin.ts"
import { setNewest } from "../../domain/values/setNewest.ts"
import { Journeys } from "../../services/Journeys.ts"
import type { Kafka } from "../../services/Kafka.ts"
import type { Ledger } from "../../services/Ledger.ts"
import { lookupLocks, type Ownership } from "../../services/Ownership.ts"
import type { ParkedEvents } from "../../services/ParkedEvents.ts"
import type { CaseRecord, ServiceNow } from "../../services/ServiceNow.ts"
import { Settings } from "../../services/Settings.ts"
import type { Tallies } from "../../services/Tallies.ts"
import type { Communications } from "../actors/Communications.ts"
import { readCase } from "../communication/readCase.ts"
import { catchNonInterrupt } from "../runtime/retryOnDefect.ts"
import type { ServiceNowError } from "../vendor/ServiceNowError.ts"
import { agrees, type Correlated, journeyOf } from "./correlate.ts"
import { endParked, ifStillParked } from "./endParked.ts"
import { applyToCommunication, type EventOfRecord, parkedKey } from "./parkedEvent.ts"
import { originOf } from "./rejectRecord.ts"

/**
 * How many Cases may wait to be looked up, and how many events may wait for them. Further events wait for the sweep.
 */
const maxWaiting = { cases: 1000, events: 1000 }

/**
 * How many Cases are remembered as not ours, for how many milliseconds, and how long their names may be. Events of one
 * Case mostly come close together.
 */
const remembered = { most: 10_000, millis: 60_000, length: 100 }

/** Reads a Case that was opened before this service or under another database. Returns it if it is ours. */
const readOwnCase = Effect.fnUntraced(function* (caseId: string) {
  const journeys = yield* Journeys
  const { keyField } = (yield* Settings).serviceNow
  const found = yield* readCase(caseId)
  if (found === undefined) return undefined
  const { correlationId, key = "" } = found
  if (correlationIdProblem(correlationId) === undefined)
    return journeys.has(journeyOf(correlationId)) ? found : undefined
  return isOwnKey({ field: keyField, value: key }) ? found : undefined
})

/**
 * The communication of a Case. A Case that has only the digest of an id can be matched only to an event that carries
 * the id (SPEC 4.3).
 */
const ownerOf = Effect.fnUntraced(function* (
  found: CaseRecord,
  { correlationId: named }: Pick<InboundEvent, "correlationId">
) {
  const journeys = yield* Journeys
  const { keyField } = (yield* Settings).serviceNow
  const { assignmentGroup, correlationId, key, number, state, sysId } = found
  const isNamed = named !== undefined && caseKey(keyField, named).value === key
  const id = correlationIdProblem(correlationId) === undefined ? correlationId : isNamed ? named : undefined
  if (id === undefined || !journeys.has(journeyOf(id))) return undefined
  const journey = journeyOf(id)
  const whose: Correlated = { id, adopt: { sysId, number, journey, state, assignmentGroup } }
  return whose
})

/**
 * Applies a parked event to the communication of its Case. An event that cannot be applied here stays parked. The sweep
 * tries it again and ends it.
 */
const applyFound = Effect.fnUntraced(function* (event: EventOfRecord, whose: Correlated) {
  if (!(yield* agrees(event.event, whose))) return
  const apply = Effect.gen(function* () {
    if ((yield* applyToCommunication(event, whose)) === "applied") yield* endParked({ done: [event] })
  }).pipe(Effect.catchTag("UnknownFact", () => Effect.void))
  yield* ifStillParked(originOf(event.record), [parkedKey(event)], () => apply)
})

/**
 * Reads Cases in ServiceNow. Concurrent requests for one Case share one read. A Case that is not ours is not read again
 * for `millis`.
 */
const makeReads = Effect.fnUntraced(function* <R>(
  millis: number,
  read: (caseId: string) => Effect.Effect<CaseRecord | undefined, ServiceNowError, R>
) {
  const clock = yield* Clock.Clock
  const fork = yield* FiberSet.makeRuntime<R, CaseRecord | undefined, ServiceNowError>()
  const running = new Map<string, Fiber.Fiber<CaseRecord | undefined, ServiceNowError>>()
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
  const ownCase = (caseId: string): Effect.Effect<CaseRecord | undefined, ServiceNowError> =>
    Effect.suspend(() => (isForeign(caseId) ? Effect.undefined : Fiber.join(running.get(caseId) ?? start(caseId))))
  return { isForeign, ownCase }
})

/**
 * Looks up Cases that only ServiceNow knows (SPEC 8.2). The lookups run beside the intake, one per Case for all events
 * that wait for it. They use at most half of the concurrent requests, so our records and Cases do not wait for those of
 * strangers. The waiting events and the remembered Cases are bounded.
 */
export class CaseLookup extends Context.Service<
  CaseLookup,
  {
    /**
     * Returns the communication of an event that names this Case by its number or sys_id, and that may carry its own
     * id, too.
     */
    whose(
      caseId: string,
      event?: Pick<InboundEvent, "correlationId">
    ): Effect.Effect<Correlated | undefined, ServiceNowError>
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
        Communications | Journeys | Kafka | Ledger | Ownership | ParkedEvents | ServiceNow | Settings | Tallies
      >()
      const { orphanAfter, serviceNow } = yield* Settings
      const requests = Semaphore.makeUnsafe(Math.max(1, Math.floor(serviceNow.concurrency / 2)))
      // Each event takes the lock of its record and that of its communication.
      const applying = Semaphore.makeUnsafe(lookupLocks / 2)
      const lookups = yield* FiberSet.make<void>()
      const waiting = new Map<string, Array<EventOfRecord>>()
      let waitingEvents = 0

      // The Case is read again before its event is given up: what was known when the event was parked is forgotten by
      // then.
      const { isForeign, ownCase } = yield* makeReads(Math.min(remembered.millis, orphanAfter / 2), (caseId) =>
        Effect.provideContext(requests.withPermits(1)(readOwnCase(caseId)), context)
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
          const found = yield* Effect.tapCause(ownCase(caseId), () => takeWaiting(caseId))
          const events = yield* takeWaiting(caseId)
          if (found === undefined) return
          for (const event of events) {
            const whose = yield* ownerOf(found, event.event)
            if (whose !== undefined) yield* applying.withPermit(applyFound(event, whose))
          }
        },
        Effect.catchTag("ServiceNowError", (error) => Effect.logWarning(`event stays parked: ${error.message}`)),
        catchNonInterrupt((cause) =>
          Effect.logError("Case lookup of a parked event failed, the sweep retries it", cause)
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
      const whose: CaseLookup["Service"]["whose"] = Effect.fnUntraced(function* (caseId, event = {}) {
        const found = yield* ownCase(caseId)
        return found && (yield* Effect.provideContext(ownerOf(found, event), context))
      })
      return CaseLookup.of({ whose, begin })
    })
  )
}
