import { toE164 } from "../values/phone.ts"
import { isQueryValue } from "../values/queryValue.ts"
import type { Cliente } from "./Outbound.ts"
import { lastDigits } from "./phoneSpellings.ts"

/** The values by which a customer is looked up, written as they are stored on a new consumer (SPEC 3.1, 3.3). */
export interface ConsumerKeys {
  /** A CPF's 11 digits, or a CNPJ's 14 characters. */
  readonly document?: string
  readonly email?: string
  /** E.164. */
  readonly phone?: string
}

export interface NewConsumer {
  readonly firstName?: string
  readonly lastName?: string
  readonly email?: string
  readonly phone?: string
  readonly document?: string
}

/** The text's digits, `0` to `9`. */
export const digitsOf = (raw: string): string => raw.replace(/\D/g, "")

/**
 * A CPF's 11 digits, or a CNPJ's 14 characters: digits, or capitals and digits as issued from 2026. Else `undefined`.
 */
const plainDocument = (raw: string): string | undefined => {
  const plain = raw.trim().replace(/[./-]/g, "").toUpperCase()
  if (/^(?:\d{11}|[0-9A-Z]{12}\d{2})$/.test(plain)) return plain
  const digits = digitsOf(raw)
  return digits.length === 11 || digits.length === 14 ? digits : undefined
}

const formatDocument = (plain: string): string =>
  plain.length === 11
    ? plain.replace(/(.{3})(.{3})(.{3})(.{2})/, "$1.$2.$3-$4")
    : plain.replace(/(.{2})(.{3})(.{3})(.{4})(.{2})/, "$1.$2.$3/$4-$5")

/** Spellings for looking up a document: plain and formatted, as CPF or CNPJ. Empty when it is neither (SPEC 3.1). */
export const documentLookups = (raw: string): ReadonlyArray<string> => {
  const plain = plainDocument(raw)
  return plain === undefined ? [] : [plain, formatDocument(plain)]
}

/** True when both are the same CPF or CNPJ in any spelling (SPEC 3.1). */
export const sameDocument = (a: string, b: string): boolean => {
  const plain = plainDocument(a)
  return plain !== undefined && plain === plainDocument(b)
}

/** The customer's document as received, trimmed: the first field that is not empty (SPEC 3.1). */
export const documentOf = (cliente: Cliente): string | undefined =>
  [cliente.cpf, cliente.cnpj, cliente.cpf_cnpj, cliente.documento]
    .map((document) => document?.trim())
    .find((document) => document !== undefined && document !== "")

const text = (value: string | undefined) => (value === undefined || value.trim() === "" ? undefined : value.trim())

/** What identifies the customer, and warnings about values that do not, in Portuguese. */
export interface CustomerIdentity {
  readonly keys: ConsumerKeys
  readonly avisos: ReadonlyArray<string>
}

/** Reads the values that identify the customer (SPEC 3.1). Empty values count as absent (SPEC 3.4). */
export const customerIdentity = (cliente: Cliente): CustomerIdentity => {
  const avisos: Array<string> = []
  const read = (key: string, raw: string | undefined, parse: (raw: string) => string | undefined) => {
    if (raw === undefined) return undefined
    const value = isQueryValue(raw) ? parse(raw) : undefined
    if (value === undefined) {
      avisos.push(`${key} não pesquisado: ${isQueryValue(raw) ? "valor inválido" : "valor não permitido na consulta"}`)
    }
    return value
  }
  const document = read("CPF/CNPJ", documentOf(cliente), plainDocument)
  const email = read("e-mail", text(cliente.email), (raw) => raw)
  const phone = read("telefone", text(cliente.num_telefone), toE164)
  return {
    keys: {
      ...(document !== undefined && { document }),
      ...(email !== undefined && { email }),
      ...(phone !== undefined && { phone })
    },
    avisos
  }
}

/**
 * What a customer is known by, each in one spelling: whoever shares one of them may be the same. Phones are compared by
 * their last eight digits here, so strangers may only wait for each other.
 */
export const identitiesOf = (id: string, { document, email, phone }: ConsumerKeys): ReadonlyArray<string> => {
  const [digits] = phone === undefined ? [] : lastDigits(phone)
  return [
    `id ${id}`,
    ...(document === undefined ? [] : [`document ${document}`]),
    ...(email === undefined ? [] : [`email ${email.toLowerCase()}`]),
    ...(digits === undefined ? [] : [`phone ${digits}`])
  ]
}

/** The consumer to create. `undefined` unless the customer has a name and an e-mail address or phone (SPEC 3.3). */
export const newConsumer = (cliente: Cliente, keys: ConsumerKeys): NewConsumer | undefined => {
  const firstName = text(cliente.nome)
  const lastName = text(cliente.sobrenome)
  if (firstName === undefined && lastName === undefined) return undefined
  if (keys.email === undefined && keys.phone === undefined) return undefined
  return {
    ...(firstName !== undefined && { firstName }),
    ...(lastName !== undefined && { lastName }),
    ...keys
  }
}
