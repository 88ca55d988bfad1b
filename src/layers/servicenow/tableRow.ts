import type { CaseRow } from "../../domain/outbound/caseLook.ts"
import type { Json } from "../../domain/record/ChannelResult.ts"
import { isObject } from "../http/answer.ts"

/** A row of a table as the API returns it: fields as text, references possibly as objects. */
export type TableRow = Json

/** The field's text; for a reference, its value. `""` for an empty field. */
export const textOf = (value: unknown): string => {
  if (typeof value === "string") return value
  if (typeof value === "number" || typeof value === "boolean") return String(value)
  if (typeof value !== "object" || value === null) return ""
  if ("value" in value) return textOf(value.value)
  return "display_value" in value ? textOf(value.display_value) : ""
}

/** A sys_id or a number, trimmed. `""` for a blank one, since `/table/case/ ` would be another place. */
export const nameOf = (value: unknown): string => textOf(value).trim()

/** The field's time, epoch milliseconds: UTC as `yyyy-MM-dd HH:mm:ss`. `undefined` for anything else. */
export const timeOf = (value: unknown): number | undefined => {
  const [, day, time] = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})$/.exec(textOf(value)) ?? []
  const at = day === undefined ? Number.NaN : Date.parse(`${day}T${time}Z`)
  return Number.isNaN(at) ? undefined : at
}

const normalized = (text: string) => text.replaceAll("\r\n", "\n").trim()

const sameText = (sent: unknown, echoed: string): boolean => {
  const [a, b] = [normalized(textOf(sent)), normalized(echoed)]
  if (a === b) return true
  if (typeof sent === "number") return b !== "" && Number(b) === sent
  return typeof sent === "boolean" && b === (sent ? "1" : "0")
}

/** ServiceNow returns values as strings and references as objects (SPEC 4.5). */
const isEchoed = (sent: unknown, echoed: unknown): boolean => {
  if (echoed === undefined) return false
  if (sameText(sent, textOf(echoed))) return true
  return isObject(echoed) && sameText(sent, textOf(echoed.display_value))
}

/** Journal fields, which are written but never echoed. */
const journalFields = new Set(["work_notes", "comments"])

/** The fields that the answer does not show as sent (SPEC 4.5). */
export const notEchoed = (sent: Json, echoed: TableRow): ReadonlyArray<string> =>
  Object.keys(sent).filter((field) => !journalFields.has(field) && !isEchoed(sent[field], echoed[field]))

/** A warning that names the fields that were not stored as sent, without their values. Empty if all were (SPEC 4.5). */
export const verifyStored = (what: string, sent: Json, echoed: TableRow): ReadonlyArray<string> => {
  const notStored = notEchoed(sent, echoed)
  return notStored.length === 0 ? [] : [`${what}: campos não gravados como enviados: ${notStored.join(", ")}`]
}

/**
 * The Case as the instance returned it, which may differ from what was sent (SPEC 4.5, 8.8). An omitted state or group is
 * unknown. `keyField`: the field by which it was searched.
 */
export const caseRow = (row: TableRow, keyField?: string): CaseRow => ({
  sysId: nameOf(row.sys_id),
  number: nameOf(row.number),
  createdAt: textOf(row.sys_created_on),
  key: keyField !== undefined && keyField in row ? textOf(row[keyField]) : undefined,
  ...("state" in row && { state: textOf(row.state) }),
  ...("assignment_group" in row && { assignmentGroup: textOf(row.assignment_group) })
})
