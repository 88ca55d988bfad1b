import type { Json } from "../../domain/record/ChannelResult.ts"
import { digitsOf } from "../../domain/values/ReadValue.ts"
import { isObject } from "../http/answer.ts"

const contactWords = "_?(?:contacts?|numbers?|phones?|recipients?|messages?)"

/** Names of a list of contacts that were not taken, as `invalidContacts` or `rejected`. Fields may be skipped, too. */
const rejectedList = new RegExp(
  `^(?:(?:invalid|rejected|refused|failed|undeliverable|blocked|blacklisted|unsubscribed|opted_?out|not_?sent)(?:${contactWords})?|(?:skipped|ignored)${contactWords})$`,
  "i"
)

/** Names of an object around the report. A campaign has counts of other contacts. */
const wrapper = /^(?:result|response|report|body|dispatch|contacts|messages|recipients|results|numbers|data)$/i

/** Names of a list in which each contact says what became of it. */
const contactList = /^(?:contacts|messages|recipients|results|numbers|data)$/i

const rejectedStatus =
  /^(?:(?:invalid|not[ _-]valid|blocked|blacklisted|opted[ _-]?out)(?:[ _-][\w -]*)?|rejected|refused|failed|error|undeliverable|unsubscribed|skipped|ignored|not[ _-]?sent)$/i

const flags = ["valid", "isValid", "is_valid", "success", "accepted"]

/** Digits by which two spellings of one phone agree. */
const comparedDigits = 8

const endOf = (phone: string) => digitsOf(phone).slice(-comparedDigits)

const phoneNames = ["fullNumber", "full_number", "input", "phone", "number", "wa_id", "to", "recipient"]

/** Whether an entry may be about this phone: it names this phone, or no phone. */
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
    if (isObject(value)) return wrapper.test(name) && rejectsContact(value, phone)
    return (
      contactList.test(name) && Array.isArray(value) && value.some((entry) => isRejected(entry) && isOf(phone, entry))
    )
  })
