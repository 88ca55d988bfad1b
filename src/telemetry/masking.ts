const patterns: ReadonlyArray<readonly [RegExp, string]> = [
  [/[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu, "***@***"],
  // CPF and CNPJ as people write them, with their dots or without.
  [/\b\d{3}\.?\d{3}\.?\d{3}-\d{2}\b/g, "***"],
  [/\b[\dA-Z]{2}\.?[\dA-Z]{3}\.?[\dA-Z]{3}\/[\dA-Z]{4}-\d{2}\b/g, "***"],
  // Phones as people write them, then phones, CPF and CNPJ as bare digits.
  [/(?<![\w-])(?:\+?\d{2}[ -]?)?(?:\(\d{2}\)|\d{2})[ -]?9?\d{4}[ -]?\d{4}(?![\w-])/g, "***"],
  [/(?<![\w-])\+?\d{10,14}(?![\w-])/g, "***"]
]

/** What each of the patterns needs: most texts have nothing of it, and are looked at once instead of five times. */
const suspicious = /@|\d[\d ()./+-]{6}|\/[\dA-Z]{4}-/

/** Most of what is suspicious are times, one for each milestone: none of the patterns finds anything in one. */
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** The text without what looks like an e-mail, a phone, a CPF or a CNPJ (SPEC 9.6); a second net, not the first. */
export const mask = (text: string): string =>
  suspicious.test(text) && !time.test(text)
    ? patterns.reduce((masked, [pattern, replacement]) => masked.replace(pattern, replacement), text)
    : text

/** The same for every text within a value that is plain JSON; its keys, numbers and shape stay. */
export const masked = (value: unknown): unknown => {
  if (typeof value === "string") return mask(value)
  if (Array.isArray(value)) return value.map(masked)
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, within]) => [key, masked(within)]))
    : value
}
