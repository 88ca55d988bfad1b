import type { TableName } from "./fields.ts"
import type { Instance } from "./Instance.ts"
import type { Row } from "./Row.ts"
import { utcTime } from "./time.ts"

export interface Writer {
  readonly user: string
  /** Epoch milliseconds. */
  readonly now: number
}

/** A value as ServiceNow stores it: always a text. */
const textOf = (value: unknown): string => {
  if (value === null || value === undefined) return ""
  if (Array.isArray(value)) return value.map(textOf).join(",")
  // References and values read with `sysparm_display_value=all` may be sent back as they came.
  if (typeof value === "object") return textOf("value" in value ? value.value : "")
  return String(value)
}

/** Writes what the body has of known, writable, unstripped fields; everything else is dropped without a word. */
const assign = (instance: Instance, name: TableName, row: Row, body: object, { now }: Writer): boolean => {
  const { stripFields, userName } = instance.options
  const table = instance.tables[name]
  let changed = false
  for (const [key, value] of Object.entries(body)) {
    const field = instance.fields[name].get(key)
    if (field === undefined || field.readOnly === true || stripFields.includes(key)) continue
    const text = textOf(value).slice(0, field.maxLength)
    if (key === "work_notes" || key === "comments") {
      if (text === "") continue
      row.journal = [...(row.journal ?? []), { field: key, at: now, by: userName, text }]
    } else if (text === (row.values[key] ?? "")) continue
    else table.set(row, key, text)
    changed = true
  }
  return changed
}

const closedStates = new Set(["3", "7"])

const setActive = (instance: Instance, name: TableName, row: Row) =>
  instance.tables[name].set(row, "active", String(!closedStates.has(row.values.state ?? "")))

/** What a Case has that nobody set; a stripped field stays empty, so that its echo shows the strip. */
const initialValues = (instance: Instance, name: TableName, now: number): Record<string, string> => {
  if (name === "csm_consumer") return {}
  const values = Object.entries({ state: "1", priority: "4", opened_at: utcTime(now) })
  return Object.fromEntries(values.filter(([field]) => !instance.options.stripFields.includes(field)))
}

/** Creates a record; `row` fixes what a seed may choose. */
export const insertRow = (
  instance: Instance,
  name: TableName,
  body: object,
  writer: Writer,
  fixed: { readonly sysId?: string; readonly createdAt?: number } = {}
): Row => {
  const table = instance.tables[name]
  const createdAt = fixed.createdAt ?? writer.now
  const row: Row = {
    sysId: fixed.sysId ?? instance.newSysId(),
    createdAt,
    createdBy: writer.user,
    position: table.size(),
    updatedAt: createdAt,
    updatedBy: writer.user,
    modCount: 0,
    values: { number: instance.newNumber(name), ...initialValues(instance, name, createdAt) },
    journal: undefined
  }
  table.insert(row)
  assign(instance, name, row, body, writer)
  const { assignmentRule } = instance.options
  if (name === "sn_customerservice_case" && assignmentRule !== "") table.set(row, "assignment_group", assignmentRule)
  setActive(instance, name, row)
  return row
}

/** Changes a record; one that stays as it was keeps its `sys_mod_count`. */
export const updateRow = (instance: Instance, name: TableName, row: Row, body: object, writer: Writer): void => {
  if (!assign(instance, name, row, body, writer)) return
  row.modCount++
  row.updatedAt = writer.now
  row.updatedBy = writer.user
  if ("state" in body) setActive(instance, name, row)
}
