import { isCnpj, isCpf } from "../values/document.ts"
import { areaCodeAt } from "./brazilianPhone.ts"
import { type Characters, codePointAt, sign, signOf } from "./signs.ts"

/** A part of a text: from the code unit at `start` up to but not including the one at `end`. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** What stands beside a number without a space between. */
type Neighbour = "nothing" | "dash" | "letter"

/** Signs that stand between two digits, as a set of bits by sign. */
type Gap = number

const bit = (kind: number): Gap => 1 << kind
const only = (gap: Gap, allowed: Gap): boolean => (gap & ~allowed) === 0
const has = (gap: Gap, kind: number): boolean => (gap & bit(kind)) !== 0

interface Digit extends Span {
  readonly value: number
  /** What stands before it, within a run since the previous digit. */
  readonly gap: Gap
  /** Where a `+` or a bracket that belongs to it begins. */
  readonly opens: number
}

/** Digits with nothing but separators between them. */
interface Run {
  readonly digits: ReadonlyArray<Digit>
  readonly before: Neighbour
  readonly after: Neighbour
}

/** The most separators in a row within a number. More of them separate two numbers. */
const longestGap = 4

/** The longest phone: an exit code, a country's code and 15 digits in all. */
const mostDigits = 17

/** Digits of a run that begin and end a group, and the properties by which they are judged. */
interface Candidate {
  readonly text: string
  /** How many digits stand before each gap, and the gaps. */
  readonly bounds: ReadonlyArray<number>
  readonly gaps: ReadonlyArray<Gap>
  readonly first: Gap
  readonly before: Neighbour
  readonly after: Neighbour
  /** True if the run has no other digits. */
  readonly isAlone: boolean
}

const within = (bounds: ReadonlyArray<number>, allowed: ReadonlyArray<number>): boolean =>
  bounds.every((bound) => allowed.includes(bound))

const isFree = ({ after, before }: Candidate): boolean => before === "nothing" && after === "nothing"
const touchesLetter = ({ after, before }: Candidate): boolean => before === "letter" || after === "letter"

const gapAt = ({ bounds, gaps }: Candidate, bound: number): Gap => gaps[bounds.indexOf(bound)] ?? 0

/** `2025-09-30` and `30/09/2025` begin a time, not a document that is written in an unusual way. */
const date = /^(?:19|20)\d{2}[01]\d[0-3]\d|^[0-3]\d[01]\d(?:19|20)\d{2}/
const isTime = ({ bounds, text }: Candidate): boolean =>
  date.test(text) && (within([4, 6], bounds) || within([2, 4], bounds))

/** `192.168.100.25`. */
const isAddress = ({ bounds, gaps, text }: Candidate): boolean => {
  if (gaps.length !== 3 || !gaps.every((gap) => only(gap, bit(sign.dot)))) return false
  const ends = [...bounds, text.length]
  return ends.every((end, index) => {
    const part = text.slice(ends[index - 1] ?? 0, end)
    return part.length <= 3 && Number(part) <= 255
  })
}

const cpfBounds = [3, 6, 9]
const cnpjBounds = [2, 5, 8, 12]

const usualBounds: Readonly<Record<number, ReadonlyArray<number>>> = { 11: cpfBounds, 14: cnpjBounds }

/** A document with the right check digits, in any spelling. */
const isDocument = (candidate: Candidate): boolean => {
  const { bounds, isAlone, text } = candidate
  const usual = usualBounds[text.length]
  if (usual === undefined) return false
  if (!within(bounds, usual) && (!isAlone || isTime(candidate))) return false
  return text.length === 11 ? isCpf(text) : isCnpj(text)
}

/** True for digits that are separated like those of a document, whatever their check digits. */
const isWrittenAsDocument = (candidate: Candidate): boolean => {
  const { bounds, gaps, text } = candidate
  const usual = usualBounds[text.length]
  if (usual === undefined || !within(bounds, usual) || touchesLetter(candidate)) return false
  if (bounds.length === usual.length) return !gaps.every((gap) => only(gap, bit(sign.dot)))
  const last = has(gapAt(candidate, usual.at(-1) ?? 0), sign.dash)
  return text.length === 11 ? last : last && has(gapAt(candidate, 8), sign.slash)
}

