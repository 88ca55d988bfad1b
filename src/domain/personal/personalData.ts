import { memo } from "../values/memo.ts"
import { emailsIn } from "./emails.ts"
import { letteredCnpjsIn } from "./letteredCnpjs.ts"
import { numbersIn, type Span, type Suspicion } from "./numbers.ts"
import type { Characters } from "./signs.ts"

interface Found extends Span {
  readonly mask: string
}

interface Kind {
  readonly mask: string
  readonly find: (text: Characters, suspicion: Suspicion) => ReadonlyArray<Span>
  /** Matches every text of plain characters that holds one. A text that it does not match is not read sign by sign. */
  readonly hint: RegExp
}

const separators = String.raw`[^\dA-Za-z]{0,2}`
const letteredParts = ["{2}", "{3}", "{3}", "{4}"].map((count) => String.raw`[\dA-Za-z]${count}`).join(separators)

const kinds: ReadonlyArray<Kind> = [
  { mask: "***@***", find: emailsIn, hint: /[@%&\\]/ },
  { mask: "***", find: numbersIn, hint: /\d(?:[^\dA-Za-z\n\r]{0,4}\d){7}/ },
  {
    mask: "***",
    find: letteredCnpjsIn,
    hint: new RegExp(String.raw`(?<![\dA-Za-z])${letteredParts}${separators}\d\d(?![\dA-Za-z])`)
  }
]

/**
 * Matches other characters than those of Western European texts: digits of other scripts, full-width or invisible ones.
 */
const unusual = /[\u00AD\u00B2\u00B3\u00B9\u0100-\u2012\u2015-\u2017\u201E-\u2025\u2027-\uFFFF]/

const everyKind = () => true

/** The spans in order, with those that overlap or touch joined. */
const joined = (found: ReadonlyArray<Found>): ReadonlyArray<Found> => {
  const spans: Array<Found> = []
  for (const next of found.toSorted((a, b) => a.start - b.start)) {
    const last = spans.at(-1)
    if (last === undefined || next.start > last.end) spans.push(next)
    else {
      const mask = last.mask.length >= next.mask.length ? last.mask : next.mask
      spans[spans.length - 1] = { start: last.start, end: Math.max(last.end, next.end), mask }
    }
  }
  return spans
}

/**
 * Every e-mail address, phone, CPF and CNPJ in the text, in order, none within another. The work grows with the length
 * of the text and with nothing else (SPEC 9.6).
 */
export const personalDataIn = (
  text: Characters,
  suspicion: Suspicion = "likely",
  isWanted: (kind: Kind) => boolean = everyKind
): ReadonlyArray<Found> =>
  joined(
    kinds
      .filter(isWanted)
      .flatMap(({ find, mask }) => find(text, suspicion).map(({ end, start }) => ({ start, end, mask })))
  )

const replaced = (text: string, found: ReadonlyArray<Found>): string => {
  if (found.length === 0) return text
  const parts: Array<string> = []
  let after = 0
  for (const { end, mask, start } of found) {
    parts.push(text.slice(after, start), mask)
    after = end
  }
  return parts.join("") + text.slice(after)
}

const hidden = (text: string): string => {
  const isUnusual = unusual.test(text)
  return replaced(
    text,
    personalDataIn(text, "likely", ({ hint }) => isUnusual || hint.test(text))
  )
}

/** Matches a time. Most texts with many digits are times, one per milestone. */
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** How many code units of a text are read. */
const longest = 16_384

/** How many code units before the cut are left out, because they may begin personal data that continues after it. */
const cutMargin = 320

/**
 * The text with `***` in place of everything that looks like a phone, a CPF or a CNPJ, and `***@***` in place of e-mail
 * addresses (SPEC 9.6). A text of more than 16,384 code units is cut, and ends with its length.
 */
export const hidePersonalData = (text: string): string => {
  if (text.length > longest) return `${hidden(text.slice(0, longest - cutMargin).toWellFormed())}… (${text.length})`
  return isoTime.test(text) ? text : hidden(text)
}

/** An id's parts, each with the personal data in it. */
const partsOf = (id: string) => id.split("|").map((part) => ({ part, found: personalDataIn(part, "valid") }))

/**
 * True for an id (`id_correlacao`, `cliente.id`) that holds an e-mail address, a phone, a CPF or a CNPJ. Each part
 * between bars is read by itself. A number counts only if it is valid, because ids are made of numbers (SPEC 9.6).
 */
export const holdsPersonalData = memo(4096, (id: string): boolean => partsOf(id).some(({ found }) => found.length > 0))

/** The id as people see it: itself, or with `***` in place of the personal data that it holds (SPEC 9.6). */
export const shownId = (id: string): string =>
  holdsPersonalData(id)
    ? partsOf(id)
        .map(({ found, part }) => replaced(part, found))
        .join("|")
    : id
