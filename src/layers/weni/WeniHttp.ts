import { Clock, Effect, Layer } from "effect"

import type { Json } from "../../domain/record/ChannelResult.ts"
import { weniOutcome } from "../../domain/vendor/breaker.ts"
import { ContactRejected, DispatchRefusal, Unreadable, type WeniReason } from "../../domain/vendor/failureReasons.ts"
import { truncateAnswer } from "../../domain/vendor/truncateAnswer.ts"
import { Breakers, CircuitOpen, type Pass } from "../../services/Breakers.ts"
import { Http, type HttpAnswer, type HttpError } from "../../services/Http.ts"
import { CurrentLease } from "../../services/Ownership.ts"
import { Settings } from "../../services/Settings.ts"
import { type Dispatch, DispatchHeldBack, type DispatchSlot, Weni, WeniError } from "../../services/Weni.ts"
import { traced } from "../../telemetry/traced.ts"
import { isObject, readJson, apiText, retryAfter } from "../http/answer.ts"
import { attemptSpan } from "../http/attemptSpan.ts"
import { dispatchRequest } from "./dispatchRequest.ts"
import { rejectsContact } from "./rejectedContact.ts"

/** True if the answer has a field name of our response, where it would have another meaning. */
const usesOurFields = (fields: Json) =>
  "erro" in fields ||
  "resultado" in fields ||
  "truncado" in fields ||
  ("message" in fields && typeof fields.message !== "string")

/**
 * The fields of Weni's answer except `status`, at most 16 KiB. An answer that is not an object, or that uses our own
 * field names, is kept whole as `corpo` (CONTRACT "Records"). An empty body has no fields. `parsed` is the body's JSON.
 */
const answerFields = (body: string, parsed: unknown): Json => {
  if (body === "") return {}
  if (!isObject(parsed)) return truncateAnswer({ corpo: parsed === undefined ? body : parsed })
  const { status: _, ...fields } = parsed
  return truncateAnswer(usesOurFields(fields) ? { corpo: fields } : fields)
}

const firstOf = (value: unknown): unknown => (Array.isArray(value) ? value[0] : undefined)

const namesOfMessage = ["message_id", "messageId"]
const names = [...namesOfMessage, "id"]

const idIn = (part: unknown, fields: ReadonlyArray<string>): string | undefined => {
  if (!isObject(part)) return undefined
  for (const field of fields) {
    const id = part[field]
    if (typeof id === "number") return String(id)
    if (typeof id === "string" && id.trim() !== "") return id.trim()
  }
  return undefined
}

/** `message_id`, `messageId` or `id` of the body, or of the first of its `messages` or `contacts` (SPEC 5.2). */
const messageIdOf = (body: unknown): string | undefined =>
  isObject(body)
    ? (idIn(body, names) ?? idIn(firstOf(body.messages), names) ?? idIn(firstOf(body.contacts), names))
    : undefined

/** An `id` alone may be that of the dispatch, or of a rejected contact. */
const namesMessage = (body: Json): boolean =>
  idIn(body, namesOfMessage) !== undefined ||
  idIn(firstOf(body.messages), names) !== undefined ||
  idIn(firstOf(body.contacts), namesOfMessage) !== undefined

/** Statuses that accept a dispatch, unless the body says otherwise (SPEC 5.2). */
const accepted = new Set([200, 201, 202])

/** True for a page of something in front of Weni. */
const isPage = ({ body, headers }: HttpAnswer): boolean =>
  /^\s*<(?:!doctype|html)/i.test(body) ||
  (headers["content-type"]?.includes("text/html") === true && body.trim() !== "")

const pageOf = ({ status }: HttpAnswer) => new Unreadable({ status, detail: "a resposta é uma página HTML" })

/** The phone of the dispatch's only contact. Empty if it has no contact. */
const phoneOf = (body: Json): string => {
  const contact = firstOf(body.contacts)
  return isObject(contact) && typeof contact.fullNumber === "string" ? contact.fullNumber : ""
}

/** A received status is the answer even if the rest was lost, because it decides whether Weni accepted (SPEC 5.2). */
const statusOnly = ({ reason }: HttpError): Effect.Effect<HttpAnswer, WeniError> =>
  reason._tag !== "NotConnected" && reason.status !== undefined
    ? Effect.succeed({ status: reason.status, headers: {}, body: "" })
    : Effect.fail(new WeniError({ reason }))

const refusalOf = Effect.fnUntraced(function* (answer: HttpAnswer) {
  const { body, status } = answer
  const wait = retryAfter(answer, yield* Clock.currentTimeMillis)
  const parsed = readJson(body)
  const { message } = apiText(status, parsed)
  return new DispatchRefusal({
    status,
    message,
    answer: answerFields(body, parsed),
    ...(wait !== undefined && { retryAfter: wait })
  })
})

const make = Effect.gen(function* () {
  const http = yield* Http
  const { weni: breaker } = yield* Breakers
  const { weni } = yield* Settings

  const dispatch = Effect.fnUntraced(function* (input: Dispatch) {
    const { holds } = yield* CurrentLease
    const request = { ...dispatchRequest(weni, input), mayBegin: holds }
    const answer = yield* http
      .send(request)
      .pipe(attemptSpan("weni", request, input.attempt - 1), Effect.catch(statusOnly))
    if (!accepted.has(answer.status)) return yield* new WeniError({ reason: yield* refusalOf(answer) })
    if (isPage(answer)) return yield* new WeniError({ reason: pageOf(answer) })
    const parsed = readJson(answer.body)
    const messageId = messageIdOf(parsed)
    const fields = answerFields(answer.body, parsed)
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
