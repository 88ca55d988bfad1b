import { readDocument } from "../values/document.ts"
import { memo } from "../values/memo.ts"
import { toE164 } from "../values/phone.ts"
import { digitsOf, plainText } from "../values/ReadValue.ts"

/** Used if the journeys file has no `placeholders` (CONTRACT "Journeys file"). */
export const usualPlaceholders: ReadonlyArray<string> = [
  "naotem*@*",
  "naopossui*@*",
  "naoinform*@*",
  "naoexiste*@*",
  "naoresponda@*",
  "nao@tem.*",
  "nao@possui.*",
  "nao@informado.*",
  "nao@nao.*",
  "sememail*@*",
  "semmail*@*",
  "noemail*@*",
  "nomail*@*",
  "noreply@*",
  "teste@teste.*",
  "test@test.*",
  "email@email.*",
  "cliente@cliente.*",
  "sem@email.*",
  "sem@sem.*",
  "null@*",
  "undefined@*",
  "x@x.*",
  "xx@xx.*",
  "xxx@xxx.*",
  "a@a.*",
  "aa@aa.*",
  "aaa@aaa.*",
  "*@naotem.*",
  "*@sememail.*",
  "0000-0000",
  "1111-1111",
  "9999-9999",
  "123.456.789-09"
]

/** Dots, dashes and underscores before the @ do not count. */
const plainAddress = (email: string): string => {
  const at = email.lastIndexOf("@")
  return email.slice(0, at).replace(/[._-]/g, "") + email.slice(at)
}

/** The fewest digits that belong to one phone or document. */
const fewestDigits = 8

export const isPlaceholderEntry = (entry: string): boolean =>
  /^[^@\s]+@[^@\s]+$/.test(entry.trim()) || (!entry.includes("@") && digitsOf(entry).length >= fewestDigits)

/** True for a text that has these parts in order, and anything between them. Looks for each part once. */
const hasParts = (text: string, [first = "", ...others]: ReadonlyArray<string>): boolean => {
  const last = others.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let from = first.length
  for (const part of others) {
    const at = text.indexOf(part, from)
    if (at === -1) return false
    from = at + part.length
  }
  return text.length - last.length >= from && text.endsWith(last)
}

const matcherOf = memo(512, (entry: string): ((value: string) => boolean) => {
  const text = plainText(entry).toLowerCase()
  if (text.includes("@")) {
    const parts = plainAddress(text).split("*")
    return (value) => value.includes("@") && hasParts(plainAddress(value), parts)
  }
  const document = readDocument(text).value
  const phone = toE164(text)
  const digits = digitsOf(text)
  return (value) =>
    value.startsWith("+")
      ? phone === undefined
        ? value.endsWith(digits)
        : value === phone
      : value === (document ?? digits)
})

/**
 * True when the canonical e-mail address, phone or document is one of these entries: it only fills a field, and belongs
 * to nobody. An entry without a DDD matches that subscriber in every area (SPEC 3.1).
 */
export const isPlaceholder = (value: string, placeholders: ReadonlyArray<string>): boolean =>
  placeholders.some((entry) => matcherOf(entry)(value))
