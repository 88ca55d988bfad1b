import { localTime, utcTime } from "./time.ts"

export interface JournalEntry {
  readonly field: "work_notes" | "comments"
  /** Epoch milliseconds. */
  readonly at: number
  readonly by: string
  readonly text: string
}

/** One record of a table. `values` contains only fields with a value. */
export interface Row {
  readonly sysId: string
  readonly createdAt: number
  readonly createdBy: string
  /** Position in its table, in order of creation. */
  readonly position: number
  updatedAt: number
  updatedBy: string
  modCount: number
  readonly values: Record<string, string>
  /** Oldest first. Absent until the first entry. */
  journal: Array<JournalEntry> | undefined
}

/** The stored value of a field. Empty if it has none. */
export const valueOf = (row: Row, field: string): string => {
  switch (field) {
    case "sys_id":
      return row.sysId
    case "sys_created_on":
      return utcTime(row.createdAt)
    case "sys_created_by":
      return row.createdBy
    case "sys_updated_on":
      return utcTime(row.updatedAt)
    case "sys_updated_by":
      return row.updatedBy
    case "sys_mod_count":
      return String(row.modCount)
    case "name":
      return [row.values.first_name, row.values.last_name].filter((part) => part !== undefined && part !== "").join(" ")
    default:
      return row.values[field] ?? ""
  }
}

const labels = { work_notes: "Work notes", comments: "Additional comments" }

/** A journal field as people read it: every entry, newest first, in the user's time zone. */
export const journalText = (row: Row, field: string, timeZone: string): string =>
  (row.journal ?? [])
    .filter((entry) => entry.field === field)
    .map(({ at, by, field, text }) => `${localTime(at, timeZone)} - ${by} (${labels[field]})\n${text}\n\n`)
    .reverse()
    .join("")
