import { Effect } from "effect"

import type { FactOf } from "../../domain/communication/Fact.ts"
import { caseOf, type State, overallOutcomeOf } from "../../domain/communication/State.ts"
import type { Json } from "../../domain/record/ChannelResult.ts"
import { failuresOf } from "../../domain/record/failures.ts"
import { isoTime } from "../../domain/values/parseTime.ts"
import { isFirstReport } from "../../domain/views/tallies.ts"
import { Journeys } from "../../services/Journeys.ts"
import { countCommunication, countEvent, countFailure } from "../../telemetry/metrics.ts"
import { annotation } from "../../telemetry/names.ts"

/**
 * The journey's name as metrics may show it. Only names in the journeys file are used, so that producers cannot create
 * series.
 */
export const journeyLabel = (name: string) =>
  Effect.map(Journeys, (journeys) => (journeys.has(name) ? name : "desconhecida"))

const milestone = (name: string, fact: { readonly at: number } | undefined) =>
  fact === undefined ? {} : { [name]: isoTime(fact.at) }

const countFailures = (content: Json) =>
  Effect.forEach(failuresOf(content), ({ channel, code }) => countFailure(channel, code), { discard: true })

/**
 * Logs one line for an event or a scheduled close, with the ids and the event's own time (SPEC 9.6), and counts events.
 */
export const reportEvent = Effect.fnUntraced(function* (state: State, stored: FactOf<"ResponseStored">) {
  const { content } = stored
  const theCase = caseOf(state)
  const event = stored.event === undefined ? undefined : state.events.byKey.get(stored.event)?.planned.event
  if (isFirstReport(state, stored)) {
    yield* countEvent(String(content.evento))
    yield* countFailures(content)
  }
  yield* Effect.logInfo("event ended").pipe(
    Effect.annotateLogs({
      evento: content.evento,
      response_status: content.response_status,
      ...(theCase && { [annotation.caseNumber]: theCase.number, [annotation.caseSysId]: theCase.sysId }),
      ...(event?.messageId !== undefined && { [annotation.messageId]: event.messageId }),
      ...milestone("event_at", event),
      ...milestone("responded_at", stored)
    })
  )
})

/** Logs one line with the ids and the time of each milestone (SPEC 9.6), and counts the communication. */
export const reportEnd = Effect.fnUntraced(function* (state: State, stored: FactOf<"ResponseStored">) {
  const { accepted, case: theCase, noted } = state
  const overall = overallOutcomeOf(state)
  const status = String(stored.content.response_status)
  // A later note or a changed outcome brings one more response of a communication that has already ended (SPEC 5.3,
  // 6.4).
  if (isFirstReport(state, stored)) {
    yield* countCommunication(yield* journeyLabel(accepted?.order.cod_jornada ?? ""), status)
    yield* countFailures(stored.content)
  }
  yield* Effect.logInfo("communication ended").pipe(
    Effect.annotateLogs({
      response_status: status,
      ...(theCase?._tag === "CaseOpened" && {
        [annotation.caseNumber]: theCase.number,
        [annotation.caseSysId]: theCase.sysId
      }),
      ...(overall?.answer.messageId !== undefined && { [annotation.messageId]: overall.answer.messageId }),
      ...milestone("accepted_at", accepted),
      ...milestone(theCase?._tag === "CaseFailed" ? "case_failed_at" : "case_opened_at", theCase),
      ...milestone(`whatsapp_${overall?.outcome ?? "none"}_at`, overall?.answer),
      ...milestone("noted_at", noted),
      ...milestone("responded_at", stored)
    })
  )
})
