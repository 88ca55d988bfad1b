import type { Json } from "../../domain/record/ChannelResult.ts"
import { digitsOf } from "../../domain/values/ReadValue.ts"
import { isObject } from "../http/answer.ts"

/** Names of a list of contacts that were not taken, as `invalidContacts` or `rejected`. */
const rejectedList =
  /^(?:invalid|rejected|refused|failed|undeliverable)(?:_?(?:contacts?|numbers?|phones?|recipients?|messages?))?$/i

/** Names of a list in which each contact says what became of it. */
const contactList = /^(?:contacts|messages|recipients|results|numbers|data)$/i

const rejectedStatus = /^(?:invalid(?:[ _-][\w -]*)?|rejected|refused|failed|error|undeliverable)$/i

const flags = ["valid", "isValid", "is_valid", "success", "accepted"]

/** Digits by which two spellings of one phone agree. */
const comparedDigits = 8

const endOf = (phone: string) => digitsOf(phone).slice(-comparedDigits)

const phoneNames = ["fullNumber", "full_number", "input", "phone", "number", "wa_id", "to", "recipient"]

/** Whether an entry may be about this phone: it names it, or none. */
const isOf = (phone: string, entry: unknown): boolean => {
  const named = isObject(entry) ? phoneNames.map((name) => entry[name]) : [entry]
  const phones = named.filter((value) => typeof value === "string" || typeof value === "number").map(String)
  return phones.length === 0 || phones.some((value) => endOf(value) === endOf(phone))
}

/** Whether an entry names this phone in one of its fields. */
const names = (phone: string, entry: unknown): boolean =>
  phone !== "" &&
  (isObject(entry) ? Object.values(entry) : [entry]).some(
    (value) => (typeof value === "string" || typeof value === "number") && endOf(String(value)) === endOf(phone)
  )

const isRejected = (entry: unknown): boolean =>
  isObject(entry) &&
  ((typeof entry.status === "string" && rejectedStatus.test(entry.status)) ||
    flags.some((name) => entry[name] === false))

/**
 * Whether the body of an accepted request says that the contact of this phone was not taken (SPEC 5.2): in a list of
 * such contacts, or by the state of its own entry. A request has one contact.
 */
export const rejectsContact = (body: Json, phone: string): boolean =>
  Object.entries(body).some(([name, value]) => {
    if (rejectedList.test(name)) {
      return Array.isArray(value) ? value.some((entry) => isOf(phone, entry)) : typeof value === "number" && value > 0
    }
    // An error may be about anything, so only one that names the phone counts.
    if (name === "errors" && Array.isArray(value)) return value.some((entry) => names(phone, entry))
    if (!contactList.test(name)) return false
    if (Array.isArray(value)) return value.some((entry) => isRejected(entry) && isOf(phone, entry))
    return isObject(value) && rejectsContact(value, phone)
  })
