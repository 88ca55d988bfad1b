/** Maximum nesting of objects and lists in a record. */
export const maxDepth = 64

export interface PlainJson {
  readonly value: unknown
  /** A value was nested deeper than `maxDepth` and was left out. */
  readonly tooDeep: boolean
}

const loneSurrogates = /\p{Cs}/gu

const isClean = (text: string): boolean => !text.includes("\0") && text.isWellFormed()

/** The text without NUL and lone surrogates, which Postgres and UTF-8 cannot hold (SPEC 1.3). */
const cleanText = (text: string): string =>
  isClean(text) ? text : text.replaceAll("\0", "").replace(loneSurrogates, "")

/** True for a value that needs no cleaning. Most values are plain: they are traversed once and not copied. */
const isPlain = (value: unknown, depth: number): boolean => {
  if (typeof value === "string") return isClean(value)
  if (typeof value === "number") return Number.isFinite(value)
  if (typeof value !== "object" || value === null) return true
  if (depth > maxDepth) return false
  if (Array.isArray(value)) return value.every((item) => isPlain(item, depth + 1))
  // A parsed object inherits no enumerable property, and a list of its keys would be most of the allocation here.
  for (const key in value) {
    if (key === "__proto__" || !isClean(key) || !isPlain(Reflect.get(value, key), depth + 1)) return false
  }
  return true
}

const cleanCopy = (parsed: unknown): PlainJson => {
  let tooDeep = false
  const copy = (value: unknown, depth: number): unknown => {
    if (typeof value === "string") return cleanText(value)
    if (typeof value === "number") return Number.isFinite(value) ? value : null
    if (typeof value !== "object" || value === null) return value
    if (depth > maxDepth) {
      tooDeep = true
      return null
    }
    if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1))
    const object: Record<string, unknown> = {}
    for (const [key, item] of Object.entries(value)) {
      const name = cleanText(key)
      if (name !== "__proto__") object[name] = copy(item, depth + 1)
    }
    return object
  }
  const value = copy(parsed, 1)
  return { value, tooDeep }
}

/**
 * Makes a result of `JSON.parse` safe to store: every store returns an equal value. Texts and keys are cleaned at any
 * depth (SPEC 1.3), numbers beyond a double's range become `null`, `__proto__` keys are dropped. Returns the same value
 * when nothing has to change, else a copy.
 */
export const toPlainJson = (parsed: unknown): PlainJson =>
  isPlain(parsed, 1) ? { value: parsed, tooDeep: false } : cleanCopy(parsed)

/** The JSON of a record's bytes, or why they are not JSON, in Portuguese and without any of the bytes. */
export type DecodedJson =
  | { readonly _tag: "Json"; readonly value: unknown }
  | { readonly _tag: "NotJson"; readonly problem: string }

const utf8 = new TextDecoder("utf-8", { fatal: true })

/** No shorter integer loses a digit. Most records have no integer of so many digits, and need no second traversal. */
const manyDigits = /\d{16}/

/** TypeScript does not know yet that a reviver is given the source text of a number. */
type Reviver = (this: unknown, key: string, value: unknown, context?: { readonly source?: string }) => unknown

/** The digits of an integer, also of one that is written with an exponent or decimal zeros: `3.52E+43`, `12.0`. */
const integerIn = (source: string): string | undefined => {
  const [, sign, whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e\+?(\d+))?$/i.exec(source) ?? []
  const digits = whole + fraction
  const shift = Number(exponent) - fraction.length
  // A number that was rounded has fewer digits than its exponent, and the rest is not known.
  if (sign === undefined || shift > 0 || !/^0*$/.test(digits.slice(digits.length + shift))) return undefined
  return sign + digits.slice(0, digits.length + shift)
}

const keepDigits: Reviver = (_, value, context) => {
  const source = context?.source
  if (typeof value !== "number" || Number.isSafeInteger(value) || source === undefined) return value
  return integerIn(source) ?? value
}

const parse = (text: string): unknown => {
  if (!manyDigits.test(text)) return JSON.parse(text)
  try {
    return JSON.parse(text, keepDigits)
  } catch (error) {
    // A reviver fails on values that are nested a hundred thousand times.
    if (error instanceof RangeError) return JSON.parse(text)
    throw error
  }
}

/**
 * The value of a record as `JSON.parse` returns it, but integers beyond 2^53 as the text of their digits. Total: a
 * tombstone, bytes other than UTF-8 and text other than JSON are `NotJson` (SPEC 2.1).
 */
export const decodeJson = (bytes: Uint8Array | null): DecodedJson => {
  if (bytes === null) return { _tag: "NotJson", problem: "registro sem valor" }
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    return { _tag: "NotJson", problem: "o valor não é UTF-8 válido" }
  }
  try {
    return { _tag: "Json", value: parse(text) }
  } catch {
    return { _tag: "NotJson", problem: "o valor não é JSON válido" }
  }
}
