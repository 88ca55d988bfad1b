import type { Fact } from "../communication/Fact.ts"
import { fold, type State } from "../communication/State.ts"
import { answerWindow } from "../inbound/whose.ts"
import { customerOf } from "../outbound/Outbound.ts"
import { hideFields, type HideText, makeHideText, textsIn } from "../personal/hideFields.ts"
import { holdsPersonalData, shownId } from "../personal/personalData.ts"
import type { Json } from "../record/ChannelResult.ts"
import { published } from "../responses/response.ts"
import type { SearchMark } from "../search/SearchQuery.ts"
import { toE164 } from "../values/phone.ts"
import { customerIn, type Listing, listingOf, maskedCustomer } from "./Listing.ts"
import { factText, type Summary, summaryOf, type WaitingFor, waitingOf } from "./summary.ts"
import { marksOf, viewOf } from "./View.ts"

/** A fact in words and as data. */
interface TimelineDetail {
  readonly at: number
  readonly fact: Fact["_tag"]
  readonly text: string
  /** Its fields, request and answer among them. */
  readonly data: Json
  readonly by?: string
  readonly reason?: string
}

/** Everything that is known of one communication. Times are epoch milliseconds. */
export interface Details extends Omit<Summary, "responses">, Omit<Listing, "customer" | "whatsapp"> {
  /** True if the id holds personal data, so that `ref` replaces it in URLs. */
  readonly holdsPersonalData: boolean
  readonly createdAt: number
  readonly marks: ReadonlyArray<SearchMark>
  readonly waiting: ReadonlyArray<WaitingFor>
  readonly responses: ReadonlyArray<Summary["responses"][number] & { readonly content: Json }>
  readonly timeline: ReadonlyArray<TimelineDetail>
  /** Ids of the traces that begin its story, each once. */
  readonly traces: ReadonlyArray<string>
}

/** The trace id of a `traceparent`. */
const traceOf = (traceparent: string | undefined): ReadonlyArray<string> => {
  const [, id] = /^[\da-f]{2}-([\da-f]{32})-/.exec(traceparent ?? "") ?? []
  return id === undefined ? [] : [id]
}

const tracesOf = ({ accepted, adopted }: State): ReadonlyArray<string> => [
  ...new Set([...traceOf(accepted?.span), ...traceOf(adopted?.span), ...traceOf(accepted?.traceparent)])
]

const contentsOf = (facts: ReadonlyArray<Fact>): ReadonlyArray<Json> =>
  facts.flatMap((fact) => (fact._tag === "ResponseStored" ? [published(fact.content, fact.origin, false)] : []))

const detailOf = (fact: Fact): TimelineDetail => {
  const { _tag, at, ...data } = fact
  const { by, reason } = data as { readonly by?: string; readonly reason?: string }
  const isOrdered = by !== undefined || _tag === "Decided"
  return {
    at,
    fact: _tag,
    text: factText(fact),
    data,
    ...(by !== undefined && { by }),
    ...(isOrdered && reason !== undefined && { reason })
  }
}

/**
 * Everything that is known of a communication from its facts, of which there is at least one, with the personal data.
 */
export const detailsOf = (id: string, facts: ReadonlyArray<Fact>, now: number): Details => {
  const state = fold(facts)
  const { responses, ...summary } = summaryOf(id, facts, state)
  const { customer: _, whatsapp: __, ...listing } = listingOf(state)
  const contents = contentsOf(facts)
  const phone = state.accepted?.order.cliente.num_telefone
  const view = viewOf(state, phone === undefined ? undefined : toE164(phone))
  const customer = customerIn(state)
  return {
    ...summary,
    ...listing,
    ...(customer && { customer }),
    holdsPersonalData: holdsPersonalData(id),
    createdAt: state.createdAt,
    marks: marksOf(view, now - answerWindow),
    waiting: waitingOf(state),
    responses: responses.map((response, index) => Object.assign(response, { content: contents[index] ?? {} })),
    timeline: facts.map(detailOf),
    traces: tracesOf(state)
  }
}

/** Hides what the facts say about the person. */
const hideTextOf = (facts: ReadonlyArray<Fact>): HideText => {
  const accepted = facts.find((fact) => fact._tag === "Accepted")
  return makeHideText(accepted === undefined ? [] : textsIn(customerOf(accepted.order)))
}

const hideJson = (value: Json, hideText: HideText): Json => hideFields(value, hideText) as Json

/** The details without personal data (LGPD), whatever the vendors' and the customer's own words are. */
export const maskedDetails = (details: Details, facts: ReadonlyArray<Fact>): Details => {
  const hideText = hideTextOf(facts)
  const { customer } = details
  return {
    ...details,
    id: shownId(details.id),
    ...(customer && { customer: maskedCustomer(customer) }),
    waiting: details.waiting.map((one) => ({
      ...one,
      ...(one.reason !== undefined && { reason: hideText(one.reason) })
    })),
    events: details.events.map(({ at, evento, text }) => ({ at, evento, ...(text !== undefined && { text: "***" }) })),
    responses: details.responses.map((response) => ({
      ...response,
      id: shownId(response.id),
      content: hideJson(response.content, hideText)
    })),
    timeline: details.timeline.map((entry) => ({
      ...entry,
      text: hideText(entry.text),
      data: hideJson(entry.data, hideText),
      ...(entry.reason !== undefined && { reason: hideText(entry.reason) })
    }))
  }
}
