import { Context, Effect, FiberSet, Layer, Semaphore } from "effect"

import { correlationIdProblem } from "../../domain/record/Origin.ts"
import { Journeys } from "../../services/Journeys.ts"
import type { Ownership } from "../../services/Ownership.ts"
import { ParkedEvents } from "../../services/ParkedEvents.ts"
import { ServiceNow, type ServiceNowError } from "../../services/ServiceNow.ts"
import { Settings } from "../../services/Settings.ts"
import type { Communications } from "../actors/Communications.ts"
import { catchNonInterrupt } from "../runtime/retryOnDefect.ts"
import { type Correlated, journeyOf } from "./correlate.ts"
import { applyToCommunication, type EventOfRecord, ifStillParked, parkedKey } from "./parkedEvent.ts"
import { originOf } from "./rejectRecord.ts"

/** Cases that wait to be looked up, at most. The events of further Cases wait for the sweep. */
const maxWaiting = 1000

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
  const parkedEvents = yield* ParkedEvents
  const apply = Effect.gen(function* () {
    if ((yield* applyToCommunication(event, whose)) === "applied") yield* parkedEvents.unpark([parkedKey(event)])
  })
  yield* ifStillParked(originOf(event.record), [parkedKey(event)], () => apply)
})

/**
 * Looks up Cases that only ServiceNow knows (SPEC 8.2). The lookups run beside the intake, one per Case for all events
 * that wait for it. They use no more than half of the requests that may be under way, so neither records nor Cases of
 * ours wait for those of strangers.
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
      const context = yield* Effect.context<Communications | Journeys | Ownership | ParkedEvents | ServiceNow>()
      const { serviceNow } = yield* Settings
      const requests = Semaphore.makeUnsafe(Math.max(1, Math.floor(serviceNow.concurrency / 2)))
      const lookups = yield* FiberSet.make<void>()
      const waiting = new Map<string, ReadonlyArray<EventOfRecord>>()

      const whose = (caseId: string) => Effect.provideContext(requests.withPermits(1)(whoseCase(caseId)), context)
      const takeWaiting = (caseId: string) =>
        Effect.sync(() => {
          const events = waiting.get(caseId) ?? []
          waiting.delete(caseId)
          return events
        })
      const lookUp = Effect.fnUntraced(
        function* (caseId: string) {
          const found = yield* Effect.tapCause(whose(caseId), () => takeWaiting(caseId))
          const events = yield* takeWaiting(caseId)
          if (found !== undefined) yield* Effect.forEach(events, (event) => applyFound(event, found), { discard: true })
        },
        Effect.catchTag("ServiceNowError", (error) => Effect.logWarning(`event stays parked: ${error.message}`)),
        catchNonInterrupt((cause) =>
          Effect.logError("the Case of a parked event could not be looked up; the sweep tries again", cause)
        ),
        Effect.provideContext(context)
      )
      const begin = Effect.fnUntraced(function* (caseId: string, events: ReadonlyArray<EventOfRecord>) {
        const before = waiting.get(caseId)
        if (before === undefined && waiting.size >= maxWaiting) return
        waiting.set(caseId, [...(before ?? []), ...events])
        if (before === undefined) yield* FiberSet.run(lookups, lookUp(caseId))
      })
      return CaseLookup.of({ whose, begin })
    })
  )
}
