import type { Write } from "../communication/EventsState.ts"
import type { Fact, FactOf, Vendor } from "../communication/Fact.ts"
import type { HeldStep } from "../communication/HeldSteps.ts"
import { saidText } from "../communication/notes.ts"
import { changeDue, caseOf, journeyName, type State } from "../communication/State.ts"
import { shownText } from "../inbound/customerAnswer.ts"
import type { ResponseEvent } from "../inbound/ResponseEvent.ts"
import type { Answer } from "../record/ChannelResult.ts"
import type { Origin } from "../record/Origin.ts"
import { closeDue, dueOf, pendingSteps, pendingWrites } from "../rules/pendingWrites.ts"
import { formatMinute, saoPaulo } from "../values/localTime.ts"
import { type Customer, customerIn, type WhatsApp, whatsappOf } from "./Listing.ts"
import { viewOf } from "./View.ts"

/** One communication for an operator. All times are in epoch milliseconds. */
export interface Summary {
  readonly id: string
  readonly journey: string
  /** `working`, `adopted`, or the `response_status`. */
  readonly status: string
  readonly updatedAt: number
  readonly case?: { readonly number: string; readonly sysId: string }
  readonly whatsapp?: WhatsApp
  /** Absent for an adopted communication. */
  readonly record?: { readonly origin: Origin; readonly channels: ReadonlyArray<string>; readonly eventTime: number }
  readonly customer?: Customer
  /** When a sweep processes the communication next. */
  readonly due?: number
  readonly events: ReadonlyArray<{ readonly evento: ResponseEvent; readonly at: number; readonly text?: string }>
  readonly responses: ReadonlyArray<{
    readonly id: string
    readonly evento: string
    readonly status: string
    readonly at: number
    readonly acknowledged: boolean
  }>
}

const answerText = ({ message, status }: Answer) => `${status}${message === undefined ? "" : ` ${message}`}`

const stepText = (step: string): string => (step === "case" || step === "dispatch" ? step : "write on the Case")

/** One fact as one readable line, without personal data, except what a vendor's own text may quote. */
export const factText = (fact: Fact): string => {
  switch (fact._tag) {
    case "Accepted":
      return `record accepted from ${fact.origin.topic}/${fact.origin.partition}/${fact.origin.offset}`
    case "ConsumerFound":
      return `consumer ${fact.sysId} (${fact.origem})`
    case "CaseIntended":
      return "about to open the Case (durable before the POST)"
    case "CaseOpened":
      return `Case ${fact.number} opened: HTTP ${fact.response.status}`
    case "CaseFailed":
      return `no Case: ${answerText(fact.response)}`
    case "DispatchIntended":
      return `about to send WhatsApp, attempt ${fact.attempt} (durable before the POST)`
    case "DispatchRefused":
      return `attempt ${fact.attempt} refused: ${answerText(fact.response)}; tried again`
    case "DispatchSettled":
      return `WhatsApp ${{ sent: "sent", failed: "failed", in_doubt: "in doubt, never sent again by itself" }[fact.outcome]}: ${answerText(fact.response)}`
    case "OutcomeNoted":
      return `note on the Case: ${String(fact.request.work_notes)}`
    case "Decided":
      return `operator's decision: ${fact.decision}`
    case "RetryRequested":
      return `operator: once more: ${[...new Set(fact.steps.map(stepText))].join(", ")}`
    case "EndRequested":
      return `operator: ended as failed: ${[...new Set(fact.steps.map(stepText))].join(", ")}`
    case "EventsReplanned":
      return `what customers did before there was a Case is written on it: ${fact.events.length} events`
    case "Adopted":
      return `Case ${fact.number} adopted`
    case "AmbiguityPlanned":
      return `a customer's answer that may be for one of ${fact.among.length} communications: only noted`
    case "EventPlanned":
      return `customer: ${fact.evento}${fact.closesAt === undefined ? "" : `, the Case is to be closed at ${formatMinute(fact.closesAt, saoPaulo)}`}`
    case "EventWritten":
    case "WriteRetried":
    case "CloseWritten":
      return `Case ${fact.written ? "written" : "not written"}: ${answerText(fact.response)}`
    case "WriteIntended":
      return "about to try a write on the Case again"
    case "Held":
      return `${stepText(fact.step)} waits${fact.vendor === undefined ? "" : ` for ${fact.vendor}`}: ${fact.reason}`
    case "WriteCancelled":
      return "write on the Case cancelled, only a note is left: people have the Case"
    case "CloseIntended":
      return fact.cancelled ? "scheduled close given up: people have the Case" : "scheduled close is due"
    case "ResponseStored":
      return `response ${String(fact.content.evento)} ${String(fact.content.response_status)} stored`
    case "ResponseAcknowledged":
      return "response acknowledged by Kafka, offset may be committed"
  }
}

