import type { SimRequest } from "../core/Simulator.ts"
import { shownAs } from "./access.ts"
import type { Field, TableName } from "./fields.ts"
import type { Instance } from "./Instance.ts"
import { journalText, type Row, valueOf } from "./Row.ts"
import { localTime, parseUtcTime } from "./time.ts"

/** How an answer should look: `sysparm_display_value`, `sysparm_fields`, `sysparm_exclude_reference_link`. */
export interface View {
  readonly display: "true" | "false" | "all"
  /** If absent, every field. */
  readonly fields: ReadonlyArray<string> | undefined
  readonly links: boolean
  /** What links begin with. */
  readonly base: string
  /** What the answer is for. A field can be hidden in one kind and shown in the other. */
  readonly answerTo: "read" | "write"
}

/** Reads a view from a request's parameters. */
export const viewOf = ({ headers, method, query }: SimRequest): View => {
  const display = query.get("sysparm_display_value")
  const fields = (query.get("sysparm_fields") ?? "").split(",").map((name) => name.trim())
  return {
    display: display === "true" || display === "all" ? display : "false",
    fields: fields.some((name) => name !== "") ? fields : undefined,
    links: query.get("sysparm_exclude_reference_link") !== "true",
    base: `http://${headers.host ?? "localhost"}`,
    answerTo: method === "GET" ? "read" : "write"
  }
}

const displayOf = (instance: Instance, row: Row, name: string, field: Field): string => {
  const value = valueOf(row, name)
  switch (field.kind) {
    case "journal":
      return journalText(row, name, instance.options.timeZone)
    case "choice":
      return field.labels?.[value] ?? value
    case "time": {
      const at = parseUtcTime(value)
      return at === undefined ? value : localTime(at, instance.options.timeZone)
    }
    case "reference": {
      // Groups and users have no table here, so their sys_id stands for their name.
      const consumer = field.table === "csm_consumer" ? instance.tables.csm_consumer.get(value) : undefined
      return consumer === undefined ? value : valueOf(consumer, "name")
    }
    case "text":
      return value
  }
}

const shown = (instance: Instance, row: Row, name: string, field: Field, view: View): unknown => {
  const value = field.kind === "journal" ? "" : valueOf(row, name)
  const link =
    field.kind === "reference" && value !== "" && view.links
      ? { link: `${view.base}/api/now/table/${field.table}/${value}` }
      : undefined
  if (view.display === "false") return link === undefined ? value : { ...link, value }
  const display_value = displayOf(instance, row, name, field)
  if (view.display === "all") return { display_value, value, ...link }
  return link === undefined ? display_value : { display_value, ...link }
}

/** A record as the Table API answers it. Unknown fields are left out. Every value is a text or a reference. */
export const renderRow = (instance: Instance, name: TableName, row: Row, view: View): Record<string, unknown> => {
  const known = instance.fields[name]
  const result: Record<string, unknown> = {}
  for (const key of view.fields ?? known.keys()) {
    const field = known.get(key)
    if (field === undefined) continue
    const as = shownAs(instance, name, key, view.answerTo)
    if (as === "value") result[key] = shown(instance, row, key, field, view)
    else if (as === "empty") result[key] = ""
  }
  return result
}
