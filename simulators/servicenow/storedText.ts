import type { Field } from "./fields.ts"
import type { ServiceNowOptions } from "./options.ts"

type Rewrite = Required<ServiceNowOptions>["rewrites"][number]

/** A value as ServiceNow stores it: always a text. */
const textOf = (value: unknown): string => {
  if (value === null || value === undefined) return ""
  if (Array.isArray(value)) return value.map(textOf).join(",")
  // References and values read with `sysparm_display_value=all` may be sent back unchanged.
  if (typeof value === "object") return textOf("value" in value ? value.value : "")
  return String(value)
}

/** Removes scripts and styles with their content, then all tags, and escapes characters, as a sanitiser does. */
const sanitised = (text: string): string =>
  text
    .replace(/<(script|style)\b[^]*?<\/\1\s*>/giu, "")
    .replace(/<\/?[a-z][^<>]*>/giu, "")
    .replace(/&(?!(?:[a-z]+|#\d+);)/giu, "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")

const rewritten: Readonly<Record<Rewrite, (text: string) => string>> = {
  html: sanitised,
  fourBytes: (text) => text.replace(/[\u{10000}-\u{10ffff}]/gu, "????"),
  lineEnds: (text) => text.replace(/\r\n?|\n/gu, "\r\n")
}

/** In the order of an instance: the sanitiser before the database. */
const order = ["html", "fourBytes", "lineEnds"] as const

/** What the instance stores of a value that is sent for a field. */
export const storedText = (
  { rewrites }: { readonly rewrites: ReadonlyArray<Rewrite> },
  { kind, maxLength }: Field,
  value: unknown
): string => {
  let text = textOf(value)
  if (kind === "text" || kind === "journal") {
    for (const name of order) if (rewrites.includes(name)) text = rewritten[name](text)
  }
  return maxLength === undefined || text.length <= maxLength ? text : [...text].slice(0, maxLength).join("")
}
