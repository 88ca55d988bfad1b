import { parsePhoneNumberFromString } from "libphonenumber-js/max"

import { memo } from "./memo.ts"

// The "max" metadata is needed: the others accept a number without DDD, or with a DDD that does not exist, as valid.

const parsePhone = (raw: string): string | undefined => {
  // By Brazil's own rules, 00 is followed by a carrier's code, so "0055" would lose its 55.
  const text = raw.trim().replace(/^\(?00/, "+")
  const phone = parsePhoneNumberFromString(text, { defaultCountry: "BR", extract: false })
  return phone?.isValid() === true ? phone.number : undefined
}

/** A communication parses its two or three phones a dozen times. Sized for a few thousand active communications. */
const parseCached = memo(4096, parsePhone)

/** No phone is longer. The limit also bounds the memory of the cache. */
const longest = 64

/**
 * The phone in E.164 (`+5511999999999`) from a Brazilian number, with or without trunk prefix, carrier or 55, or from
 * an international one that begins with `+` or `00`. `undefined` when it is not a valid number (SPEC 5.1).
 */
export const toE164 = (raw: string): string | undefined => (raw.length > longest ? parsePhone(raw) : parseCached(raw))

/** The digits to compare: without 55 and without a Brazilian mobile's ninth digit. `""` where there are too few. */
const significant = (raw: string): string => {
  const valid = toE164(raw)
  const digits = (valid ?? raw).replace(/\D/g, "").replace(/^0+/, "")
  if (digits.length < 8) return ""
  if (valid !== undefined && !valid.startsWith("+55")) return digits
  const national = /^55\d{10,11}$/.test(digits) ? digits.slice(2) : digits
  return national.replace(/^(\d{2})?9(\d{8})$/, "$1$2")
}

/**
 * True when both have the digits of the same number, with or without +55 and the ninth digit (SPEC 3.1). A number
 * without DDD only equals another without DDD, since in another area it belongs to a stranger.
 */
export const samePhone = (a: string, b: string): boolean => {
  const digits = significant(a)
  return digits !== "" && digits === significant(b)
}

/** Spellings for looking up a phone: its last eight digits, plain and as `NNNN-NNNN`. Empty for fewer (SPEC 3.1). */
export const phoneLookups = (raw: string): ReadonlyArray<string> => {
  const last = (toE164(raw) ?? raw).replace(/\D/g, "").slice(-8)
  return last.length < 8 ? [] : [last, `${last.slice(0, 4)}-${last.slice(4)}`]
}

const withNinth = /^\+55(\d{2})9(\d{8})$/
const withoutNinth = /^\+?55(\d{2})([6-9]\d{7})$/

/** The E.164 spellings under which a customer's phone may be stored: with and without the ninth digit (SPEC 3.1). */
export const phoneSpellings = (raw: string): ReadonlyArray<string> => {
  const digits = raw.replaceAll(/\D/g, "")
  const plain = toE164(raw) ?? toE164(`+${digits}`)
  const mobile = withoutNinth.exec(digits)
  const full = plain ?? (mobile === null ? undefined : `+55${mobile[1]}9${mobile[2]}`)
  if (full === undefined) return []
  const ninth = withNinth.exec(full)
  return ninth === null ? [full] : [full, `+55${ninth[1]}${ninth[2]}`]
}
