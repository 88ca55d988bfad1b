import { toPlainJson } from "../record/json.ts"
import { type Fields, isFields } from "../record/RecordReader.ts"

/** Objects that may hold a field of one event, nearest first. They are as received, not cleaned. */
export type Candidates = ReadonlyArray<Fields>

/** No name that we look for is longer, and a longer one would not fit the index of names. */
const maxName = 200

/** A text, or a number as text, without NUL and lone surrogates (SPEC 1.3); `undefined` for anything else. */
export const cleanText = (value: unknown): string | undefined => {
  const plain = toPlainJson(value).value
  if (typeof plain === "number") return String(plain)
  return typeof plain === "string" ? plain : undefined
}

/** The first of these values that can be a name: a text or number, not blank, at most 200 characters. Trimmed. */
export const firstName = (values: ReadonlyArray<unknown>): string | undefined => {
  for (const value of values) {
    const name = typeof value === "object" ? undefined : cleanText(value)?.trim()
    if (name !== undefined && name !== "" && name.length <= maxName) return name
  }
  return undefined
}

/** True for a flag that is set: `true` or 1, also as text. */
export const isSet = (value: unknown): boolean => value === true || /^(?:true|1)$/i.test(firstName([value]) ?? "")

/** The values of these fields, scope by scope. */
export const valuesOf = (scopes: Candidates, fields: ReadonlyArray<string>): ReadonlyArray<unknown> =>
  scopes.flatMap((scope) => fields.map((field) => scope[field]))

export const objectsIn = (values: ReadonlyArray<unknown>): Candidates => values.filter(isFields)

/** The objects of a list, or the single object in place of a list. */
export const objectsOf = (value: unknown): Candidates => objectsIn(Array.isArray(value) ? value : [value])
