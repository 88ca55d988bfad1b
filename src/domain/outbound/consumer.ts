import { phoneLookups } from "../values/phone.ts"
import type { Cliente } from "./Outbound.ts"

/** Values by which a customer can be looked up (SPEC 3.1), as in the record. */
export interface ConsumerKeys {
  readonly document?: string
  readonly email?: string
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

/** Values for looking up the customer (SPEC 3.1). Empty values count as absent (SPEC 3.4). */
export const consumerKeys = (cliente: Cliente): ConsumerKeys => {
  const document = documentOf(cliente)
  const email = text(cliente.email)
  const phone = text(cliente.num_telefone)
  return {
    ...(document !== undefined && { document }),
    ...(email !== undefined && { email }),
    ...(phone !== undefined && { phone })
  }
}

/**
 * What a customer is known by, each in one spelling: whoever shares one of them may be the same. Phones are compared by
 * their last eight digits here, so strangers may only wait for each other.
 */
export const identitiesOf = (id: string, { document, email, phone }: ConsumerKeys): ReadonlyArray<string> => {
  const [plain] = document === undefined ? [] : documentLookups(document)
  const [digits] = phone === undefined ? [] : phoneLookups(phone)
  return [
    `id ${id}`,
    ...(plain === undefined ? [] : [`document ${plain}`]),
    ...(email === undefined ? [] : [`email ${email.toLowerCase()}`]),
    ...(digits === undefined ? [] : [`phone ${digits}`])
  ]
}

/** The consumer to create. `undefined` unless the customer has a name and an e-mail address or phone (SPEC 3.3). */
export const newConsumer = (cliente: Cliente): NewConsumer | undefined => {
  const keys = consumerKeys(cliente)
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
