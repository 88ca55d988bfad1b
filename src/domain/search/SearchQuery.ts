import type { IndexEntry } from "../inbound/namesOf.ts"
import { isCodigo } from "../values/codigo.ts"
import { type DocumentField, readDocument } from "../values/document.ts"
import { readEmail } from "../values/email.ts"
import { phoneSpellings, readPhone } from "../values/phone.ts"
import { plainText } from "../values/ReadValue.ts"
import { parseSince } from "../values/since.ts"
import { searchText, termOf, type SearchTerm } from "./SearchTerm.ts"

/** The statuses of a communication, which exclude each other. */
export const searchStatuses = ["working", "adopted", "success", "partial_success", "failure"] as const
export type SearchStatus = (typeof searchStatuses)[number]

/** Marks beside a status: a dispatch in doubt, work that is due or waits, an answer that may come. */
export const searchMarks = ["in_doubt", "waiting", "awaiting"] as const
export type SearchMark = (typeof searchMarks)[number]

/** The communications that one text may mean: any of these ids, names and terms. */
export interface Sought {
  readonly ids: ReadonlyArray<string>
  readonly names: ReadonlyArray<IndexEntry>
  readonly terms: ReadonlyArray<SearchTerm>
}

/** The criteria of a search. All that are present must match. */
export interface SearchQuery {
  /** Any of these statuses. */
  readonly statuses: ReadonlyArray<SearchStatus>
  /** Or any of these marks. */
  readonly marks: ReadonlyArray<SearchMark>
  readonly journey?: string
  readonly codigo?: string
  readonly case?: Sought
  readonly q?: Sought
  /** The time of creation, epoch milliseconds: from `since` on, and before `until`. */
  readonly since?: number
  readonly until?: number
}

/** The fields of a search as they come (CONTRACT `GET /api/communications`). */
export interface SearchFields {
  readonly status?: ReadonlyArray<string>
  readonly journey?: string
  readonly codigo?: string
  readonly case?: string
  readonly q?: string
  readonly since?: string
  readonly until?: string
}

/** An invalid field of a search: its name, and what it may be. */
interface WrongField {
  readonly field: keyof SearchFields
  readonly expected: string
}

const sysId = /^[0-9a-f]{32}$/i

/** A Case by its number in any letter case, or by its sys_id. */
const caseNames = (text: string): ReadonlyArray<IndexEntry> =>
  sysId.test(text)
    ? [{ kind: "case_sys_id", value: text.toLowerCase() }]
    : [...new Set([text.toUpperCase(), text])].map((value) => ({ kind: "case_number", value }))

/** What a text in a URL may mean: never a person. */
const plainSought = (text: string, raw: string): Sought => ({
  ids: [...new Set([raw.trim(), text])],
  names: [...caseNames(text), { kind: "message_id", value: text }],
  terms: [...termOf("order", text), ...termOf("shipment", text), ...termOf("ref", text)]
})

const readings: ReadonlyArray<DocumentField> = ["documento", "cpf", "cnpj"]

/** The documents that a text may be. A text that lost its leading zeros may be two. */
const documentsIn = (text: string): ReadonlyArray<string> => [
  ...new Set(readings.flatMap((field) => readDocument(text, field).value ?? []))
]

const personalTerms = (text: string): ReadonlyArray<SearchTerm> => [
  ...termOf("customer", text),
  ...phoneSpellings(text).flatMap((phone) => termOf("phone", phone)),
  ...termOf("email", readEmail(text).value),
  ...documentsIn(text).flatMap((document) => termOf("document", document))
]

/** A CPF or CNPJ as people write it, with the right check digits or not. */
const writtenDocument = /^(?:\d{3}\.\d{3}\.\d{3}-\d{2}|[\dA-Z]{2}\.[\dA-Z]{3}\.[\dA-Z]{3}\/[\dA-Z]{4}-\d{2})$/i

/** Whether the form of a text identifies a person: `maybe` for digits alone, which may be a number of an order. */
const personIn = (text: string): "no" | "maybe" | "yes" => {
  if (text.includes("@")) return "yes"
  if (writtenDocument.test(text)) return "yes"
  if (readPhone(text).value === undefined && readDocument(text).value === undefined) return "no"
  return /^\d+$/.test(text) ? "maybe" : "yes"
}

