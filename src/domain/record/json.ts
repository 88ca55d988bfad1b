/** Objects and lists within each other that a record may have. */
export const maxDepth = 64

export interface PlainJson {
  readonly value: unknown
  /** Something lay deeper than `maxDepth` and was left out. */
  readonly tooDeep: boolean
}

const loneSurrogates = /\p{Cs}/gu

const isClean = (text: string): boolean => !text.includes("\0") && text.isWellFormed()

/** The text without NUL and lone surrogates, which neither Postgres nor UTF-8 can hold (SPEC 1.3). */
const cleanText = (text: string): string =>
  isClean(text) ? text : text.replaceAll("\0", "").replace(loneSurrogates, "")

/** Most values are: they are looked at once, and nothing is copied. */
const isPlain = (value: unknown, depth: number): boolean => {
  if (typeof value === "string") return isClean(value)
  if (typeof value === "number") return Number.isFinite(value)
  if (typeof value !== "object" || value === null) return true
  if (depth > maxDepth) return false
  if (Array.isArray(value)) return value.every((item) => isPlain(item, depth + 1))
  // What was parsed inherits nothing that is enumerable, and a list of its keys would be most of what this allocates.
  for (const key in value) {
    if (key === "__proto__" || !isClean(key) || !isPlain(Reflect.get(value, key), depth + 1)) return false
  }
  return true
}

const cleaned = (parsed: unknown): PlainJson => {
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
 * What `JSON.parse` returned as it comes back equal from any store: texts and keys cleaned at any depth (SPEC 1.3),
 * numbers beyond a double's range as `null`, no `__proto__` keys. The same value where nothing of it has to change, else a copy.
 */
export const toPlainJson = (parsed: unknown): PlainJson =>
  isPlain(parsed, 1) ? { value: parsed, tooDeep: false } : cleaned(parsed)

/** What the bytes of a record say, or why they say nothing, in Portuguese and without any of the bytes. */
export type DecodedJson =
  | { readonly _tag: "Json"; readonly value: unknown }
  | { readonly _tag: "NotJson"; readonly problem: string }

const utf8 = new TextDecoder("utf-8", { fatal: true })

/** Total: the value of a record as `JSON.parse` gives it; a tombstone, other bytes than UTF-8 and other text than JSON are `NotJson` (SPEC 2.1). */
export const decodeJson = (bytes: Uint8Array | null): DecodedJson => {
  if (bytes === null) return { _tag: "NotJson", problem: "registro sem valor" }
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    return { _tag: "NotJson", problem: "o valor não é UTF-8 válido" }
  }
  try {
    return { _tag: "Json", value: JSON.parse(text) }
  } catch {
    return { _tag: "NotJson", problem: "o valor não é JSON válido" }
  }
}
