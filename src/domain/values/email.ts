import { notRead, plainText, type ReadValue } from "./ReadValue.ts"

const atom = "[a-z0-9!#$%&'*+/=?_`{|}~-]+"
const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
const address = new RegExp(String.raw`^(?=.{6,254}$)(?=.{1,64}@)${atom}(?:\.${atom})*@(?:${label}\.)+[a-z]{2,63}$`)

/**
 * The e-mail address in lower case, without a name, `mailto:` or angle brackets around it. Text of another form, and
 * two addresses, are not read (SPEC 3.1).
 */
export const readEmail = (raw: string): ReadValue => {
  const text = plainText(raw).toLowerCase()
  const bracketed = /^[^<>@]*<([^<>]+)>$/.exec(text)?.[1] ?? text
  const bare = bracketed
    .replace(/^(?:mailto|e-?mail)\s*:/, "")
    .replace(/(?<![;,.\s])[;,.\s]+$/, "")
    .trim()
  return address.test(bare) ? { value: bare } : notRead("um endereço de e-mail", raw)
}

/** True when both are the same e-mail address. A text that is not an address does not even match itself (SPEC 3.1). */
export const sameEmail = (a: string, b: string): boolean => {
  const { value } = readEmail(a)
  return value !== undefined && value === readEmail(b).value
}
