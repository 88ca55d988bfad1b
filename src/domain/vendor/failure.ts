import { Duration } from "effect"

import type { Answer } from "../record/ChannelResult.ts"
import { durationText } from "../values/parseTime.ts"
import type { DispatchRefusal, HeldBack, Refused, ServiceNowReason, WeniReason } from "./failureReasons.ts"
import { truncateText } from "./truncateAnswer.ts"

/** Maximum size in an answer of an API's message, and of its detail, in bytes of JSON. */
const maxText = 8 * 1024

/** A stand-in for an answer, or a refusal, in the words of the response (CONTRACT "Records"). */
interface ErrorText {
  readonly status: number
  readonly message: string
  readonly codigo: string
  readonly detalhe: string
}

/** The stand-in as an `Answer`, with long texts cut. `unknown`: the call may or may not have taken effect. */
const syntheticAnswer = (text: ErrorText, tentativas: number, unknown: boolean): Answer => {
  const message = truncateText(text.message, maxText)
  const detalhe = truncateText(text.detalhe, maxText)
  return {
    status: text.status,
    message,
    ...(unknown && { resultado: "desconhecido" }),
    erro: { codigo: text.codigo, detalhe, tentativas },
    ...((message !== text.message || detalhe !== text.detalhe) && { truncado: true })
  }
}

const timeout = (after: Duration.Duration): ErrorText => ({
  status: 504,
  message: "timeout",
  codigo: "TIMEOUT",
  detalhe: `sem resposta em ${durationText(Duration.toMillis(after))}`
})

const notConnected = (detail: string): ErrorText => ({
  status: 503,
  message: "sem conexão",
  codigo: "SEM_CONEXAO",
  detalhe: `conexão não estabelecida: ${detail}`
})

const unreadable = (message: string, detalhe: string): ErrorText => ({
  status: 502,
  message,
  codigo: "RESPOSTA_INVALIDA",
  detalhe
})

/** Names the token endpoint as the one that failed. The call itself was never sent. */
const tokenErrorText = (text: ErrorText): ErrorText => ({ ...text, detalhe: `oauth_token.do: ${text.detalhe}` })

/** This call was not sent. The failure that opened the breaker stands in for its answer (SPEC 9.2). */
const heldBackText = (text: ErrorText): ErrorText => ({
  ...text,
  detalhe: `não chamado, o circuito está aberto: ${text.detalhe}`
})

/** What was sent before may have taken effect, and the search for it was held back. */
const doubtText = (text: ErrorText): ErrorText => ({
  ...text,
  detalhe: `enviado, resultado desconhecido: ${text.detalhe}`
})

const heldBackServiceNowText = ({ appearsUntil, called, reason }: HeldBack): ErrorText => {
  const text = serviceNowErrorText(reason)
  if (appearsUntil !== undefined) return doubtText(text)
  return called === true ? text : heldBackText(text)
}

const serviceNowErrorText = (reason: ServiceNowReason): ErrorText => {
  switch (reason._tag) {
    case "Timeout":
      return timeout(reason.after)
    case "NotConnected":
      return notConnected(reason.detail)
    case "ConnectionLost":
      return {
        status: 503,
        message: "conexão perdida",
        codigo: "SEM_CONEXAO",
        detalhe: `conexão perdida depois do envio: ${reason.detail}`
      }
    case "Unreadable":
      return unreadable("resposta inválida", `HTTP ${reason.status}: ${reason.detail}`)
    case "TokenUnavailable":
      return tokenErrorText(serviceNowErrorText(reason.reason))
    case "HeldBack":
      return heldBackServiceNowText(reason)
    case "Indeterminate":
      return { status: 502, message: "resultado desconhecido", codigo: "INDETERMINADO", detalhe: reason.detail }
    case "Refused":
      return reason.status < 400
        ? unreadable(reason.message, reason.detail)
        : {
            status: reason.status,
            message: reason.message,
            codigo: `HTTP_${reason.status}`,
            detalhe: reason.detail
          }
  }
}

/** Why an operation failed permanently, and after how many attempts. */
interface FailedOperation {
  readonly reason: ServiceNowReason
  readonly attempts: number
}

