import { correlationIdProblem } from "../record/Origin.ts"
import { objectsIn, type Candidates, valuesOf, firstName, objectsOf } from "./candidates.ts"
import type { EventKind, InboundEvent } from "./InboundEvent.ts"
import { readSender } from "./readSender.ts"
import { answeringScopes, firstText, readReply } from "./replyContent.ts"

/** What the decoder of a shape knows about one event. */
export interface EventSource {
  readonly kind: EventKind
  readonly time: Pick<InboundEvent, "at" | "timeUnread">
  /** Values that may hold the id of its message. */
  readonly messageIds: ReadonlyArray<unknown>
  /** The objects that describe only this event. */
  readonly own: Candidates
  /** The objects that it shares with other events of its record. Only names are read from them. */
  readonly shared: Candidates
}

const errorFields = ["errors", "error", "erros", "erro"]
const codeFields = ["codigo", "code", "error_code", "errorCode"]
const messageFields = ["mensagem", "message", "title", "detalhe", "descricao", "motivo", "reason"]

/** Why a message was not delivered, in the vendor's words: the first error of a list, or the event's own fields. */
const readFailure = (scopes: Candidates): { readonly code?: string; readonly message?: string } => {
  const errors = scopes.flatMap((scope) => errorFields.flatMap((field) => objectsOf(scope[field]).slice(0, 1)))
  const code = firstName(valuesOf([...errors, ...scopes], codeFields))
  const details = errors.flatMap((error) => valuesOf(objectsOf(error["error_data"]), ["details"]))
  const texts = valuesOf(scopes, errorFields).filter((value) => typeof value === "string")
  const message = firstText([
    ...valuesOf(errors, messageFields),
    ...details,
    ...valuesOf(scopes, messageFields),
    ...texts
  ])
  return { ...(code !== undefined && { code }), ...(message !== undefined && { message }) }
}

/** The fields that we sent with the dispatch come back beside the event or in its `context`. */
const withContext = (scopes: Candidates): Candidates =>
  scopes.flatMap((scope) => [scope, ...objectsIn([scope["context"], scope["contexto"]])])

/** The first valid correlation id. An id that breaks SPEC 1.3 is rejected as received, not cleaned. */
export const readCorrelationId = (scopes: Candidates): string | undefined => {
  const values = valuesOf(withContext(scopes), ["id_contexto", "id_correlacao", "biz_opaque_callback_data"])
  return values
    .filter((value) => typeof value === "string")
    .find((value: string) => correlationIdProblem(value) === undefined)
}

const readJourney = (scopes: Candidates): string | undefined =>
  firstName(valuesOf(withContext(scopes), ["cod_jornada"]))

const flatCaseFields = ["id_case", "case.number", "case_number", "case.sys_id", "case_sys_id", "case"]

/** The Case's number or sys_id, as received. */
const readCaseId = (scopes: Candidates): string | undefined =>
  firstName(
    withContext(scopes).flatMap((scope) =>
      valuesOf([scope], flatCaseFields).concat(valuesOf(objectsOf(scope["case"]), ["number", "sys_id"]))
    )
  )

const phoneFields = ["fullNumber", "phone", "telefone", "num_telefone", "wa_id"]

/**
 * The customer's phone: the sender of a reply, the recipient of everything else. A `context` is not searched, since it
 * names the sender of another message.
 */
const readPhone = (scopes: Candidates, kind: EventKind): string | undefined =>
  firstName(valuesOf(scopes, [...phoneFields, ...(kind === "reply" ? ["from"] : ["recipient_id", "to"])]))

/** The id of the message that a reply answers, or that a reaction is about. */
const readAnsweredId = (scopes: Candidates): string | undefined =>
  firstName(
    valuesOf(objectsIn(valuesOf(scopes, ["context", "contexto"])), ["id", "message_id"]).concat(
      valuesOf(objectsIn(valuesOf(scopes, ["reaction"])), ["message_id"])
    )
  )

/** The event with all fields that its objects provide. */
export const buildEvent = ({ kind, time, messageIds, own, shared }: EventSource): InboundEvent => {
  const scopes = [...own, ...shared]
  const messageId = firstName(messageIds)
  const answersTo = kind === "reply" ? readAnsweredId(answeringScopes(own)) : undefined
  const correlationId = readCorrelationId(scopes)
  const journey = readJourney(scopes)
  const caseId = readCaseId(scopes)
  const phone = readPhone(scopes, kind)
  return {
    kind,
    ...time,
    ...(messageId !== undefined && { messageId }),
    ...(answersTo !== undefined && { answersTo }),
    ...(correlationId !== undefined && { correlationId }),
    ...(journey !== undefined && { journey }),
    ...(caseId !== undefined && { caseId }),
    ...(phone !== undefined && { phone }),
    ...readSender(own, shared, { kind, phone }),
    ...(kind === "reply" && readReply(own)),
    ...(kind === "failed" && readFailure(own))
  }
}
