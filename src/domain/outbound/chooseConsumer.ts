import { readDocument, sameDocument } from "../values/document.ts"
import { sameEmail } from "../values/email.ts"
import { samePhone } from "../values/phone.ts"
import { digitsOf } from "../values/ReadValue.ts"
import type { ConsumerKeys } from "./consumer.ts"
import { lastDigits } from "./phoneSpellings.ts"

/** A row of `csm_consumer` as the instance shows it. A field that it does not show is `""`. */
export interface ConsumerRow {
  readonly sysId: string
  /** ServiceNow's text, which sorts by time. */
  readonly createdAt: string
  readonly document: string
  readonly email: string
  readonly phones: ReadonlyArray<string>
}

/** The values that a consumer is looked up by, in the order in which they count (SPEC 3.1). */
export const consumerKeyNames = ["document", "email", "phone"] as const
export type ConsumerKey = (typeof consumerKeyNames)[number]

/** How consumers are looked up: by a value as it is usually stored, or by the last digits of a phone. */
export type ConsumerWay = ConsumerKey | "digits"

export const consumerWays: ReadonlySet<ConsumerWay> = new Set([...consumerKeyNames, "digits"])

/** The wire's names of the keys. */
const origins = { document: "cpf_cnpj", email: "email", phone: "telefone" } as const

/** For warnings, in Portuguese. */
export const wayText: Readonly<Record<ConsumerWay, string>> = {
  document: "CPF/CNPJ",
  email: "e-mail",
  phone: "telefone",
  digits: "telefone"
}

export interface ChosenConsumer {
  readonly row: ConsumerRow
  readonly key: ConsumerKey
  readonly origem: (typeof origins)[ConsumerKey]
}

export interface ConsumerChoice {
  readonly chosen?: ChosenConsumer
  /** In Portuguese. */
  readonly avisos: ReadonlyArray<string>
}

/** Whether the row itself shows the customer's value (SPEC 3.1). */
export const verifies = (row: ConsumerRow, key: ConsumerKey, value: string): boolean => {
  switch (key) {
    case "document":
      return sameDocument(value, row.document)
    case "email":
      return sameEmail(value, row.email)
    case "phone":
      return row.phones.some((phone) => samePhone(value, phone))
  }
}

/** True if the row has a CPF or CNPJ that is not the customer's, so it belongs to somebody else. */
const isAnothers = ({ document }: ConsumerRow, keys: ConsumerKeys): boolean =>
  keys.document !== undefined && readDocument(document).value !== undefined && !sameDocument(keys.document, document)

/** The oldest row, and rows without a time last. Among equally old ones always the same. */
const oldest = (rows: ReadonlyArray<ConsumerRow>): ConsumerRow | undefined => {
  const sortable = ({ createdAt, sysId }: ConsumerRow) => `${createdAt === "" ? "~" : createdAt} ${sysId}`
  const [first] = rows.toSorted((a, b) => (sortable(a) < sortable(b) ? -1 : 1))
  return first
}

/** Chooses by the first key that rows verify, and of those rows the oldest (SPEC 3.1, 3.2). */
export const chooseConsumer = (keys: ConsumerKeys, rows: ReadonlyArray<ConsumerRow>): ConsumerChoice => {
  const avisos: Array<string> = []
  for (const key of consumerKeyNames) {
    const value = keys[key]
    if (value === undefined) continue
    const verified = rows.filter((row) => row.sysId !== "" && verifies(row, key, value))
    const own = verified.filter((row) => !isAnothers(row, keys))
    if (own.length < verified.length) avisos.push(`consumidor com o mesmo ${wayText[key]} não usado: outro CPF/CNPJ`)
    const row = oldest(own)
    if (row === undefined) continue
    if (own.length > 1) avisos.push(`${own.length} consumidores com o mesmo ${wayText[key]}; usado o mais antigo`)
    return { chosen: { row, key, origem: origins[key] }, avisos }
  }
  return { avisos }
}

/**
 * The keys by which an instance may have found this row without showing it. For a row that shows none of the values
 * looked for, these are the keys whose fields it shows empty. Such a row cannot be told from a stranger's.
 */
export const hiddenKeys = (keys: ConsumerKeys, row: ConsumerRow): ReadonlyArray<ConsumerKey> => {
  const digits = keys.phone === undefined ? undefined : lastDigits(keys.phone)[0]
  const explains = (phone: string) => digits !== undefined && digitsOf(phone).includes(digits)
  if (row.phones.some(explains)) return []
  const shown = { document: [row.document], email: [row.email], phone: row.phones }
  const isShown = (key: ConsumerKey) => {
    const value = keys[key]
    return value !== undefined && verifies(row, key, value)
  }
  if (consumerKeyNames.some(isShown)) return []
  return consumerKeyNames.filter((key) => keys[key] !== undefined && shown[key].every((text) => text.trim() === ""))
}
