import { hidePersonalData } from "./personalData.ts"

/** Shorter values occur in other words, and hiding them would hide those. */
const shortest = 3

/** The texts of a customer's own data: name, e-mail, phone, documents, and whatever else his record holds, but not his id. */
const textsOf = ({ id: _, ...fields }: Readonly<Record<string, unknown>>): ReadonlyArray<string> =>
  Object.values(fields)
    .filter((value) => typeof value === "string")
    .flatMap((value) => [value, value.split(/\s+/)].flat())
    .filter(({ length }) => length >= shortest)
    .toSorted((one, other) => other.length - one.length)

/**
 * Plain JSON with `***` in place of everything that the customer's own data says, and of what looks like personal data
 * (SPEC 9.6). Keys, numbers and shape stay.
 */
export const hideCustomer = (value: unknown, customer: Readonly<Record<string, unknown>> | undefined): unknown => {
  const texts = customer === undefined ? [] : textsOf(customer)
  const hidden = (within: unknown): unknown => {
    if (typeof within === "string")
      return hidePersonalData(texts.reduce((text, own) => text.replaceAll(own, "***"), within))
    if (Array.isArray(within)) return within.map(hidden)
    return typeof within === "object" && within !== null
      ? Object.fromEntries(Object.entries(within).map(([key, inner]) => [key, hidden(inner)]))
      : within
  }
  return hidden(value)
}