/** The `response` of an operation on ServiceNow that failed (CONTRACT "Records", SPEC 7.1). */
export const serviceNowFailure = ({ attempts, reason }: FailedOperation): Answer => {
  const isDoubtful = reason._tag === "HeldBack" && reason.appearsUntil !== undefined
  return syntheticAnswer(serviceNowErrorText(reason), attempts, isDoubtful || reason._tag === "Indeterminate")
}

/**
 * Whether another attempt may follow (SPEC 5.3). `retry`: certainly not accepted, and another attempt is worthwhile.
 * `once`: the same, for one more attempt. `final`: certainly not accepted. `doubtful`: unknown. A 504 is doubtful
 * unless WENI_RETRY_STATUS lists it. A 401 is Weni's answer to every request until its cause is fixed.
 */
export const dispatchVerdict = (
  reason: WeniReason,
  retryStatus: ReadonlyArray<number>
): "retry" | "once" | "final" | "doubtful" => {
  switch (reason._tag) {
    case "NotConnected":
      return "retry"
    case "Timeout":
    case "ConnectionLost":
    case "Unreadable":
      return "doubtful"
    case "ContactRejected":
      return "final"
    case "DispatchRefusal":
      if (reason.status === 401 || retryStatus.includes(reason.status)) return "retry"
      if (reason.status === 403) return "once"
      return reason.status === 504 ? "doubtful" : "final"
  }
}

/** The API's own explanation, if its answer has one in addition to its message. */
const detailOf = ({ answer, message }: DispatchRefusal): string => {
  const detail = [answer.detail, answer.detalhe, answer.details, answer.error, answer.corpo].find(
    (value) => typeof value === "string" && value !== ""
  )
  return typeof detail === "string" ? detail : message
}

/** The recorded fields of a refusal, overridden by our own texts. */
const refusedAnswer = (
  reason: Pick<DispatchRefusal, "answer">,
  text: ErrorText,
  attempts: number,
  unknown: boolean
): Answer => ({
  ...reason.answer,
  ...syntheticAnswer(text, attempts, unknown),
  ...(reason.answer.truncado === true && { truncado: true })
})

const contactRejected: ErrorText = {
  status: 422,
  message: "telefone recusado",
  codigo: "TELEFONE_RECUSADO",
  detalhe: "a Weni respondeu com sucesso e não aceitou o telefone"
}

/** The `response` of a dispatch after its last attempt (CONTRACT "Records", SPEC 5.3), `desconhecido` when doubtful. */
export const weniFailure = (reason: WeniReason, attempts: number, retryStatus: ReadonlyArray<number> = []): Answer => {
  switch (reason._tag) {
    case "Timeout":
      return syntheticAnswer(timeout(reason.after), attempts, true)
    case "NotConnected":
      return syntheticAnswer(notConnected(reason.detail), attempts, false)
    case "ConnectionLost":
      return syntheticAnswer(
        {
          status: 502,
          message: "conexão perdida",
          codigo: "INDETERMINADO",
          detalhe: `conexão perdida depois do envio: ${reason.detail}`
        },
        attempts,
        true
      )
    case "Unreadable":
      return syntheticAnswer(serviceNowErrorText(reason), attempts, true)
    case "ContactRejected":
      return refusedAnswer(reason, contactRejected, attempts, false)
    case "DispatchRefusal": {
      const { message, status } = reason
      const doubtful = dispatchVerdict(reason, retryStatus) === "doubtful"
      const codigo = doubtful ? "TIMEOUT" : `HTTP_${status}`
      return refusedAnswer(reason, { status, message, codigo, detalhe: detailOf(reason) }, attempts, doubtful)
    }
  }
}

/** The `response` of a dispatch that the open circuit breaker held back until the wait for it ended (SPEC 9.2). */
export const heldBackDispatch = (reason: WeniReason, attempts: number): Answer => {
  const text: ErrorText =
    reason._tag === "DispatchRefusal"
      ? { status: reason.status, message: reason.message, codigo: `HTTP_${reason.status}`, detalhe: reason.message }
      : reason._tag === "ContactRejected"
        ? contactRejected
        : serviceNowErrorText(reason)
  return syntheticAnswer(heldBackText(text), attempts, false)
}

