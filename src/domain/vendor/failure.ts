import { Duration } from "effect"

import type { Answer } from "../record/ChannelResult.ts"
import { durationText } from "../values/parseTime.ts"
import type { ServiceNowReason, DispatchRefusal, WeniReason } from "./failureReasons.ts"
import { cutText } from "./truncateAnswer.ts"

/** Bytes of JSON that a message, and a detail, of an API's refusal may have in an answer. */
const maxText = 8 * 1024

/** What stands in for an answer, or says no, in the words of the response (CONTRACT "Records"). */
export interface ErrorText {
  readonly status: number
  readonly message: string
  readonly codigo: string
  readonly detalhe: string
}

/** The stand-in as an `Answer`, cut where it is long; `unknown`: nobody knows whether the call took effect. */
const syntheticAnswer = (said: ErrorText, tentativas: number, unknown: boolean): Answer => {
  const message = cutText(said.message, maxText)
  const detalhe = cutText(said.detalhe, maxText)
  return {
    status: said.status,
    message,
    ...(unknown && { resultado: "desconhecido" }),
    erro: { codigo: said.codigo, detalhe, tentativas },
    ...((message !== said.message || detalhe !== said.detalhe) && { truncado: true })
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

/** Which endpoint it was: the call itself was never sent. */
const tokenSaid = (said: ErrorText): ErrorText => ({ ...said, detalhe: `oauth_token.do: ${said.detalhe}` })

/** It was not this call that failed: what opened the breaker stands in for its answer (SPEC 9.2). */
const heldSaid = (said: ErrorText): ErrorText => ({
  ...said,
  detalhe: `não chamado, o circuito está aberto: ${said.detalhe}`
})

const serviceNowSaid = (reason: ServiceNowReason): ErrorText => {
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
      return tokenSaid(serviceNowSaid(reason.reason))
    case "HeldBack":
      return heldSaid(serviceNowSaid(reason.reason))
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

/** Why an operation failed for good, and after how many attempts. */
interface FailedOperation {
  readonly reason: ServiceNowReason
  readonly attempts: number
}

/** The `response` of an operation on ServiceNow that failed (CONTRACT "Records", SPEC 7.1). */
export const serviceNowFailure = (error: FailedOperation): Answer =>
  syntheticAnswer(serviceNowSaid(error.reason), error.attempts, error.reason._tag === "Indeterminate")

/** The API's own explanation where it gives one beside its message. */
const detailOf = ({ answer, message }: DispatchRefusal): string => {
  const detail = [answer.detail, answer.detalhe, answer.details, answer.error, answer.corpo].find(
    (value) => typeof value === "string" && value !== ""
  )
  return typeof detail === "string" ? detail : message
}

/** What was recorded of the fields of a refusal, under the words that are ours. */
const refused = (reason: DispatchRefusal, said: ErrorText, attempts: number, unknown: boolean): Answer => ({
  ...reason.answer,
  ...syntheticAnswer(said, attempts, unknown),
  ...(reason.answer.truncado === true && { truncado: true })
})

/** The `response` of a dispatch after its last attempt (CONTRACT "Records", SPEC 5.3); a doubtful one is `desconhecido`. */
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
    case "DispatchRefusal": {
      const { message, status } = reason
      const doubtful = dispatchVerdict(reason, retryStatus) === "doubtful"
      const codigo = doubtful ? "TIMEOUT" : `HTTP_${status}`
      return refused(reason, { status, message, codigo, detalhe: detailOf(reason) }, attempts, doubtful)
    }
  }
}

/** The `response` of a dispatch that the open circuit breaker held back until nobody waited any more (SPEC 9.2). */
export const heldBackDispatch = (reason: WeniReason, attempts: number): Answer => {
  const said: ErrorText =
    reason._tag === "DispatchRefusal"
      ? { status: reason.status, message: reason.message, codigo: `HTTP_${reason.status}`, detalhe: reason.message }
      : serviceNowSaid(reason)
  return syntheticAnswer(heldSaid(said), attempts, false)
}

const unknownDispatch = (detalhe: string, attempts: number): Answer =>
  syntheticAnswer({ status: 502, message: "resultado desconhecido", codigo: "INDETERMINADO", detalhe }, attempts, true)

/** The `response` of a dispatch whose intent was found without an answer: the process died in between (SPEC 5.3). */
export const lostDispatch = (attempts: number): Answer =>
  unknownDispatch("envio iniciado e interrompido antes de registrar a resposta", attempts)

/** The `response` where the Case is older than what we know: whoever opened it has most likely sent the message (SPEC 8.2). */
export const earlierDispatch: Answer = unknownDispatch(
  "o Case foi aberto antes deste registro; a mensagem pode já ter sido enviada",
  0
)

/**
 * Whether another attempt may follow (SPEC 5.3): `retry` surely not accepted and worth another, `final` surely not
 * accepted, `doubtful` nobody knows. A 504 is doubtful unless the operator lists it in WENI_RETRY_STATUS.
 */
export const dispatchVerdict = (
  reason: WeniReason,
  retryStatus: ReadonlyArray<number>
): "retry" | "final" | "doubtful" => {
  switch (reason._tag) {
    case "NotConnected":
      return "retry"
    case "Timeout":
    case "ConnectionLost":
      return "doubtful"
    case "DispatchRefusal":
      if (retryStatus.includes(reason.status)) return "retry"
      return reason.status === 504 ? "doubtful" : "final"
  }
}

/** 4xx but 429: asking again would bring the same answer (SPEC 4.6). */
export const isFinal = (reason: ServiceNowReason): boolean =>
  reason._tag === "Refused" && reason.status >= 400 && reason.status < 500 && reason.status !== 429

const passing = new Set(["TIMEOUT", "SEM_CONEXAO", "RESPOSTA_INVALIDA", "HTTP_429"])

/** A failure that may heal by itself: time-out, no connection, 429, 5xx, unreadable (SPEC 6.4). */
export const isPassing = ({ erro }: Answer): boolean =>
  erro !== undefined && (passing.has(erro.codigo) || erro.codigo.startsWith("HTTP_5"))