const orderFields = (state: State): Pick<Summary, "record" | "customer"> => {
  const { accepted } = state
  const customer = customerIn(state)
  if (accepted === undefined || customer === undefined) return {}
  const { cod_canais, eventTime } = accepted.order
  return { record: { origin: accepted.origin, channels: cod_canais, eventTime }, customer }
}

/** A write's name for people. `writeName` is not used because an event's key contains the customer's text. */
const writeOf = ({ events }: State, write: Write): string =>
  write.of === "event" ? `write of ${events.byKey.get(write.key)?.planned.evento}` : `write of ${write.of}`

/** What a communication waits for. Times are epoch milliseconds. */
export interface WaitingFor {
  readonly for: string
  readonly at: number
  readonly vendor?: Vendor
  /** When it continues, or is given up, whatever the vendor does. */
  readonly until?: number
  /** Why the step waits, in English. */
  readonly reason?: string
}

const heldStep = (step: string, { reason, since, until, vendor }: HeldStep): WaitingFor => ({
  for: `${vendor ?? "its next attempt"} (${stepText(step)})`,
  at: since,
  ...(vendor !== undefined && { vendor }),
  ...(until !== undefined && { until }),
  ...(reason !== undefined && { reason })
})

/** What the communication waits for, the earliest first. */
export const waitingOf = (state: State): ReadonlyArray<WaitingFor> => {
  const close = closeDue(state)
  const change = changeDue(state)
  return [
    ...(close === undefined ? [] : [{ for: "close", at: close }]),
    ...(change === undefined ? [] : [{ for: "outcome of the dispatch", at: change }]),
    ...pendingWrites(state).flatMap(({ dueAt, write }) =>
      dueAt === undefined ? [] : [{ for: writeOf(state, write), at: dueAt }]
    ),
    ...[...pendingSteps(state)].map(([step, held]) => heldStep(step, held)),
    ...[...state.unacknowledged.values()].map(({ at, number }) => ({ for: `acknowledgement of #${number}`, at }))
  ].toSorted((one, other) => one.at - other.at)
}

const eventOf = ({ event, evento }: FactOf<"EventPlanned">): Summary["events"][number] =>
  event.text === undefined
    ? { evento, at: event.at }
    : { evento, at: event.at, text: shownText(event) || saidText(event) }

const responses = (facts: ReadonlyArray<Fact>, { unacknowledged }: State): Summary["responses"] =>
  facts.flatMap((fact) =>
    fact._tag === "ResponseStored"
      ? [
          {
            id: String(fact.content.id_resposta),
            evento: String(fact.content.evento),
            status: String(fact.content.response_status),
            at: fact.at,
            acknowledged: !unacknowledged.has(fact.number)
          }
        ]
      : []
  )

/** The summary of one communication from its facts, of which there is at least one, and their fold. */
export const summaryOf = (id: string, facts: ReadonlyArray<Fact>, state: State): Summary => {
  const theCase = caseOf(state)
  const due = dueOf(state)
  const whatsapp = whatsappOf(state)
  return {
    id,
    journey: journeyName(state),
    status: viewOf(state, undefined).status,
    updatedAt: state.updatedAt,
    ...(theCase && { case: { number: theCase.number, sysId: theCase.sysId } }),
    ...(whatsapp && { whatsapp }),
    ...orderFields(state),
    ...(due !== undefined && { due }),
    events: [...state.events.byKey.values()].map(({ planned }) => eventOf(planned)),
    responses: responses(facts, state)
  }
}
