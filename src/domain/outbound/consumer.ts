import { isPlaceholder } from "../journeys/placeholders.ts"
import { withoutCodeMarks } from "../values/codeMarks.ts"
import { readDocument } from "../values/document.ts"
import { readEmail } from "../values/email.ts"
import { readPhone } from "../values/phone.ts"
import { readName } from "../values/readName.ts"
import { type ReadValue, shapeOf } from "../values/ReadValue.ts"
import type { Cliente } from "./Outbound.ts"

/** Valid values by which a customer can be looked up, each in its canonical spelling (SPEC 3.1). */
export interface ConsumerKeys {
  /** A CPF's 11 digits, or a CNPJ's 14 digits and capitals. */
  readonly document?: string
  /** In lower case. */
  readonly email?: string
  /** E.164. */
  readonly phone?: string
}

export interface NewConsumer extends ConsumerKeys {
  readonly firstName?: string
  readonly lastName?: string
}

export interface CustomerIdentity {
  readonly keys: ConsumerKeys
  /** For each invalid value: its field, what was expected, and its shape. In Portuguese, for the response. */
  readonly avisos: ReadonlyArray<string>
  /** The same for each placeholder. It matters only if nothing else identifies the customer. */
  readonly placeholders: ReadonlyArray<string>
}

const documentFields = ["cpf", "cnpj", "cpf_cnpj", "documento"] as const

/**
 * Reads what identifies the customer. Only valid values that are not placeholders of the journeys file are used, and
 * only the first such document. Blank values count as absent (SPEC 3.1, 3.4).
 */
export const identifyCustomer = (cliente: Cliente, entries: ReadonlyArray<string>): CustomerIdentity => {
  const avisos: Array<string> = []
  const placeholders: Array<string> = []
  const use = (field: keyof Cliente & string, read: (raw: string) => ReadValue): string | undefined => {
    const raw = cliente[field]
    if (typeof raw !== "string" || raw.trim() === "") return undefined
    const { problem, value } = read(raw)
    if (value === undefined) avisos.push(`cliente.${field}: ${problem}; não usado`)
    else if (isPlaceholder(value, entries)) {
      placeholders.push(`cliente.${field}: "${shapeOf(raw)}" só preenche o campo; não usado`)
    } else return value
    return undefined
  }
  const [document] = documentFields.flatMap((field) => use(field, (raw) => readDocument(raw, field)) ?? [])
  const email = use("email", readEmail)
  const phone = use("num_telefone", readPhone)
  const keys = {
    ...(document !== undefined && { document }),
    ...(email !== undefined && { email }),
    ...(phone !== undefined && { phone })
  }
  return { keys, avisos, placeholders }
}

/**
 * The identities of a customer, each in one spelling. Two customers who share one may be the same. Phones are compared
 * by their last eight digits here. Strangers who share these only wait for each other.
 */
export const identitiesOf = (id: string, { document, email, phone }: ConsumerKeys): ReadonlyArray<string> => [
  `id ${id}`,
  ...(document === undefined ? [] : [`document ${document}`]),
  ...(email === undefined ? [] : [`email ${email}`]),
  ...(phone === undefined ? [] : [`phone ${phone.slice(-8)}`])
]

/**
 * The consumer to create, with the values by which it will be looked up. `undefined` unless the customer has a name and
 * an e-mail address or phone (SPEC 3.3).
 */
export const newConsumer = (cliente: Cliente, keys: ConsumerKeys): NewConsumer | undefined => {
  const firstName = readName(cliente.nome)
  const lastName = readName(cliente.sobrenome)
  if (firstName === undefined && lastName === undefined) return undefined
  if (keys.email === undefined && keys.phone === undefined) return undefined
  return {
    ...(firstName !== undefined && { firstName: withoutCodeMarks(firstName) }),
    ...(lastName !== undefined && { lastName: withoutCodeMarks(lastName) }),
    ...keys
  }
}