const unknownDispatch = (detalhe: string, attempts: number): Answer =>
  syntheticAnswer({ status: 502, message: "resultado desconhecido", codigo: "INDETERMINADO", detalhe }, attempts, true)

/** The `response` of a dispatch with an intent but no answer, because the process crashed in between (SPEC 5.3). */
export const lostDispatch = (attempts: number): Answer =>
  unknownDispatch("envio iniciado e interrompido antes de registrar a resposta", attempts)

/** The `response` for a Case older than our facts. Its creator has most likely sent the message already (SPEC 8.2). */
export const earlierDispatch: Answer = unknownDispatch(
  "o Case foi aberto antes deste registro; a mensagem pode já ter sido enviada",
  0
)

/** A proxy in front of an instance gave the request up (408), or the instance requests a later attempt (429). */
const passingRefusals = [408, 429]

/** True for a 4xx other than 408 and 429: the instance has surely not carried the request out (SPEC 4.6). */
export const isFinal = (reason: ServiceNowReason): boolean =>
  reason._tag === "Refused" && reason.status >= 400 && reason.status < 500 && !passingRefusals.includes(reason.status)

/** True for a write that was refused because another row already has a value that must be unique. */
export const isDuplicate = (reason: ServiceNowReason): boolean =>
  reason._tag === "Refused" && isFinal(reason) && /\b(?:unique|duplicate)\b/i.test(`${reason.message} ${reason.detail}`)

/**
 * True for a final refusal that concerns this request alone. A 401 may concern every request, which `isOutage` decides
 * (SPEC 4.6).
 */
export const isOwnRefusal = (reason: ServiceNowReason): boolean =>
  reason._tag === "Refused" && isFinal(reason) && reason.status !== 401

/** True for a 403. A single one among good answers may come from one node of the instance. */
export const isForbidden = (reason: ServiceNowReason): boolean => reason._tag === "Refused" && reason.status === 403

/**
 * Whether another request would surely get the same refusal (SPEC 4.6). A 401 may pass like an outage. A first 403 may
 * come from one node; `forbidden` counts the 403s before this refusal.
 */
export const isRefusedForGood = (reason: ServiceNowReason, forbidden: number): boolean =>
  isOwnRefusal(reason) && !(isForbidden(reason) && forbidden === 0)

/** Milliseconds after which a request that was refused as unauthorized or forbidden may get another answer. */
const pauseAfterDenial = 1000

/**
 * Milliseconds that a refusal requests to wait before the next attempt, as the vendor says or as its status requires.
 */
export const requestedDelay = ({ retryAfter, status }: Pick<Refused, "retryAfter" | "status">): number => {
  if (status === 401 || status === 403) return pauseAfterDenial
  return status === 429 || status === 503 ? (retryAfter ?? 0) : 0
}

/**
 * True for a 4xx that refuses only this write, so that another body may be accepted. A 401 concerns every request, and
 * a 404 means that there is nothing to write on.
 */
export const isRefusal = (reason: ServiceNowReason): boolean =>
  isOwnRefusal(reason) && reason._tag === "Refused" && reason.status !== 404

/** The `response` of a PATCH that ServiceNow accepted without storing these fields (SPEC 8.8, 8.9). */
export const notStoredFailure = (fields: ReadonlyArray<string>, attempts: number): Answer => {
  const text = `campos não gravados como enviados: ${fields.join(", ")}`
  return syntheticAnswer({ status: 200, message: text, codigo: "NAO_GRAVADO", detalhe: text }, attempts, false)
}

const passing = new Set([
  "TIMEOUT",
  "SEM_CONEXAO",
  "RESPOSTA_INVALIDA",
  // It concerns every call until its cause is fixed.
  "HTTP_401",
  ...passingRefusals.map((status) => `HTTP_${status}`)
])

/** True for a transient failure: time-out, no connection, 401, 408, 429, 5xx, unreadable answer (SPEC 6.4). */
export const isPassing = ({ erro }: Answer): boolean =>
  erro !== undefined && (passing.has(erro.codigo) || erro.codigo.startsWith("HTTP_5"))