/** What a text may mean. `onlyIfKnown`: it may stand in a URL only if it leads to a communication (SPEC 12.2). */
export type ReadSought =
  | { readonly _tag: "Sought"; readonly sought: Sought; readonly onlyIfKnown: boolean }
  | { readonly _tag: "Personal" }

/** Reads a name in a URL. A text that has the form of personal data is `Personal`. */
export const soughtInUrl = (raw: string): ReadSought => {
  const text = searchText(raw)
  const person = personIn(text)
  return person === "yes"
    ? { _tag: "Personal" }
    : { _tag: "Sought", sought: plainSought(text, raw), onlyIfKnown: person === "maybe" }
}

/** Reads a name in a body, which may be personal data. */
export const soughtInBody = (raw: string): Sought => {
  const text = searchText(raw)
  const plain = plainSought(text, raw)
  return { ...plain, terms: [...plain.terms, ...personalTerms(text)] }
}

const expectedStatus = `one of ${[...searchStatuses, ...searchMarks].join(", ")}`
const expectedTime = "an ISO 8601 time with a zone, or a duration such as 24h"
export const expectedInUrl =
  "no phone, e-mail or document: personal data stands in no URL, use POST /api/communications/search"

const isStatus = (text: string): text is SearchStatus => searchStatuses.some((status) => status === text)
const isMark = (text: string): text is SearchMark => searchMarks.some((mark) => mark === text)

const isText = (text: string | undefined): boolean => text === undefined || plainText(text) !== ""

type Read<A> = { readonly value: A; readonly wrong?: never } | { readonly value?: never; readonly wrong: WrongField }

/** True for a text in a URL that has the form of personal data, perhaps of digits alone. */
const isPersonal = (text: string | undefined): boolean => text !== undefined && personIn(searchText(text)) !== "no"

/** Reads everything but `q`. Times before now count from `now`, epoch milliseconds. */
const readRest = (fields: SearchFields, now: number): Read<SearchQuery> => {
  const wrong = (field: keyof SearchFields, expected: string) => ({ wrong: { field, expected } })
  const { codigo, journey, status = [] } = fields
  if (!status.every((one) => isStatus(one) || isMark(one))) return wrong("status", expectedStatus)
  if (!isText(journey)) return wrong("journey", "the name of a journey")
  if (codigo !== undefined && !isCodigo(codigo)) {
    return wrong("codigo", "a codigo such as TIMEOUT or HTTP_500")
  }
  if (!isText(fields.case)) return wrong("case", "the number or sys_id of a Case")
  const [since, until] = [fields.since, fields.until].map((text) =>
    text === undefined ? undefined : (parseSince(text, now) ?? Number.NaN)
  )
  if (Number.isNaN(since)) return wrong("since", expectedTime)
  if (Number.isNaN(until)) return wrong("until", expectedTime)
  return {
    value: {
      statuses: status.filter(isStatus),
      marks: status.filter(isMark),
      ...(journey !== undefined && { journey }),
      ...(codigo !== undefined && { codigo }),
      ...(fields.case !== undefined && { case: { ids: [], names: caseNames(searchText(fields.case)), terms: [] } }),
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until })
    }
  }
}

/** A search that was read. `onlyIfKnown`: its `q` is digits that may be personal data, and must lead to something. */
export type ReadSearch = Read<SearchQuery & { readonly onlyIfKnown?: true }>

/** Reads a search whose fields stand in a URL, or in a body, where `q` may be personal data (SPEC 12.2). */
export const readSearch = (fields: SearchFields, now: number, where: "url" | "body"): ReadSearch => {
  const { case: theCase, journey, q } = fields
  if (where === "url") {
    // The number of a Case never consists of digits alone, so digits that may be a person's are refused without a
    // query.
    if (isPersonal(theCase)) return { wrong: { field: "case", expected: expectedInUrl } }
    if (isPersonal(journey)) return { wrong: { field: "journey", expected: expectedInUrl } }
  }
  const rest = readRest(fields, now)
  if (rest.value === undefined || q === undefined) return rest
  if (!isText(q)) return { wrong: { field: "q", expected: "a text that is not blank" } }
  if (where === "body") return { value: { ...rest.value, q: soughtInBody(q) } }
  const read = soughtInUrl(q)
  return read._tag === "Personal"
    ? { wrong: { field: "q", expected: expectedInUrl } }
    : { value: { ...rest.value, q: read.sought, ...(read.onlyIfKnown && { onlyIfKnown: true }) } }
}
