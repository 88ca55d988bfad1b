import { truncate } from "../journeys/template.ts"
import { correlationIdProblem } from "../record/CorrelationId.ts"
import { cleanText, objectsIn, type Candidates, valuesOf, firstName, objectsOf } from "./candidates.ts"
import { answerWords } from "./customerAnswer.ts"
import type { EventKind, InboundEvent } from "./InboundEvent.ts"

/** Code points that a text keeps: WhatsApp's own limit, and no response outgrows its topic. */
const maxText = 4096

const textFields = ["texto", "text", "resposta", "mensagem", "body", "message", "payload", "button"]

/** The first of these values that is a text with something in it, or a number. */
const firstText = (values: ReadonlyArray<unknown>): string | undefined => {
  for (const value of values) {
    const text = typeof value === "object" ? undefined : cleanText(value)
    if (text !== undefined && text.trim() !== "") return truncate(text, maxText)
  }
  return undefined
}

/** A button that was tapped, of a template or of an interactive message, as payload and label. */
const tapped = (scopes: Candidates) => {
  const buttons = objectsIn(valuesOf(scopes, ["button"]))
  const choices = objectsIn(valuesOf(objectsIn(valuesOf(scopes, ["interactive"])), ["button_reply", "list_reply"]))
  return {
    payload: firstText([...valuesOf(buttons, ["payload"]), ...valuesOf(choices, ["id"])]),
    label: firstText([...valuesOf(buttons, ["text"]), ...valuesOf(choices, ["title"])])
  }
}

/** What was written: a text, `{body}`, the caption of a medium, or the emoji of a reaction. */
const written = (scopes: Candidates): string | undefined => {
  const values = valuesOf(scopes, textFields)
  const media = objectsIn(valuesOf(scopes, ["image", "video", "document"]))
  const reactions = objectsIn(valuesOf(scopes, ["reaction"]))
  return (
    firstText(values.flatMap((value) => [value].concat(valuesOf(objectsIn([value]), ["body", "text"])))) ??
    firstText([...valuesOf(media, ["caption"]), ...valuesOf(reactions, ["emoji"])])
  )
}

const saysTheSame = (a: string, b: string): boolean => answerWords(a).join(" ") === answerWords(b).join(" ")

/** The text of a reply, `""` where it says nothing in text; of a button its payload, and its label where that says something else (SPEC 8.10). */
const readReplyText = (scopes: Candidates): { readonly text: string; readonly label?: string } => {
  const { payload, label } = tapped(scopes)
  const text = payload ?? label ?? written(scopes) ?? ""
  return { text, ...(label !== undefined && !saysTheSame(label, text) && { label }) }
}

const errorFields = ["errors", "error", "erros", "erro"]
const codeFields = ["codigo", "code", "error_code", "errorCode"]
const messageFields = ["mensagem", "message", "title", "detalhe", "descricao", "motivo", "reason"]

/** Why a message could not be delivered, as the vendor says it: the first error of a list, or the event's own fields. */
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

/** What we gave with the dispatch comes back beside the event or in its `context`. */
const withContext = (scopes: Candidates): Candidates =>
  scopes.flatMap((scope) => [scope, ...objectsIn([scope["context"], scope["contexto"]])])

/** The first valid correlation id; one that breaks SPEC 1.3 is refused as it came, not cleaned. */
export const readCorrelationId = (scopes: Candidates): string | undefined => {
  const values = valuesOf(withContext(scopes), ["id_contexto", "id_correlacao", "biz_opaque_callback_data"])
  return values
    .filter((value) => typeof value === "string")
    .find((value: string) => correlationIdProblem(value) === undefined)
}

const readJourney = (scopes: Candidates): string | undefined =>
  firstName(valuesOf(withContext(scopes), ["cod_jornada"]))

const flatCaseFields = ["id_case", "case.number", "case_number", "case.sys_id", "case_sys_id", "case"]

/** The Case's number or sys_id, as it came. */
const readCaseId = (scopes: Candidates): string | undefined =>
  firstName(
    withContext(scopes).flatMap((scope) =>
      valuesOf([scope], flatCaseFields).concat(valuesOf(objectsOf(scope["case"]), ["number", "sys_id"]))
    )
  )

const phoneFields = ["fullNumber", "phone", "telefone", "num_telefone", "wa_id"]

/** The customer's phone: who sends a reply is who receives everything else; a `context` names the sender of another message. */
const readPhone = (scopes: Candidates, kind: EventKind): string | undefined =>
  firstName(valuesOf(scopes, [...phoneFields, ...(kind === "reply" ? ["from"] : ["recipient_id", "to"])]))

/** The id of the message that a reply answers, or that a reaction is about. */
const readAnswered = (scopes: Candidates): string | undefined =>
  firstName(
    valuesOf(objectsIn(valuesOf(scopes, ["context", "contexto"])), ["id", "message_id"]).concat(
      valuesOf(objectsIn(valuesOf(scopes, ["reaction"])), ["message_id"])
    )
  )

/** What a shape knows of one event. */
export interface EventSource {
  readonly kind: EventKind
  /** Epoch milliseconds. */
  readonly at: number
  /** Where the id of its message may stand. */
  readonly messageIds: ReadonlyArray<unknown>
  /** The objects that speak of this event alone. */
  readonly own: Candidates
  /** Those that it shares with others of its record: only names are read there. */
  readonly shared: Candidates
}

/** The event with everything that its objects say of it. */
export const buildEvent = ({ kind, at, messageIds, own: near, shared: around }: EventSource): InboundEvent => {
  const scopes = [...near, ...around]
  const messageId = firstName(messageIds)
  const answersTo = kind === "reply" ? readAnswered(near) : undefined
  const correlationId = readCorrelationId(scopes)
  const journey = readJourney(scopes)
  const caseId = readCaseId(scopes)
  const phone = readPhone(scopes, kind)
  return {
    kind,
    at,
    ...(messageId !== undefined && { messageId }),
    ...(answersTo !== undefined && { answersTo }),
    ...(correlationId !== undefined && { correlationId }),
    ...(journey !== undefined && { journey }),
    ...(caseId !== undefined && { caseId }),
    ...(phone !== undefined && { phone }),
    ...(kind === "reply" && readReplyText(near)),
    ...(kind === "failed" && readFailure(near))
  }
}
