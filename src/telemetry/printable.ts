/**
 * Characters that a terminal interprets or does not show: control characters, direction and other invisible marks,
 * Unicode's own line ends, unpaired surrogates. Joiners are not among them, because emoji need them.
 */
const unprintable = /(?![\u200C\u200D])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }

const escapeOf = (character: string): string => {
  const code = character.codePointAt(0) ?? 0
  const digits = code.toString(16)
  if (code <= 0xff) return named[character] ?? `\\x${digits.padStart(2, "0")}`
  return code <= 0xff_ff ? `\\u${digits.padStart(4, "0")}` : `\\u{${digits}}`
}

/** Characters of one line, or of one cell of a table, that are shown. */
const longest = 2000

/**
 * The text as one line for a terminal, with control characters and marks of direction as escapes (`\x1b`, `\u202e`). A
 * text of more than `max` characters is cut, and its length is added.
 */
export const printable = (text: string, max: number = longest): string => {
  const isLong = text.length > max
  const shown = (isLong ? text.slice(0, max) : text).replace(unprintable, escapeOf)
  return isLong ? `${shown}… (${text.length} characters)` : shown
}

/** The text with its line ends as they are, each line `printable`. */
export const printableLines = (text: string): string =>
  text
    .split("\n")
    .map((line) => printable(line))
    .join("\n")

/** The JSON with the characters that `printable` escapes as JSON's own escapes. Its value stays the same. */
export const printableJson = (json: string): string =>
  json.replace(unprintable, (character) =>
    character === "\n"
      ? character
      : Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
          .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
          .join("")
  )
