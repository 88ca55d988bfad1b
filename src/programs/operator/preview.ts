import { Clock, Effect } from "effect"

import type { Fact } from "../../domain/communication/Fact.ts"
import { caseOf, fold, journeyName, type State } from "../../domain/communication/State.ts"
import { decodeInbound } from "../../domain/inbound/decodeInbound.ts"
import type { InboundEvent } from "../../domain/inbound/InboundEvent.ts"
import { namesOf } from "../../domain/inbound/namesOf.ts"
import { answerWindow, whose } from "../../domain/inbound/whose.ts"
import type { Journey } from "../../domain/journeys/Journey.ts"
import { deliveryDate } from "../../domain/outbound/caseBody.ts"
import { identifyCustomer } from "../../domain/outbound/consumer.ts"
import { type DecodedOutbound, decodeOutbound } from "../../domain/outbound/decodeOutbound.ts"
import { dispatchBody } from "../../domain/outbound/dispatchBody.ts"
import { customerOf, type Outbound, wants } from "../../domain/outbound/Outbound.ts"
import { conflictsWith, contentHash } from "../../domain/outbound/repeat.ts"
import { hideFields, makeHideText, textsIn } from "../../domain/personal/hideFields.ts"
import { shownId } from "../../domain/personal/personalData.ts"
import type { Json } from "../../domain/record/ChannelResult.ts"
import {
  conflict,
  deletedContent,
  invalid,
  type Refusal,
  refusalResponse,
  unknownJourney
} from "../../domain/responses/refusal.ts"
import { communicationResponse, forgottenResponse, published } from "../../domain/responses/response.ts"
import { checkDispatchable, expiryOf } from "../../domain/rules/checkDispatchable.ts"
import { eventContextOf, planEvent, progressKey } from "../../domain/rules/planEvent.ts"
import { isoTime } from "../../domain/values/parseTime.ts"
import { CommunicationIndex } from "../../services/CommunicationIndex.ts"
import { Journal } from "../../services/Journal.ts"
import { Journeys } from "../../services/Journeys.ts"
import { Settings } from "../../services/Settings.ts"
import { caseRequest } from "../outbound/caseRequest.ts"

/** What the service would do, in one word. */
export const verdicts = [
  "new",
  "repeat",
  "conflict",
  "invalid",
  "skipped",
  "expired",
  "unknown_journey",
  "applied",
  "parked",
  "ambiguous",
  "duplicate"
] as const
type Verdict = (typeof verdicts)[number]

/** What the service would do with a record or an event, without personal data. */
export interface Preview {
  readonly kind: "record" | "event"
  readonly verdict: Verdict
  readonly id?: string
  readonly journey?: string
  readonly problems: ReadonlyArray<{ readonly path: string; readonly text: string }>
  readonly warnings: ReadonlyArray<string>
  readonly decoded?: Json
  readonly consumer?: Json
  readonly case?: Json
  readonly message?: Json
  readonly patches?: ReadonlyArray<Json>
  readonly response?: Json
  readonly events?: ReadonlyArray<Json>
}

/** Placeholders for values that only the vendors give. */
const unknownYet = { sysId: "(sys_id)", number: "(Case)", consumer: "(consumer)" }

const encoder = new TextEncoder()

/** The bytes of a record that is given as an object, or as text if it is not JSON. */
const bytesOf = (value: unknown): Uint8Array =>
  encoder.encode(typeof value === "string" ? value : JSON.stringify(value))

const nowhere = { topic: "", partition: 0, offset: 0 }

const refusedWith = (refusal: Refusal, id: string | undefined, channels: Outbound["cod_canais"], now: number): Json =>
  refusalResponse({ refusal, origin: nowhere, id, channels, at: isoTime(now) })

interface OrderCase {
  readonly order: Outbound
  readonly journey: Journey
  readonly now: number
}

const bodiesOf = Effect.fnUntraced(function* ({ journey, now, order }: OrderCase) {
  const body = wants(order, "itsm") ? yield* caseRequest(order, journey, unknownYet.consumer) : undefined
  const opened = { _tag: "CaseOpened", at: now, ...unknownYet, response: { status: 201 }, avisos: [] } as const
  const check = wants(order, "whatsapp") ? checkDispatchable(order, journey, opened, now, 0) : undefined
  const message =
    check?.telefone === undefined
      ? undefined
      : dispatchBody({
          outbound: order,
          phone: check.telefone,
          ...(body !== undefined && { caseNumber: unknownYet.number })
        })
  return { body, blockedBy: check?.blockedBy, message, opened }
})

