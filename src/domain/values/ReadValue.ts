/**
 * A personal value in its one canonical spelling, or why the text is not one: what was expected and what came, in
 * Portuguese, without the value itself.
 */
export type ReadValue =
  | { readonly value: string; readonly problem?: never }
  | { readonly problem: string; readonly value?: never }

/** How many characters are read: more than any phone, document or e-mail address has. */
const longest = 320

const longestShape = 40

/**
 * The text in plain characters: full-width forms as ASCII, every space as `" "`, every dash as `-`, invisible
 * characters left out, trimmed.
 */
export const plainText = (raw: string): string => {
  const text = raw.trim()
  // A cut text must not read as the value that it begins with.
  return (text.length > longest ? `${text.slice(0, longest)} [...]x` : text)
    .normalize("NFKC")
    .replace(/[\p{Cf}\p{Mn}]/gu, "")
    .replace(/[\p{Z}\p{Cc}]+/gu, " ")
    .replace(/[\p{Pd}\u2212]/gu, "-")
    .trim()
}

/** The text's digits, `0` to `9`. */
export const digitsOf = (text: string): string => text.replace(/\D/g, "")

/**
 * The digits of a text that a program made from a number: `52998224725.0`, `5.2998224725E10`. Any other text, and a
 * number that has lost digits, stays as it is.
 */
export const withoutDecimals = (text: string): string => {
  const whole = /^(\+?\d{8,})[.,]0+$/.exec(text)?.[1]
  if (whole !== undefined) return whole
  const [, first = "", rest = "", exponent] = /^(\d)[.,](\d+)e\+?(\d{1,2})$/i.exec(text) ?? []
  if (exponent === undefined) return text
  // A number that ends in zeros is written without them. More than two are digits that a spreadsheet rounded off.
  const zeros = Number(exponent) - rest.length
  return zeros < 0 || zeros > 2 ? text : `${first}${rest}${"0".repeat(zeros)}`
}

/** The shape of a personal value: its letters and digits as `*`, except the last two of at least eight. */
export const shapeOf = (raw: string): string => {
  const text = plainText(raw)
  const shown = text.length > longestShape ? `…${text.slice(-longestShape)}` : text
  const signs = shown.match(/[\p{L}\p{N}]/gu)?.length ?? 0
  let position = 0
  return shown.toWellFormed().replace(/[\p{L}\p{N}]/gu, (sign) => {
    position += 1
    return signs >= 8 && position > signs - 2 ? sign : "*"
  })
}

/** `esperado telefone com DDD, veio "*****-**21"`. */
export const notRead = (expected: string, raw: string): ReadValue => {
  const shape = shapeOf(raw)
  return { problem: `esperado ${expected}, veio ${shape === "" ? "texto vazio" : `"${shape}"`}` }
}
