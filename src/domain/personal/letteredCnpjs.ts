import { isCnpj } from "../values/document.ts"
import type { Span, Suspicion } from "./numbers.ts"
import { type Characters, codePointAt, sign, signOf } from "./signs.ts"

/** Positions at which people separate a CNPJ. */
const usualBounds = new Set([2, 5, 8, 12])

/** Maximum length of a CNPJ with everything that may stand between its characters. */
const longest = 64

/** The most separators in a row within a CNPJ. More of them separate two words. */
const longestGap = 2

const isWordSign = (kind: number): boolean => kind <= sign.letter
const isSeparator = (kind: number): boolean => kind >= sign.space && kind <= sign.slash

const form = /^[\dA-Z]{2}\.?[\dA-Z]{3}\.?[\dA-Z]{3}\/[\dA-Z]{4}-\d{2}$/

/** The text between the two indexes, without invisible characters. */
const between = (text: Characters, { end, start }: Span): string => {
  let seen = ""
  for (let at = start; at < end; at++) {
    const codePoint = codePointAt(text, at)
    if (signOf(codePoint) !== sign.invisible) seen += String.fromCodePoint(codePoint)
    if (codePoint > 0xff_ff) at += 1
  }
  return seen.normalize("NFKD")
}

/** True for a CNPJ. For a `likely` one, slash and dash count whatever its check digits. */
const isCnpjIn = (text: Characters, span: Span, suspicion: Suspicion): boolean => {
  const written = between(text, span)
  const plain = written.replaceAll(/[^\dA-Za-z]/g, "").toUpperCase()
  return isCnpj(plain) || (suspicion === "likely" && form.test(written))
}

/**
 * 14 letters and digits that begin a word at this index and are separated like those of a CNPJ. Reads 64 code units at
 * most.
 */
const wordsAt = (text: Characters, start: number): Span | undefined => {
  let count = 0
  let gap = 0
  let letters = 0
  let lastLetter = 0
  for (let at = start; at < start + longest && at < text.length;) {
    const codePoint = codePointAt(text, at)
    const kind = signOf(codePoint)
    const end = at + (codePoint > 0xff_ff ? 2 : 1)
    if (isWordSign(kind)) {
      if (count === 14 || (gap > 0 && !usualBounds.has(count))) return undefined
      count += 1
      gap = 0
      if (kind === sign.letter) {
        letters += 1
        lastLetter = count
      }
      const isLast = end >= text.length || !isWordSign(signOf(codePointAt(text, end)))
      if (count === 14 && isLast) return letters > 0 && lastLetter <= 12 ? { start, end } : undefined
    } else if (isSeparator(kind)) {
      gap += 1
      if (gap > longestGap) return undefined
    } else if (kind !== sign.invisible) return undefined
    at = end
  }
  return undefined
}

/** Every CNPJ with letters in the text, in any of its spellings. */
export const letteredCnpjsIn = (text: Characters, suspicion: Suspicion): ReadonlyArray<Span> => {
  const spans: Array<Span> = []
  let isInWord = false
  for (let at = 0; at < text.length;) {
    const codePoint = codePointAt(text, at)
    const kind = signOf(codePoint)
    const words = isWordSign(kind) && !isInWord ? wordsAt(text, at) : undefined
    const isFound = words !== undefined && isCnpjIn(text, words, suspicion)
    if (isFound) spans.push(words)
    if (kind !== sign.invisible) isInWord = isWordSign(kind)
    at = isFound ? words.end : at + (codePoint > 0xff_ff ? 2 : 1)
  }
  return spans
}