/** The response if every call succeeds, composed from the facts that there would then be. */
const responseOf = (of: OrderCase, bodies: Effect.Success<ReturnType<typeof bodiesOf>>): Json => {
  const { now: at, order } = of
  const { blockedBy, body, message, opened } = bodies
  const facts: ReadonlyArray<Fact> = [
    { _tag: "Accepted", at, origin: nowhere, order },
    ...(body === undefined ? [] : ([{ _tag: "CaseIntended", at, body }, opened] as const)),
    ...(message === undefined
      ? []
      : ([
          { _tag: "DispatchIntended", at, attempt: 1, request: message },
          { _tag: "DispatchSettled", at, attempt: 1, outcome: "sent", response: { status: 200 } }
        ] as const)),
    ...(blockedBy === undefined
      ? []
      : ([{ _tag: "DispatchSettled", at, attempt: 0, outcome: "failed", response: blockedBy }] as const))
  ]
  return communicationResponse({ order, state: fold(facts), number: 1, at: isoTime(at) })
}

/** How the customer would be looked up, and what happens if nobody is found. */
const consumerOf = ({ journey, order }: OrderCase) => {
  const { avisos, keys, placeholders } = identifyCustomer(customerOf(order), journey.placeholders)
  return {
    lookUp: {
      lookedForBy: Object.keys(keys).toSorted(),
      missing: journey.missingConsumer
    },
    avisos: [...avisos, ...placeholders]
  }
}

const previewValid = Effect.fnUntraced(function* (order: Outbound, now: number) {
  const journal = yield* Journal
  const journeys = yield* Journeys
  const id = order.id_correlacao
  const base = { kind: "record" as const, id, journey: order.cod_jornada, decoded: order, problems: [], warnings: [] }
  const { accepted, response } = fold(yield* journal.load(id))
  const conflicts = accepted === undefined ? [] : conflictsWith(accepted.order, order)
  if (conflicts.length > 0) {
    const problems = conflicts.map((path) => ({ path, text: "difere do registro conhecido" }))
    return {
      ...base,
      verdict: "conflict" as const,
      problems,
      response: refusedWith(conflict(conflicts), id, order.cod_canais, now)
    }
  }
  if (accepted !== undefined) {
    const known = response === undefined ? {} : { response: published(response.content, nowhere, true) }
    return { ...base, verdict: "repeat" as const, ...known }
  }
  const forgotten = yield* journal.forgotten(id)
  if (forgotten !== undefined) {
    if (forgotten.hash === contentHash(order)) {
      const response = published(forgottenResponse(order, forgotten.status, forgotten.number), nowhere, true)
      return { ...base, verdict: "repeat" as const, response }
    }
    const problems = [{ path: "", text: deletedContent }]
    return {
      ...base,
      verdict: "conflict" as const,
      problems,
      response: refusedWith(conflict([deletedContent]), id, order.cod_canais, now)
    }
  }
  const journey = journeys.find(order.cod_jornada)
  if (journey === undefined) {
    const refusal = unknownJourney(order.cod_jornada)
    const problems = [{ path: "cod_jornada", text: refusal.detalhe }]
    return {
      ...base,
      verdict: "unknown_journey" as const,
      problems,
      response: refusedWith(refusal, id, order.cod_canais, now)
    }
  }
  const expiry = expiryOf(order, journey, now)
  const of = { order, journey, now }
  const bodies = yield* bodiesOf(of)
  const consumer = wants(order, "itsm") ? consumerOf(of) : undefined
  const blocked = bodies.blockedBy?.erro?.detalhe
  return {
    ...base,
    verdict: expiry === undefined ? ("new" as const) : ("expired" as const),
    ...(expiry !== undefined && { problems: [{ path: "tims_evento", text: expiry.detalhe }] }),
    warnings: [...(order.avisos ?? []), ...(consumer?.avisos ?? []), ...(blocked === undefined ? [] : [blocked])],
    ...(consumer && { consumer: consumer.lookUp }),
    ...(bodies.body && { case: bodies.body }),
    ...(bodies.message && { message: bodies.message }),
    response: expiry === undefined ? responseOf(of, bodies) : refusedWith(expiry, id, order.cod_canais, now)
  }
})

const previewInvalid = (decoded: Extract<DecodedOutbound, { readonly _tag: "Invalid" }>, now: number): Preview => ({
  kind: "record",
  verdict: "invalid",
  ...(decoded.id !== undefined && { id: decoded.id }),
  problems: decoded.problems.map(({ path, problem }) => ({ path, text: problem })),
  warnings: [],
  response: refusedWith(invalid(decoded.detail), decoded.id, decoded.channels, now)
})

