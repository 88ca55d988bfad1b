const patterns: ReadonlyArray<readonly [RegExp, string]> = [
  [/[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu, "***@***"],
  // CPF and CNPJ as people write them, with their dots or without.
  [/\b\d{3}\.?\d{3}\.?\d{3}-\d{2}\b/g, "***"],
  [/\b[\dA-Z]{2}\.?[\dA-Z]{3}\.?[\dA-Z]{3}\/[\dA-Z]{4}-\d{2}\b/g, "***"],
  // Phones as people write them, then phones, CPF and CNPJ as bare digits.
  [/(?<![\w-])(?:\+?\d{2}[ -]?)?(?:\(\d{2}\)|\d{2})[ -]?9?\d{4}[ -]?\d{4}(?![\w-])/g, "***"],
  [/(?<![\w-])\+?\d{10,14}(?![\w-])/g, "***"]
]

/**
 * Matches a necessary part of every pattern. Most texts have none of it, so they are scanned once instead of five
 * times.
 */
const suspiciousText = /@|\d[\d ()./+-]{6}|\/[\dA-Z]{4}-/

/** Matches a time. Most suspicious texts are times, one per milestone, and no pattern matches within a time. */
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/**
 * Masks everything in the text that looks like an e-mail, a phone, a CPF or a CNPJ (SPEC 9.6). A second safety net, not
 * the first.
 */
export const mask = (text: string): string =>
  suspiciousText.test(text) && !isoTime.test(text)
    ? patterns.reduce((masked, [pattern, replacement]) => masked.replace(pattern, replacement), text)
    : text

/** Masks every text within a plain JSON value. Keys, numbers and shape stay. */
export const masked = (value: unknown): unknown => {
  if (typeof value === "string") return mask(value)
  if (Array.isArray(value)) return value.map(masked)
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, within]) => [key, masked(within)]))
    : value
}
