import type { Json } from "../../domain/record/ChannelResult.ts"
import type { OpenedCase } from "../../services/ServiceNow.ts"
import { isObject } from "../http/answer.ts"

/** A row of a table as the API returns it: fields as text, references possibly as objects. */
export type TableRow = Json

/** The field's text. Of a reference, its value. `""` if there is none. */
export const textOf = (value: unknown): string => {
  if (typeof value === "string") return value
  if (typeof value === "number" || typeof value === "boolean") return String(value)
  if (typeof value !== "object" || value === null) return ""
  if ("value" in value) return textOf(value.value)
  return "display_value" in value ? textOf(value.display_value) : ""
}

/** The field's time, epoch milliseconds: UTC as `yyyy-MM-dd HH:mm:ss`. `undefined` for anything else. */
export const timeOf = (value: unknown): number | undefined => {
  const [, day, time] = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})$/.exec(textOf(value)) ?? []
  const at = day === undefined ? Number.NaN : Date.parse(`${day}T${time}Z`)
  return Number.isNaN(at) ? undefined : at
}

/** Sorts the oldest row first and rows without a time last. */
export const byAge = (a: TableRow, b: TableRow): number => {
  const [first, second] = [textOf(a.sys_created_on), textOf(b.sys_created_on)]
  if (first === second) return 0
  if (first === "") return 1
  if (second === "") return -1
  return first < second ? -1 : 1
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

export type StoredCaseFields = Pick<OpenedCase, "state" | "assignmentGroup">

/**
 * The Case fields that the instance returned, which may differ from those sent (SPEC 4.5, 8.8). An omitted field is
 * unknown.
 */
export const storedCaseFields = (row: TableRow): StoredCaseFields => ({
  ...("state" in row && { state: textOf(row.state) }),
  ...("assignment_group" in row && { assignmentGroup: textOf(row.assignment_group) })
})
