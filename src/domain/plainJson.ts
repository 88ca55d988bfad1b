/** Objects and lists within each other that a record may have. */
export const maxDepth = 64

export interface PlainJson {
  readonly value: unknown
  /** Something lay deeper than `maxDepth` and was left out. */
  readonly tooDeep: boolean
}

const loneSurrogates = /\p{Cs}/gu

/** The text without NUL and lone surrogates, which neither Postgres nor UTF-8 can hold (SPEC 1.3). */
const cleanText = (text: string): string => {
  const withoutNul = text.includes("\0") ? text.replaceAll("\0", "") : text
  return withoutNul.isWellFormed() ? withoutNul : withoutNul.replace(loneSurrogates, "")
}

/**
 * A copy of what `JSON.parse` returned that comes back equal from any store: texts and keys cleaned at any depth
 * (SPEC 1.3), numbers beyond a double's range as `null`, no `__proto__` keys.
 */
export const toPlainJson = (parsed: unknown): PlainJson => {
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