/** Positions at which people separate a subscriber's digits. */
const subscriberBounds: Readonly<Record<number, ReadonlyArray<number>>> = { 8: [2, 4, 6], 9: [1, 3, 5, 6, 7] }

const phoneGaps = bit(sign.space) | bit(sign.dash) | bit(sign.open) | bit(sign.close)

/** Country, area and subscriber with spaces, dashes and brackets, whether or not there is such an area (SPEC 9.6). */
const isWrittenAsPhone = (candidate: Candidate): boolean => {
  const { bounds, gaps, text } = candidate
  const area = text.length > 11 ? 2 : 0
  const rest = text.length - area - 2
  return (
    isFree(candidate) &&
    (rest === 8 || (rest === 9 && text[area + 2] === "9")) &&
    within(bounds, [area, area + 2, text.length - 4]) &&
    gaps.every((gap) => only(gap, phoneGaps))
  )
}

const isBrazilianPhone = (candidate: Candidate): boolean => {
  const { bounds, gaps, isAlone, text } = candidate
  const area = areaCodeAt(text)
  if (area === undefined || isAddress(candidate)) return false
  // Ten digits joined to letters, or to other digits, are an order's number rather than a landline.
  const isJoined = touchesLetter(candidate) || (!isFree(candidate) && !isAlone)
  if (isJoined && bounds.length === 0 && text.length === 10) return false
  // Slashes separate the parts of dates, and of the places of records: topic/11/23456789.
  if (gaps.some((gap) => has(gap, sign.slash))) return false
  const subscriber = area + 2
  const usual = subscriberBounds[text.length - subscriber] ?? []
  return (
    (isAlone && !isTime(candidate)) ||
    bounds.every((bound) => bound <= subscriber || usual.includes(bound - subscriber))
  )
}

const isForeignPhone = ({ bounds, first, isAlone, text }: Candidate): boolean => {
  if (has(first, sign.plus))
    return text.length >= 8 && text.length <= 15 && (!text.startsWith("55") || bounds.length === 0)
  return isAlone && bounds[0] === 2 && text.startsWith("00") && text.length >= 10
}

/** Digits without anything between them. */
const isBareNumber = (candidate: Candidate): boolean =>
  candidate.bounds.length === 0 && candidate.text.length >= 10 && candidate.text.length <= 14 && isFree(candidate)

/**
 * What counts as personal data. `valid`: a document with the right check digits, a phone with an area code that exists
 * or with `+`. `likely`: also what is written as one, and any 10 to 14 digits.
 */
export type Suspicion = "likely" | "valid"

const isPersonal = (candidate: Candidate, suspicion: Suspicion): boolean =>
  isDocument(candidate) ||
  isForeignPhone(candidate) ||
  isBrazilianPhone(candidate) ||
  (suspicion === "likely" && (isBareNumber(candidate) || isWrittenAsDocument(candidate) || isWrittenAsPhone(candidate)))

/** The candidates that begin with this digit of a run, the longest first. */
const candidatesAt = ({ after, before, digits }: Run, start: number): ReadonlyArray<Candidate> => {
  const first = digits[start]?.gap ?? 0
  const fewest = has(first, sign.plus) ? 8 : 10
  const last = Math.min(digits.length, start + mostDigits)
  const candidates: Array<Candidate> = []
  const bounds: Array<number> = []
  const gaps: Array<Gap> = []
  let text = ""
  for (let at = start; at < last; at++) {
    const { gap = 0, value } = digits[at] ?? {}
    if (at > start && gap !== 0) {
      bounds.push(at - start)
      gaps.push(gap)
    }
    text += value
    const next = digits[at + 1]?.gap
    if (next === 0 || text.length < fewest) continue
    candidates.push({
      text,
      bounds: bounds.slice(),
      gaps: gaps.slice(),
      first,
      before: start === 0 ? before : only(first, bit(sign.dash)) ? "dash" : "nothing",
      after: next === undefined ? after : only(next, bit(sign.dash)) ? "dash" : "nothing",
      isAlone: start === 0 && next === undefined
    })
  }
  return candidates.toReversed()
}

/** Code units on both sides of a number that may make it a part of an id. */
const idReach = 64

const isHexadecimal = (unit: number): boolean =>
  (unit >= 48 && unit <= 57) || (unit >= 97 && unit <= 102) || (unit >= 65 && unit <= 70)

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

