import { hideFields, makeHideText, textsIn } from "./hideFields.ts"

/** A string of JSON, the colon behind it if it is a name, or a bare word or number. */
const token = /"((?:[^"\\]|\\.)*)("?)(\s*:)?|[\p{L}\p{N}_][\p{L}\p{N}_.+@-]*/gsu

const bareWords = new Set(["true", "false", "null"])

/**
 * Text that is not JSON, without its values. The names of fields and the signs between them stay, so that people see
 * where it breaks.
 */
const hideMalformed = (text: string): string =>
  text.replace(token, (whole, inner: string | undefined, end: string | undefined, colon: string | undefined) => {
    if (inner === undefined) return bareWords.has(whole) || /^\d{1,2}$/.test(whole) ? whole : "***"
    return colon === undefined ? `"***${end ?? ""}` : whole
  })

const parsed = (text: string): { readonly json: unknown } | undefined => {
  try {
    return { json: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** Every `cliente` within a value: what is known of the person. */
const peopleIn = (value: unknown): ReadonlyArray<unknown> =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([name, within]) => (name === "cliente" ? [within] : peopleIn(within)))
    : []

/**
 * The text of a record's value without personal data. JSON is hidden by `hideFields`, any other text as far as it can
 * be read.
 */
export const hideRecordText = (text: string): string => {
  const read = parsed(text)
  if (read === undefined || typeof read.json !== "object") return hideMalformed(text)
  return JSON.stringify(hideFields(read.json, makeHideText(textsIn(peopleIn(read.json)))))
}
