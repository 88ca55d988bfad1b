/** Text that is read one code unit at a time. A string is one. A test passes another one that counts its reads. */
export interface Characters {
  readonly length: number
  charCodeAt(index: number): number
}

/** The kind of one character in a search for numbers. A decimal digit of any script is its value, 0 to 9. */
export const sign = {
  letter: 10,
  space: 11,
  dash: 12,
  dot: 13,
  slash: 14,
  open: 15,
  close: 16,
  plus: 17,
  /** Zero-width and combining characters, which may stand between digits unseen. */
  invisible: 18,
  lineBreak: 19,
  other: 20
} as const

const asciiSign = (character: string): number => {
  if (/\d/.test(character)) return Number(character)
  if (/[A-Za-z]/.test(character)) return sign.letter
  if (/[\n\r]/.test(character)) return sign.lineBreak
  // People see control characters other than line ends as blanks.
  if (/[\s\p{Cc}]/u.test(character)) return sign.space
  const named: Readonly<Record<string, number>> = {
    "-": sign.dash,
    _: sign.dash,
    ".": sign.dot,
    "/": sign.slash,
    "(": sign.open,
    "[": sign.open,
    ")": sign.close,
    "]": sign.close,
    "+": sign.plus
  }
  return named[character] ?? sign.other
}

const asciiSigns = Uint8Array.from({ length: 128 }, (_, code) => asciiSign(String.fromCharCode(code)))

const isDecimal = (codePoint: number): boolean => /\p{Nd}/u.test(String.fromCodePoint(codePoint))

/** The value of another script's digit. Unicode keeps the ten digits of a script together, `0` first. */
const decimalValue = (codePoint: number): number => {
  let first = codePoint
  while (isDecimal(first - 1)) first -= 1
  return (codePoint - first) % 10
}

const otherSign = (codePoint: number): number => {
  const character = String.fromCodePoint(codePoint)
  // Full-width, superscript and encircled characters count as those that they stand for.
  const [plain = "", ...more] = character.normalize("NFKD")
  if (more.length === 0 && plain !== character && plain < "\u0080") return asciiSigns[plain.charCodeAt(0)] ?? sign.other
  if (isDecimal(codePoint)) return decimalValue(codePoint)
  if (/[\u2028\u2029\u0085]/.test(character)) return sign.lineBreak
  if (/[\p{Cf}\p{M}\u115F\u1160\u3164\uFFA0]/u.test(character)) return sign.invisible
  if (/[\p{Z}\p{Cc}\u2800]/u.test(character)) return sign.space
  if (/[\p{Pd}\u2212]/u.test(character)) return sign.dash
  if (/[\p{L}\p{N}]/u.test(character)) return sign.letter
  return /[\u00B7\u2022\u2219\u3002]/.test(character) ? sign.dot : sign.other
}

const known = new Map<number, number>()

/** The sign of any code point. Signs of non-ASCII characters are remembered, because a text uses few of them. */
export const signOf = (codePoint: number): number => {
  const ascii = asciiSigns[codePoint]
  if (ascii !== undefined) return ascii
  const found = known.get(codePoint)
  if (found !== undefined) return found
  const computed = otherSign(codePoint)
  if (known.size >= 4096) known.clear()
  known.set(codePoint, computed)
  return computed
}

/** The code point that begins at this index. Half of a pair stands for itself. */
export const codePointAt = (text: Characters, index: number): number => {
  const unit = text.charCodeAt(index)
  if (unit < 0xd8_00 || unit > 0xdb_ff || index + 1 >= text.length) return unit
  const second = text.charCodeAt(index + 1)
  return second < 0xdc_00 || second > 0xdf_ff ? unit : (unit - 0xd8_00) * 0x4_00 + (second - 0xdc_00) + 0x1_00_00
}
