import { type HideText, makeHideText, textsIn } from "./hideFields.ts"

const hiddenIn = (value: unknown, hideText: HideText): unknown => {
  if (typeof value === "string") return hideText(value)
  if (Array.isArray(value)) return value.map((one) => hiddenIn(one, hideText))
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, within]) => [key, hiddenIn(within, hideText)]))
    : value
}

/**
 * Plain JSON with `***` in place of every text of the customer's own data except the id, and of everything that looks
 * like personal data (SPEC 9.6). Keys, numbers and shape stay.
 */
export const hideCustomer = (value: unknown, customer: Readonly<Record<string, unknown>> | undefined): unknown =>
  hiddenIn(value, makeHideText(customer === undefined ? [] : textsIn(customer)))