/** True within a UUID, and within 16 hexadecimal digits or more with a letter: a sys_id, a trace, a hash. */
const isWithinId = (text: Characters, { end, start }: Span): boolean => {
  const reach = (from: number, step: 1 | -1, isPart: (unit: number) => boolean): number => {
    let at = from
    while (at >= 0 && at < text.length && Math.abs(at - from) <= idReach && isPart(text.charCodeAt(at))) at += step
    return at
  }
  const slice = (isPart: (unit: number) => boolean): string => {
    const units: Array<number> = []
    for (let at = reach(start - 1, -1, isPart) + 1; at < reach(end, 1, isPart); at++) units.push(text.charCodeAt(at))
    return String.fromCharCode(...units)
  }
  const word = slice(isHexadecimal)
  return (word.length >= 16 && /[a-f]/i.test(word)) || uuid.test(slice((unit) => unit === 45 || isHexadecimal(unit)))
}

/** The phones and documents of one run, the first and longest ones. */
const numbersOf = (text: Characters, run: Run, suspicion: Suspicion): ReadonlyArray<Span> => {
  const { digits } = run
  const spans: Array<Span> = []
  for (let start = 0; start < digits.length; start++) {
    if (start > 0 && digits[start]?.gap === 0) continue
    for (const candidate of candidatesAt(run, start)) {
      if (!isPersonal(candidate, suspicion)) continue
      const [first, last] = [digits[start], digits[start + candidate.text.length - 1]]
      if (first === undefined || last === undefined) continue
      if (!isFree(candidate) && isWithinId(text, { start: first.start, end: last.end })) continue
      const isOpened = has(first.gap, sign.plus) || candidate.gaps.some((gap) => has(gap, sign.close))
      spans.push({ start: isOpened ? first.opens : first.start, end: last.end })
      start += candidate.text.length - 1
      break
    }
  }
  return spans
}

/** `x` and `X`, which stand for a carrier: `0xx11`. */
const carrierLetters: ReadonlySet<number> = new Set([120, 88])

/**
 * Every phone, CPF and CNPJ of digits in the text, however they are written: with any separators, in the digits of any
 * script, with invisible characters between. Reads each character a bounded number of times.
 */
export const numbersIn = (text: Characters, suspicion: Suspicion): ReadonlyArray<Span> => {
  const spans: Array<Span> = []
  let digits: Array<Digit> = []
  let before: Neighbour = "nothing"
  /** The signs since the last digit, or since the end of the previous run. */
  let gap: Gap = 0
  let gapLength = 0
  let opens = -1
  let last: Neighbour = "nothing"

  /** What is beside the run, if `next` stands after the current gap. */
  const neighbour = (next: Neighbour): Neighbour =>
    gap === 0 || next === "nothing" ? next : only(gap, bit(sign.dash)) ? "dash" : "nothing"

  const finish = (next: Neighbour) => {
    if (digits.length >= 8) spans.push(...numbersOf(text, { digits, before, after: neighbour(next) }, suspicion))
    if (digits.length > 0) digits = []
  }

  for (let at = 0; at < text.length;) {
    const codePoint = codePointAt(text, at)
    const end = at + (codePoint > 0xff_ff ? 2 : 1)
    const kind = signOf(codePoint)
    if (kind <= 9) {
      if (digits.length > 0 && gapLength > longestGap) finish("nothing")
      if (digits.length === 0) before = neighbour(last)
      digits.push({ value: kind, start: at, end, gap, opens: opens === -1 ? at : opens })
      gap = 0
      gapLength = 0
      opens = -1
      last = "nothing"
    } else if (kind === sign.letter || kind === sign.lineBreak || kind === sign.other) {
      const beside = kind !== sign.letter ? "nothing" : carrierLetters.has(codePoint) ? "dash" : "letter"
      finish(beside)
      gap = 0
      gapLength = 0
      opens = -1
      last = beside
    } else if (kind !== sign.invisible) {
      gap |= bit(kind)
      gapLength += 1
      if (kind === sign.plus || kind === sign.open) opens = opens === -1 ? at : opens
      else if (kind !== sign.space) opens = -1
    }
    at = end
  }
  finish("nothing")
  return spans
}
