import { Clock, Effect, Layer, Redacted } from "effect"

import type { Json } from "../../domain/record/ChannelResult.ts"
import { weniOutcome } from "../../domain/vendor/breaker.ts"
import { ContactRejected, DispatchRefusal, Unreadable, type WeniReason } from "../../domain/vendor/failureReasons.ts"
import { truncateAnswer } from "../../domain/vendor/truncateAnswer.ts"
import { Breakers, CircuitOpen, type Pass } from "../../services/Breakers.ts"
import { Http, type HttpAnswer, type HttpError, type HttpRequest } from "../../services/Http.ts"
import { CurrentLease } from "../../services/Ownership.ts"
import { Settings, type WeniSettings } from "../../services/Settings.ts"
import { type Dispatch, DispatchHeldBack, type DispatchSlot, Weni, WeniError } from "../../services/Weni.ts"
import { traced } from "../../telemetry/traced.ts"
import { isObject, readJson, apiText, retryAfter } from "../http/answer.ts"
import { attemptSpan } from "../http/attemptSpan.ts"
import { rejectsContact } from "./rejectedContact.ts"

/** True if the answer has a field name of our response, where it would have another meaning. */
const usesOurFields = (fields: Json) =>
  "erro" in fields ||
  "resultado" in fields ||
  "truncado" in fields ||
  ("message" in fields && typeof fields.message !== "string")

/**
 * The fields of Weni's answer except `status`, at most 16 KiB. An answer that is not an object, or that uses our own
 * field names, is kept whole as `corpo` (CONTRACT "Records"). An empty body has no fields.
 */
const answerFields = (body: string): Json => {
  if (body === "") return {}
  const parsed = readJson(body)
  if (!isObject(parsed)) return truncateAnswer({ corpo: parsed === undefined ? body : parsed })
  const { status: _, ...fields } = parsed
  return truncateAnswer(usesOurFields(fields) ? { corpo: fields } : fields)
}

const firstOf = (value: unknown): unknown => (Array.isArray(value) ? value[0] : undefined)

/** `message_id`, `messageId` or `id` of the body, or of the first of its `messages` or `contacts` (SPEC 5.2). */
const messageIdOf = (body: string): string | undefined => {
  const parsed = readJson(body)
  if (!isObject(parsed)) return undefined
  for (const part of [parsed, firstOf(parsed.messages), firstOf(parsed.contacts)]) {
    if (!isObject(part)) continue
    for (const id of [part.message_id, part.messageId, part.id]) {
      if (typeof id === "number") return String(id)
      if (typeof id === "string" && id.trim() !== "") return id.trim()
    }
  }
  return undefined
}

/** An `id` alone may be that of the dispatch, or of a contact that was not taken. */
const namesMessage = (body: Json): boolean =>
  [body, firstOf(body.messages), firstOf(body.contacts)].some((part, at) => {
    if (!isObject(part)) return false
    const ids = at === 1 ? [part.message_id, part.messageId, part.id] : [part.message_id, part.messageId]
    return ids.some((id) => typeof id === "number" || (typeof id === "string" && id.trim() !== ""))
  })

/** Statuses that accept a dispatch, unless the body says otherwise (SPEC 5.2). */
const accepted = new Set([200, 201, 202])

/** A page of something that stands before Weni. */
const isPage = ({ body, headers }: HttpAnswer): boolean =>
  /^\s*<(?:!doctype|html)/i.test(body) ||
  (headers["content-type"]?.includes("text/html") === true && body.trim() !== "")

const pageOf = ({ status }: HttpAnswer) => new Unreadable({ status, detail: "a resposta é uma página HTML" })

/** The phone of the dispatch's one contact. Empty where there is none. */
const phoneOf = (body: Json): string => {
  const contact = firstOf(body.contacts)
  return isObject(contact) && typeof contact.fullNumber === "string" ? contact.fullNumber : ""
}

/** SPEC 5.1. */
const requestOf = (weni: WeniSettings, { body, campaign }: Dispatch): HttpRequest => ({
  method: "POST",
  url: `${weni.url}/v1/campaigns/${encodeURIComponent(campaign)}/dispatch?keepValidContacts=false`,
  headers: {
    accept: "application/json",
    "content-type": "application/json",
    "x-api-key": Redacted.value(weni.apiKey),
    "x-api-secret": Redacted.value(weni.apiSecret)
  },
  body: JSON.stringify(body),
  timeout: weni.timeout
})

/** A received status is the answer even if the rest was lost, because it decides whether Weni accepted (SPEC 5.2). */
const statusOnly = ({ reason }: HttpError): Effect.Effect<HttpAnswer, WeniError> =>
  reason._tag !== "NotConnected" && reason.status !== undefined
    ? Effect.succeed({ status: reason.status, headers: {}, body: "" })
    : Effect.fail(new WeniError({ reason }))

const refusalOf = Effect.fnUntraced(function* (answer: HttpAnswer) {
  const { body, status } = answer
  const wait = retryAfter(answer, yield* Clock.currentTimeMillis)
  const { message } = apiText(status, readJson(body))
  return new DispatchRefusal({
    status,
    message,
    answer: answerFields(body),
    ...(wait !== undefined && { retryAfter: wait })
  })
})

const make = Effect.gen(function* () {
  const http = yield* Http
  const { weni: breaker } = yield* Breakers
  const { weni } = yield* Settings

  const dispatch = Effect.fnUntraced(function* (input: Dispatch) {
    const { holds } = yield* CurrentLease
    const request = { ...requestOf(weni, input), mayBegin: holds }
    const answer = yield* http
      .send(request)
      .pipe(attemptSpan("weni", request, input.attempt - 1), Effect.catch(statusOnly))
    if (!accepted.has(answer.status)) return yield* new WeniError({ reason: yield* refusalOf(answer) })
    if (isPage(answer)) return yield* new WeniError({ reason: pageOf(answer) })
    const messageId = messageIdOf(answer.body)
    const fields = answerFields(answer.body)
    const parsed = readJson(answer.body)
    const told = isObject(parsed) ? parsed : { contacts: parsed }
    if (!namesMessage(told) && rejectsContact(told, phoneOf(input.body))) {
      return yield* new WeniError({ reason: new ContactRejected({ status: answer.status, answer: fields }) })
    }
    return {
      status: answer.status,
      answer: fields,
      ...(messageId !== undefined && { messageId })
    }
  }, traced("Weni.dispatch"))

  const slot = (pass: Pass<WeniReason>): DispatchSlot => ({
    probe: pass.probe,
    dispatch: (input) =>
      dispatch(input).pipe(
        Effect.tap(() => pass.report({ _tag: "Alive" })),
        Effect.tapError(({ reason }) => pass.report(weniOutcome(reason)))
      )
  })

  return Weni.of({
    answeredSince: (moment) => breaker.answeredSince(moment),
    admit: (callState, use) =>
      breaker
        .pass(callState, (pass) => use(slot(pass)))
        .pipe(
          Effect.mapError((failure) =>
            failure instanceof CircuitOpen ? new DispatchHeldBack({ reason: failure.reason }) : failure
          )
        )
  })
})

/** `Weni` on its campaign API. Makes one attempt without retries (SPEC 5), at most WENI_CONCURRENCY at once. */
export const WeniHttp = Layer.effect(Weni, make)
