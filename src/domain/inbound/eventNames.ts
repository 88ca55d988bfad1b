import { correlationIdProblem } from "../CorrelationId.ts"
import type { EventKind } from "./InboundEvent.ts"
import { firstName, listOf, objectsIn, type Scopes, valuesOf } from "./scopes.ts"

/** What we gave with the dispatch comes back beside the event or in its `context`. */
const withContext = (scopes: Scopes): Scopes =>
  scopes.flatMap((scope) => [scope, ...objectsIn([scope["context"], scope["contexto"]])])

/** The first valid correlation id; one that breaks SPEC 1.3 is refused as it came, not cleaned. */
export const readCorrelationId = (scopes: Scopes): string | undefined => {
  const values = valuesOf(withContext(scopes), ["id_contexto", "id_correlacao", "biz_opaque_callback_data"])
  return values
    .filter((value) => typeof value === "string")
    .find((value: string) => correlationIdProblem(value) === undefined)
}

export const readJourney = (scopes: Scopes): string | undefined =>
  firstName(valuesOf(withContext(scopes), ["cod_jornada"]))

const flatCaseFields = ["id_case", "case.number", "case_number", "case.sys_id", "case_sys_id", "case"]

/** The Case's number or sys_id, as it came. */
export const readCaseId = (scopes: Scopes): string | undefined =>
  firstName(
    withContext(scopes).flatMap((scope) =>
      valuesOf([scope], flatCaseFields).concat(valuesOf(listOf(scope["case"]), ["number", "sys_id"]))
    )
  )

const phoneFields = ["fullNumber", "phone", "telefone", "num_telefone", "wa_id"]

/** The customer's phone: who sends a reply is who receives everything else; a `context` names the sender of another message. */
export const readPhone = (scopes: Scopes, kind: EventKind): string | undefined =>
  firstName(valuesOf(scopes, [...phoneFields, ...(kind === "reply" ? ["from"] : ["recipient_id", "to"])]))

/** The id of the message that a reply answers, or that a reaction is about. */
export const readAnswered = (scopes: Scopes): string | undefined =>
  firstName(
    valuesOf(objectsIn(valuesOf(scopes, ["context", "contexto"])), ["id", "message_id"]).concat(
      valuesOf(objectsIn(valuesOf(scopes, ["reaction"])), ["message_id"])
    )
  )
