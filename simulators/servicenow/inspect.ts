import type { TableName } from "./fields.ts"
import type { Instance } from "./Instance.ts"
import { type Row, valueOf } from "./Row.ts"

/** A record as it is stored. Fields without a value are left out. */
export interface StoredRecord {
  readonly sysId: string
  readonly number: string
  readonly fields: Readonly<Record<string, string>>
}

export interface StoredCase extends StoredRecord {
  /** Texts of the work notes, oldest first. */
  readonly notes: ReadonlyArray<string>
  /** Texts of the comments, oldest first. */
  readonly comments: ReadonlyArray<string>
}

const storedRecord = (instance: Instance, name: TableName, row: Row): StoredRecord => {
  const fields: Record<string, string> = {}
  for (const field of instance.fields[name].keys()) {
    const value = valueOf(row, field)
    if (value !== "") fields[field] = value
  }
  return { sysId: row.sysId, number: row.values.number ?? "", fields }
}

/** The texts of one journal field, oldest first. */
export const journalTexts = (row: Row | undefined, field: "work_notes" | "comments"): ReadonlyArray<string> =>
  (row?.journal ?? []).filter((entry) => entry.field === field).map(({ text }) => text)

/** Every consumer, in order of creation. */
export const storedConsumers = (instance: Instance): ReadonlyArray<StoredRecord> =>
  instance.tables.csm_consumer.all().map((row) => storedRecord(instance, "csm_consumer", row))

const storedCase = (instance: Instance, row: Row): StoredCase => ({
  ...storedRecord(instance, "sn_customerservice_case", row),
  notes: journalTexts(row, "work_notes"),
  comments: journalTexts(row, "comments")
})

/** Every Case, in order of creation. */
export const storedCases = (instance: Instance): ReadonlyArray<StoredCase> =>
  instance.tables.sn_customerservice_case.all().map((row) => storedCase(instance, row))
