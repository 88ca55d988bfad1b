import type { Json } from "../../domain/Canal.ts"

/** A row of a table as the API gives it: fields as text, references perhaps as objects. */
export type Row = Json

/** The field's text: of a reference its value; `""` where there is none. */
export const textOf = (value: unknown): string => {
  if (typeof value === "string") return value
  if (typeof value === "number" || typeof value === "boolean") return String(value)
  if (typeof value !== "object" || value === null) return ""
  if ("value" in value) return textOf(value.value)
  return "display_value" in value ? textOf(value.display_value) : ""
}

/** Oldest first; rows without a time last. */
export const byAge = (a: Row, b: Row): number => {
  const [first, second] = [textOf(a.sys_created_on), textOf(b.sys_created_on)]
  if (first === second) return 0
  if (first === "") return 1
  if (second === "") return -1
  return first < second ? -1 : 1
}
