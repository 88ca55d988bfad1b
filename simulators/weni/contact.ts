import { Option, Schema } from "effect"

const Contact = Schema.Struct({
  // E.164: a plus, a country code, at most 15 digits.
  fullNumber: Schema.String.check(Schema.isPattern(/^\+[1-9]\d{7,14}$/)),
  context: Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown))
})
export type Contact = typeof Contact.Type

const Payload = Schema.fromJsonString(Schema.Struct({ contacts: Schema.Array(Schema.Unknown) }))

const decodePayload = Schema.decodeUnknownOption(Payload)
const decodeContact = Schema.decodeUnknownOption(Contact)

/** The contacts of a body. `undefined` if the body is not an object with contacts. */
export const contactsOf = (
  body: string
): { readonly valid: ReadonlyArray<Contact>; readonly invalid: number } | undefined => {
  const payload = decodePayload(body)
  if (Option.isNone(payload)) return undefined
  const valid = payload.value.contacts.flatMap((contact) => Option.toArray(decodeContact(contact)))
  return { valid, invalid: payload.value.contacts.length - valid.length }
}

/** A text of the contact's context. Empty if it has none. */
export const contextText = ({ context }: Contact, name: string): string => {
  const value = context?.[name]
  return typeof value === "string" ? value : ""
}
