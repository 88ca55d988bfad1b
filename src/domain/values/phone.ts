import { parsePhoneNumberFromString } from "libphonenumber-js/max"

import { memo } from "./memo.ts"
import { digitsOf, notRead, plainText, type ReadValue, withoutDecimals } from "./ReadValue.ts"

// The "max" metadata is needed: the others accept a number without DDD, or with a DDD that does not exist, as valid.

/** The kinds of numbers that are somebody's own. 0800, 4004 and their like are not (SPEC 5.1). */
const personalTypes = new Set(["MOBILE", "FIXED_LINE", "FIXED_LINE_OR_MOBILE", "VOIP"])

const typeOf = (e164: string): string | undefined => {
  const phone = parsePhoneNumberFromString(e164)
  return phone?.isValid() === true && phone.number === e164 ? phone.getType() : undefined
}

const personal = (e164: string): string | undefined => {
  const type = typeOf(e164)
  return type !== undefined && personalTypes.has(type) ? e164 : undefined
}

/** `4004-1234` reaches a company from every area, even after a DDD. */
const isSharedCost = (subscriber: string): boolean =>
  subscriber.length === 8 && typeOf(`+55${subscriber}`) === "SHARED_COST"

const isServiceNumber = (digits: string): boolean =>
  /^(?:55)?0?[3589]00\d{6,7}$/.test(digits) || isSharedCost(digits.replace(/^55/, "")) || isSharedCost(digits.slice(-8))

/** The number of a DDD and a subscriber. A mobile of eight digits gets the ninth, which all have since 2016. */
const brazilian = (national: string): string | undefined => {
  const ninthMissing = /^(\d{2})([6-9]\d{7})$/.exec(national)
  const full = ninthMissing === null ? national : `${ninthMissing[1]}9${ninthMissing[2]}`
  if (!/^\d{2}(?:9\d{8}|[2-5]\d{7})$/.test(full) || isSharedCost(full.slice(2))) return undefined
  return personal(`+55${full}`)
}

/** Ways to write 55, the trunk prefix 0 and a carrier's two digits before DDD and subscriber. */
const nationalForms = [/^(?:55){0,2}0*(\d{10,11})$/, /^(?:55)?0[1-9]\d(\d{10,11})$/]

const nationalsIn = (digits: string): ReadonlyArray<string> =>
  nationalForms.flatMap((form) => [digits, digits.replace(/^0+/, "")].flatMap((each) => form.exec(each)?.[1] ?? []))

/** Every number that these digits can be, in E.164. */
const numbersIn = (digits: string, international: boolean): ReadonlySet<string> => {
  const foreign = international || /^00[1-9]/.test(digits) ? digits.replace(/^0+/, "") : undefined
  const isBrazil = foreign?.startsWith("55") === true
  const abroad = foreign === undefined || isBrazil ? undefined : personal(`+${foreign}`)
  // A number with + and another country's code is never one of Brazil. Zeros alone may also be padding.
  const home = international && !isBrazil ? [] : nationalsIn(digits).map(brazilian)
  return new Set([abroad, ...home].filter((number) => number !== undefined))
}