const hidden = (preview: Preview, words: ReadonlyArray<string>): Preview => {
  const hideText = makeHideText(words)
  const hide = (value: Json): Json => hideFields(value, hideText) as Json
  const { case: theCase, decoded, events, id, message, patches, problems, response, warnings } = preview
  return {
    ...preview,
    ...(id !== undefined && { id: shownId(id) }),
    problems: problems.map(({ path, text }) => ({ path, text: hideText(text) })),
    warnings: warnings.map(hideText),
    ...(decoded && { decoded: hide(decoded) }),
    ...(theCase && { case: hide(theCase) }),
    ...(message && { message: hide(message) }),
    ...(patches && { patches: patches.map(hide) }),
    ...(response && { response: hide(response) }),
    ...(events && { events: events.map(hide) })
  }
}

/**
 * What the service would do with this record of TOPIC_IN (CONTRACT `POST /api/preview`). Calls no vendor, stores
 * nothing.
 */
export const previewRecord = Effect.fn("previewRecord")(function* (value: unknown) {
  const now = yield* Clock.currentTimeMillis
  const decoded = decodeOutbound(bytesOf(value))
  if (decoded._tag === "Invalid") return hidden(previewInvalid(decoded, now), [])
  if (decoded._tag === "Skipped") {
    const skipped: Preview = { kind: "record", verdict: "skipped", problems: [], warnings: decoded.canais }
    return skipped
  }
  const { outbound } = decoded
  return hidden(yield* previewValid(outbound, now), textsIn(customerOf(outbound)))
})

/** Judges whose an event is, by what the index knows. */
const ownerOf = Effect.fnUntraced(function* (event: InboundEvent, now: number) {
  const communicationIndex = yield* CommunicationIndex
  const journeys = yield* Journeys
  const names = namesOf(event)
  const bearers = names.length === 0 ? [] : yield* communicationIndex.bearers(names, now - answerWindow)
  const isOurs = journeys.has(event.correlationId?.split("|")[0] ?? "")
  return whose({ event, isOurs, now, toOtherBusiness: false }, bearers)
})

/** A communication of which nothing is known but that it has its Case. */
const opened: State = fold([{ _tag: "CaseOpened", at: 0, ...unknownYet, response: { status: 201 }, avisos: [] }])

const previewOne = Effect.fnUntraced(function* (event: InboundEvent, now: number) {
  const journal = yield* Journal
  const journeys = yield* Journeys
  const { serviceNow } = yield* Settings
  const owner = yield* ownerOf(event, now)
  const id = owner._tag === "Communication" ? owner.id : event.correlationId
  const state = owner._tag === "Communication" ? fold(yield* journal.load(owner.id)) : opened
  const name = owner._tag === "Communication" ? journeyName(state) : (event.journey ?? id?.split("|")[0] ?? "")
  const journey = journeys.find(name)
  const verdictOf = {
    Communication: "applied",
    Ambiguous: "ambiguous",
    Contradictory: "parked",
    Nobody: "parked"
  } as const
  const isKnown = owner._tag === "Communication" && state.events.byKey.has(progressKey(state.events, event))
  const planned =
    journey === undefined
      ? undefined
      : planEvent({
          context: eventContextOf(state),
          event,
          journey,
          humanGroup: serviceNow.humanGroup,
          deliveryDate: state.accepted === undefined ? undefined : deliveryDate(state.accepted.order, journey),
          now
        })
  return {
    verdict: isKnown ? ("duplicate" as const) : verdictOf[owner._tag],
    ...(id !== undefined && { id }),
    ...(journey !== undefined && { journey: journey.name }),
    event,
    ...(owner._tag === "Communication" && { hasCase: caseOf(state) !== undefined }),
    ...(planned && !isKnown && { evento: planned.evento, patches: planned.patches }),
    ...(planned?.answered !== undefined && { answered: planned.answered }),
    ...(planned?.closesAt !== undefined && { closesAt: planned.closesAt })
  }
})

/**
 * What the service would do with this record of TOPIC_INBOUND (CONTRACT `POST /api/preview`). Calls no vendor, stores
 * nothing.
 */
export const previewEvent = Effect.fn("previewEvent")(function* (value: unknown) {
  const now = yield* Clock.currentTimeMillis
  const decoded = decodeInbound(bytesOf(value), now)
  if (decoded._tag === "Invalid") {
    const preview: Preview = {
      kind: "event",
      verdict: "invalid",
      ...(decoded.id !== undefined && { id: decoded.id }),
      problems: [{ path: "", text: decoded.detail }],
      warnings: []
    }
    return hidden(preview, [])
  }
  const events = yield* Effect.forEach(decoded.events, (event) => previewOne(event, now))
  const [first] = events
  const preview: Preview = {
    kind: "event",
    verdict: first?.verdict ?? "skipped",
    ...(first?.id !== undefined && { id: first.id }),
    ...(first?.journey !== undefined && { journey: first.journey }),
    problems: [],
    warnings: decoded.unknown,
    ...(first && { decoded: first.event }),
    ...(first?.patches && { patches: first.patches }),
    events
  }
  return hidden(preview, [])
})
