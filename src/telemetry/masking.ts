import { hidePersonalData, shownId } from "../domain/personal/personalData.ts"
import { holdsCorrelation, isId } from "./names.ts"

/**
 * Masks everything in the text that looks like an e-mail, a phone, a CPF or a CNPJ (SPEC 9.6). A second safety net, not
 * the first.
 */
export const mask = (text: string): string => hidePersonalData(text)

/** Masks every text within a plain JSON value. Keys, numbers and shape stay. */
export const masked = (value: unknown): unknown => {
  if (typeof value === "string") return mask(value)
  if (Array.isArray(value)) return value.map(masked)
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, within]) => [key, masked(within)]))
    : value
}

/**
 * Masks the value of an annotation or attribute of this name. Ids stay as they are, because a mask would mistake parts
 * of them for phones. Ids that a producer has made of a customer's data are masked, too (SPEC 9.6).
 */
export const maskedField = (name: string, value: unknown): unknown => {
  if (!isId(name)) return masked(value)
  return holdsCorrelation(name) && typeof value === "string" ? shownId(value) : value
}