const label = "whatsapp|whats|wpp|zap|telefone|tel|celular|cel|fone|phone|fixo|sms|callto"
const link = String.raw`(?:https?://)?(?:wa\.me/|(?:api\.)?whatsapp\.com/send\S*phone=)|whatsapp://send\S*phone=`
const isLink = new RegExp(`^(?:${link})`, "i")
const before = new RegExp(String.raw`^(?:${link}|(?:(?:${label})\b[\s:./]*)+)`, "i")
const after = new RegExp(
  String.raw`(?<![\s(\[,;-])[\s(\[,;-]+(?:${label})[\s)\].]*$|;phone-context=\+?55$|[?&](?<=(?:^|\s)[^\s?&]*[?&])\S*$`,
  "i"
)
/** A WhatsApp id, such as `5511987654321:7@s.whatsapp.net`, or Blip's address of one. */
const whatsappId = /^\+?(\d+)(?::\d+)?@(?:c\.us|s\.whatsapp\.net|wa\.gw\.msging\.net(?:\/\S*)?)$/i
/** The trunk prefix as printed on letterheads: `0XX11`, where `XX` is a carrier of one's choice. */
const carrierOfChoice = /(?:0[\s(]*(?:xx|\*\*)|^[\s(]*xx)(?=[\s().-]*\d)/i
const extension = /ramal|extens|\bext\b|\br\.|\d\s*x\s*\d/i
const between = /[/;,|\\]|\b(?:ou|e)\b/i

const valid = "DDD e número de celular ou fixo"

const readOne = (text: string, raw: string): ReadValue => {
  if (/[\p{L}@]/u.test(text)) {
    return notRead(extension.test(text) ? "telefone sem ramal" : "telefone sem letras", raw)
  }
  const digits = digitsOf(text)
  const [number, other] = numbersIn(digits, /^[\s(]*\+/.test(text))
  if (number !== undefined)
    return other === undefined ? { value: number } : notRead("telefone que só se lê de um modo", raw)
  if (isServiceNumber(digits)) return notRead("celular ou fixo, não número de serviço", raw)
  if (digits.length === 8 || digits.length === 9) return notRead("telefone com DDD", raw)
  return digits.length > 9 && personal(`+${digits}`) !== undefined
    ? notRead("+ antes do código de outro país", raw)
    : notRead(valid, raw)
}

const read = (raw: string): ReadValue => {
  const text = withoutDecimals(plainText(raw).replaceAll(/%2b/gi, "+").replaceAll("%20", " "))
  const [, id] = whatsappId.exec(text.replace(before, "")) ?? []
  if (id !== undefined) return readOne(`+${id}`, raw)
  const bare = text
    .replace(before, isLink.test(text) ? "+" : "")
    .replace(after, "")
    .replace(carrierOfChoice, "")
  const several = bare.split(between).filter((part) => digitsOf(part).length >= 8)
  if (several.length < 2) return readOne(bare, raw)
  const [first, ...others] = several.map((part) => readOne(part, raw))
  const isSame = first?.value !== undefined && others.every(({ value }) => value === first.value)
  return isSame ? first : notRead("um só telefone", raw)
}

/** A communication parses its two or three phones a dozen times. Sized for a few thousand active communications. */
const readCached = memo(4096, read)

/** A phone in use is shorter. The limit also bounds the memory of the cache. */
const longest = 64

/**
 * The phone in E.164 (`+5511999999999`): a Brazilian number with or without trunk prefix, carrier or 55, or an
 * international one that begins with `+` or `00`. An old mobile gets its ninth digit. A text that can be several
 * numbers, or is not a person's mobile or landline, is not read (SPEC 5.1).
 */
export const readPhone = (raw: string): ReadValue => (raw.length > longest ? read(raw) : readCached(raw))

/** The phone in E.164, or `undefined` if `readPhone` reads none (SPEC 5.1). */
export const toE164 = (raw: string): string | undefined => readPhone(raw).value

/**
 * True when both are spellings of one phone (SPEC 3.1). A text that is not a phone does not even match itself. A
 * foreign number may be stored without its `+`.
 */
export const samePhone = (a: string, b: string): boolean => {
  const [one, other] = [toE164(a), toE164(b)]
  if (one === undefined && other === undefined) return false
  return (one ?? `+${digitsOf(a)}`) === (other ?? `+${digitsOf(b)}`)
}

/**
 * The number without its ninth digit, which only mobiles that begin with 6 to 9 once lacked. Any other number is a
 * landline.
 */
const withoutNinth = (e164: string): ReadonlyArray<string> => {
  const [, ddd, old] = /^\+55(\d{2})9([6-9]\d{7})$/.exec(e164) ?? []
  return old === undefined ? [] : [`+55${ddd}${old}`]
}

/**
 * The E.164 spellings under which a phone of an event may be known: with and without the ninth digit. WhatsApp writes
 * any country's number without `+`, so bare digits also count as that (SPEC 8.2).
 */
export const phoneSpellings = (raw: string): ReadonlyArray<string> => {
  const text = plainText(raw)
  const numbers = [toE164(raw), /^\d+$/.test(text) ? toE164(`+${text}`) : undefined].filter(
    (each) => each !== undefined
  )
  return [...new Set(numbers.flatMap((number) => [number].concat(withoutNinth(number))))]
}
