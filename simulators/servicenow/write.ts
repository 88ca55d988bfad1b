import type { Answered } from "../core/Simulator.ts"
import type { TableName } from "./fields.ts"
import type { Instance } from "./Instance.ts"
import { type Change, refusal } from "./policies.ts"
import { existingReference } from "./references.ts"
import type { JournalEntry, Row } from "./Row.ts"
import { ruledValues, setActive, startFlows } from "./rules.ts"
import { storedText } from "./storedText.ts"
import { utcTime } from "./time.ts"

export interface Writer {
  readonly user: string
  /** Epoch milliseconds. */
  readonly now: number
}

interface Sent {
  readonly values: Readonly<Record<string, string>>
  readonly entries: ReadonlyArray<JournalEntry>
}

/** The known, writable, unstripped fields of the body. All others are dropped silently. */
const sentBy = (
  instance: Instance,
  name: TableName,
  body: object,
  { now }: Writer,
  stripped: ReadonlyArray<string>
): Sent => {
  const { options } = instance
  const values: Record<string, string> = {}
  const entries: Array<JournalEntry> = []
  for (const [key, value] of Object.entries(body)) {
    const field = instance.fields[name].get(key)
    if (field === undefined || field.readOnly === true || stripped.includes(key)) continue
    const text = storedText(options, field, value)
    if (key !== "work_notes" && key !== "comments") values[key] = existingReference(instance, field, text)
    else if (text !== "") entries.push({ field: key, at: now, by: options.userName, text })
  }
  return { values, entries }
}

/** A row as a write would leave it, and what the write changes. */
const changeOf = (table: TableName, before: Row | undefined, row: Row, { entries, values }: Sent): Change => {
  const after: Row = { ...row, values: { ...row.values, ...values } }
  const differs = Object.keys(values).filter((field) => values[field] !== (row.values[field] ?? ""))
  return { table, before, after, changed: [...differs, ...entries.map(({ field }) => field)] }
}

/** Stores the sent values, and those of the instance's rules. */
const store = (instance: Instance, change: Change, row: Row, { entries, values }: Sent): void => {
  const table = instance.tables[change.table]
  for (const [field, value] of Object.entries({ ...values, ...ruledValues(instance, change) })) {
    table.set(row, field, value)
  }
  if (entries.length > 0) row.journal = [...(row.journal ?? []), ...entries]
  if (change.before === undefined || change.changed.includes("state")) setActive(instance, change.table, row)
}

/** The values of a Case that nobody set. A stripped field stays empty, so that its echo shows that it was stripped. */
const initialValues = (instance: Instance, name: TableName, now: number): Record<string, string> => {
  if (name === "csm_consumer") return {}
  const values = Object.entries({ state: "1", priority: "4", opened_at: utcTime(now) })
  return Object.fromEntries(values.filter(([field]) => !instance.options.stripFields.includes(field)))
}

interface Fixed {
  readonly sysId?: string
  readonly createdAt?: number
}

const drafted = (instance: Instance, name: TableName, writer: Writer, fixed: Fixed): Row => {
  const createdAt = fixed.createdAt ?? writer.now
  return {
    sysId: fixed.sysId ?? instance.newSysId(),
    createdAt,
    createdBy: writer.user,
    position: instance.tables[name].size(),
    updatedAt: createdAt,
    updatedBy: writer.user,
    modCount: 0,
    values: { number: instance.newNumber(name), ...initialValues(instance, name, createdAt) },
    journal: undefined
  }
}

/** The written row, or the answer that refuses the write. */
export type Written = { readonly row: Row } | { readonly refused: Answered }

/** Creates a record, or stores nothing of it. A seed (`fixed`) is stored regardless of the instance's rules. */
export const insertRow = (
  instance: Instance,
  name: TableName,
  body: object,
  writer: Writer,
  fixed?: Fixed
): Written => {
  const row = drafted(instance, name, writer, fixed ?? {})
  const sent = sentBy(instance, name, body, writer, instance.options.stripFields)
  const change = changeOf(name, undefined, row, sent)
  const refused = fixed === undefined ? refusal(instance, change, body) : undefined
  if (refused !== undefined) return { refused }
  instance.tables[name].insert(row)
  store(instance, change, row, sent)
  startFlows(instance, change, row, writer.now)
  return { row }
}

/** Changes a record, or stores nothing of it. A record that stays the same keeps its `sys_mod_count`. */
export const updateRow = (instance: Instance, name: TableName, row: Row, body: object, writer: Writer): Written => {
  const { stripFields, stripOnUpdate } = instance.options
  const sent = sentBy(instance, name, body, writer, [...stripFields, ...stripOnUpdate])
  const change = changeOf(name, row, row, sent)
  const refused = refusal(instance, change, body)
  if (refused !== undefined) return { refused }
  if (change.changed.length === 0) return { row }
  store(instance, change, row, sent)
  row.modCount++
  row.updatedAt = writer.now
  row.updatedBy = writer.user
  startFlows(instance, change, row, writer.now)
  return { row }
}
