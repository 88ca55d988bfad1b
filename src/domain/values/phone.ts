import { parsePhoneNumberFromString } from "libphonenumber-js/max"

import { memo } from "./memo.ts"

// "max": the other metadata let a number without DDD, or one of a DDD that does not exist, pass for a valid one.

const read = (raw: string): string | undefined => {
  // Read by Brazil's own rules, 00 would be followed by a carrier's code: "0055" would lose its 55.
  const text = raw.trim().replace(/^\(?00/, "+")
  const phone = parsePhoneNumberFromString(text, { defaultCountry: "BR", extract: false })
  return phone?.isValid() === true ? phone.number : undefined
}

/** One communication asks for its two or three phones a dozen times; this is for some thousand communications under way. */
const remembered = memo(4096, read)

/** No phone is longer, and what is remembered has a bound. */
const longest = 64

/**
 * The phone in E.164 (`+5511999999999`) from a Brazilian number, with or without trunk prefix, carrier or 55, or from
 * an international one that begins with `+` or `00`; `undefined` when it is no valid number (SPEC 5.1).
 */
export const toE164 = (raw: string): string | undefined => (raw.length > longest ? read(raw) : remembered(raw))

/** The digits that must be the same: without 55 and without a Brazilian mobile's ninth digit; `""` where there are too few. */
const significant = (raw: string): string => {
  const valid = toE164(raw)
  const digits = (valid ?? raw).replace(/\D/g, "").replace(/^0+/, "")
  if (digits.length < 8) return ""
  if (valid !== undefined && !valid.startsWith("+55")) return digits
  const national = /^55\d{10,11}$/.test(digits) ? digits.slice(2) : digits
  return national.replace(/^(\d{2})?9(\d{8})$/, "$1$2")
}

/**
 * True when both are one number by their digits, with or without +55 and with or without the ninth digit (SPEC 3.1). A
 * number without DDD is only the same as another without DDD: in another town it is a stranger's.
 */
export const samePhone = (a: string, b: string): boolean => {
  const digits = significant(a)
  return digits !== "" && digits === significant(b)
}

/** What to look a phone up by: its last eight digits, plain and as `NNNN-NNNN`; none when it has fewer (SPEC 3.1). */
export const phoneLookups = (raw: string): ReadonlyArray<string> => {
  const last = (toE164(raw) ?? raw).replace(/\D/g, "").slice(-8)
  return last.length < 8 ? [] : [last, `${last.slice(0, 4)}-${last.slice(4)}`]
}

const withNinth = /^\+55(\d{2})9(\d{8})$/
const withoutNinth = /^\+?55(\d{2})([6-9]\d{7})$/

/** The E.164 forms under which one customer's phone may be known: with and without the ninth digit (SPEC 3.1). */
export const phoneSpellings = (raw: string): ReadonlyArray<string> => {
  const digits = raw.replaceAll(/\D/g, "")
  const plain = toE164(raw) ?? toE164(`+${digits}`)
  const mobile = withoutNinth.exec(digits)
  const full = plain ?? (mobile === null ? undefined : `+55${mobile[1]}9${mobile[2]}`)
  if (full === undefined) return []
  const ninth = withNinth.exec(full)
  return ninth === null ? [full] : [full, `+55${ninth[1]}${ninth[2]}`]
}
