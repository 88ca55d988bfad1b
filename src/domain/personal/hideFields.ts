import { wordsLeads } from "../values/customerWords.ts"
import { hidePersonalData, shownId } from "./personalData.ts"

const fieldNames = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/))

/** Fields whose values describe the service, the vendors or the order, and never the person. */
const plainFields =
  fieldNames(`_tag at fact kind evento status response_status outcome vendor written tims_evento tims_resposta
  timestamp eventTime dat_emissao dat_entrega cod_canais cod_canaais cod_jornada journey id_campanha channels
  topic topico partition particao offset generation index sys_id sysId number consumer id_case caseId origem
  codigo code tentativas resultado contact_type category subcategory priority impact urgency state caseState
  caseBy assignment_group assignmentGroup opened_by resolution_code type version duplicado truncado message_id
  messageId answersTo edits revokes traceparent span decision answered settles by operation content
  business attempt attempts timeout sendsFor retryAfter until appearsUntil closesAt waitsSince
  SERVICENOW_KEY_FIELD field sight verdict path expected way ways`)

/** Ids and numbers that a producer makes, perhaps from a customer's data. */
const idFields =
  fieldNames(`id_correlacao id_contexto id_resposta u_id_correlacao correlation_id correlationId among id num_pedido
  num_nota remessa u_num_pedido order shipment`)

/** Texts of the service and of vendors, in which a person's words or name may stand. */
const proseFields =
  fieldNames(`short_description description work_notes comments close_notes message detalhe detail avisos warnings reason
  does error problem response`)

/** Fields that hold a phone, whose last four digits people compare with what a caller says. */
const phoneFields = fieldNames("num_telefone fullNumber phone u_msisdn mobile_phone contact_urn wa_id")

/** Fields that name steps. The name of an event's write contains what the customer said. */
const stepFields = fieldNames("step steps write")

const hiddenText = "***"

/** `***` and the last four digits. */
export const hidePhone = (phone: string): string => `${hiddenText}${phone.replace(/\D/g, "").slice(-4)}`

const escaped = (text: string): string => text.replace(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)

const leads = Object.values(wordsLeads).map(escaped).join("|")

/** What the customer said, in the notes that quote it (SPEC 8.10). */
const said = new RegExp(String.raw`(?<![\p{L}\p{N}])(${leads}).*`, "su")

/** Hides what a text says about a person: known words about her, what she said, and everything that looks personal. */
export type HideText = (text: string) => string

/** Words within names that identify nobody and stand in most sentences. */
const particles = fieldNames("da das de del di do dos du e la y")

/** A text about a person as a whole, and its words of two or more characters. A number must have three or more. */
const knownWords = (text: string): ReadonlyArray<string> => {
  const words = text.split(/\s+/).filter((word) => word.length > 1 && !particles.has(word.toLowerCase()))
  return [text.trim(), ...words].filter((word) => /\p{L}/u.test(word) || [...word].length > 2)
}

/** `words` are what is known of the person: name, e-mail, address. They are hidden wherever they stand as words. */
export const makeHideText = (words: ReadonlyArray<string>): HideText => {
  const known = [...new Set(words.flatMap(knownWords))].toSorted((one, other) => other.length - one.length)
  const pattern =
    known.length === 0
      ? undefined
      : new RegExp(String.raw`(?<![\p{L}\p{M}\p{N}])(?:${known.map(escaped).join("|")})(?![\p{L}\p{M}\p{N}])`, "giu")
  return (text) => {
    // This comes first, because a word of the person may also stand in the note before what she said.
    const unsaid = text.replace(said, `$1 ${hiddenText}`)
    return hidePersonalData(pattern === undefined ? unsaid : unsaid.replace(pattern, hiddenText))
  }
}

const isDigits = (value: number): boolean => /^\d{8,}$/.test(String(value))

const hideLeaf = (field: string, value: string | number, hideText: HideText): unknown => {
  if (plainFields.has(field)) return value
  if (stepFields.has(field)) return /^[a-z]+$/.test(String(value)) ? value : "write"
  if (phoneFields.has(field)) return hidePhone(String(value))
  if (idFields.has(field))
    return typeof value === "number" && shownId(String(value)) === String(value) ? value : shownId(String(value))
  if (typeof value === "number") return isDigits(value) ? hiddenText : value
  return proseFields.has(field) ? hideText(value) : value === "" ? "" : hiddenText
}

/**
 * A plain JSON value without personal data (LGPD). Names and shape stay. Only fields that are known to say nothing
 * about the person keep their values. An unknown field is hidden.
 */
export const hideFields = (value: unknown, hideText: HideText, field = ""): unknown => {
  if (typeof value === "string" || typeof value === "number") return hideLeaf(field, value, hideText)
  if (Array.isArray(value)) return value.map((one) => hideFields(one, hideText, field))
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, within]) => [name, hideFields(within, hideText, name)]))
    : value
}

/** Every text and number within a plain JSON value, except in an `id`: what is known of a person. */
export const textsIn = (value: unknown): ReadonlyArray<string> => {
  if (typeof value === "string") return [value]
  if (typeof value === "number") return [String(value)]
  return typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([name, within]) => (name === "id" ? [] : textsIn(within)))
    : []
}
