import { Clock, Effect } from "effect"

import type { FactOf } from "../../domain/communication/Fact.ts"
import { fold, journeyName, type State } from "../../domain/communication/State.ts"
import type { Journey } from "../../domain/journeys/Journey.ts"
import { caseKey, keyOfBody } from "../../domain/outbound/caseKey.ts"
import type { CorrelationId } from "../../domain/record/Origin.ts"
import { obstacleOf, retrySteps } from "../../domain/rules/retrySteps.ts"
import { sendsFor } from "../../domain/vendor/retryDelay.ts"
import { Journal } from "../../services/Journal.ts"
import { Journeys } from "../../services/Journeys.ts"
import { Settings } from "../../services/Settings.ts"
import { openCommunication } from "../communication/Communication.ts"
import { KnownCases } from "../outbound/KnownCases.ts"
import { seekCase } from "../outbound/lookForCase.ts"
import { ActionRefused, type Ordered, orderedFields, takeover, noSuchCommunication } from "./ActionRefused.ts"

/** Refuses the retry of a Case that may exist, unless a look proves whether it does (SPEC 4.3, 10.1). */
const proveCase = Effect.fnUntraced(function* (id: CorrelationId, { caseIntent }: State, journey: Journey) {
  const knownCases = yield* KnownCases
  const { serviceNow: settings } = yield* Settings
  const key = keyOfBody(caseIntent?.body ?? {}, caseKey(settings.keyField, id), id)
  const control = yield* knownCases.control(key, journey.name)
  const sought = yield* Effect.mapError(
    seekCase(key, control),
    (error) => new ActionRefused({ id, reason: "Unavailable", detail: error.message })
  )
  if (sought._tag !== "Undecided") return
  if (sought.isBlind) yield* knownCases.blind(key.field)
  return yield* new ActionRefused({ id, reason: "Blind", detail: sought.detail })
})

/**
 * Until when a POST of the failed Case may still take effect. All of its POSTs had begun when it failed, or soon after.
 */
const appearsUntil = ({ case: failed }: State, { serviceNow, tcpOrphanTimeout }: Settings["Service"]) =>
  (failed?.at ?? 0) + takeover + sendsFor(serviceNow.timeout, tcpOrphanTimeout) + serviceNow.timeout

/** What a retry of this communication would do now, and the fact that begins it (SPEC 10.1). */
export const planRetry = Effect.fnUntraced(function* (id: CorrelationId, state: State) {
  const journeys = yield* Journeys
  const settings = yield* Settings
  if (state.seq === 0) return yield* noSuchCommunication(id)
  const name = journeyName(state)
  const journey = journeys.find(name)
  if (journey === undefined) {
    const detail = `its journey ${name} is not in the journeys file`
    return yield* new ActionRefused({ id, reason: "NoJourney", detail })
  }
  const at = yield* Clock.currentTimeMillis
  const found = retrySteps(state, journey, at)
  if (found.steps.length === 0) {
    const { detail, obstacle } = obstacleOf(found)
    return yield* new ActionRefused({ id, reason: obstacle, detail })
  }
  if (found.isCaseInDoubt) yield* proveCase(id, state, journey)
  const fact: FactOf<"RetryRequested"> = {
    _tag: "RetryRequested",
    at,
    steps: found.steps,
    ...(found.isCaseInDoubt && { appearsUntil: appearsUntil(state, settings) })
  }
  return { fact, journey, ...found }
})

/**
 * Requests, durably, that the failed steps of a communication are done once more, with the current journeys file (SPEC
 * 10.1). A process that runs the service carries the request out within seconds. Works beside a running service: a
 * program that works on the communication is fenced and reads the request. Idempotent: an operation acts once.
 */
export const requestRetry = Effect.fn("retry")(function* (id: string, ordered: Ordered) {
  const journal = yield* Journal
  for (;;) {
    const state = fold(yield* journal.load(id))
    if (ordered.operation !== undefined && state.operations.has(ordered.operation)) return
    const { fact } = yield* planRetry(id as CorrelationId, state)
    const communication = yield* openCommunication(id as CorrelationId, state)
    const { reason } = ordered
    const request = { ...fact, ...(reason !== undefined && { reason }), ...orderedFields(ordered) }
    if (yield* Effect.isSuccess(communication.record([request]))) return
  }
})
