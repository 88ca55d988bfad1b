import { documentLookups, sameDocument } from "../../domain/document.ts"
import type { ConsumerOrigin } from "../../domain/Fact.ts"
import { phoneLookups, samePhone } from "../../domain/phone.ts"
import type { ConsumerKeys } from "../../services/ServiceNow.ts"
import type { ServiceNowSettings } from "../../services/Settings.ts"
import { type Condition, encodedQuery, isQueryValue } from "./encodedQuery.ts"
import { type Row, textOf } from "./row.ts"

/** How to look a consumer up by one key, and how to tell it from strangers (SPEC 3.1). */
export interface ConsumerLookup {
  readonly origem: ConsumerOrigin
  /** For warnings, in Portuguese. */
  readonly key: string
  /** `undefined` where the value may not enter a query or is none (SPEC 3.4). */
  readonly query: string | undefined
  /** True when the returned row itself carries the value. */
  readonly verifies: (row: Row) => boolean
}

const sameEmail = (a: string, b: string) => a.trim() !== "" && a.trim().toLowerCase() === b.trim().toLowerCase()

/** The look-ups that the keys allow: document, e-mail, phone, in this order (SPEC 3.1). */
export const consumerLookups = (
  { document, email, phone }: ConsumerKeys,
  { documentField, phoneFields }: ServiceNowSettings
): ReadonlyArray<ConsumerLookup> => {
  const lookup = (
    origem: ConsumerOrigin,
    key: string,
    raw: string,
    conditions: ReadonlyArray<Condition>,
    fields: ReadonlyArray<string>,
    same: (a: string, b: string) => boolean
  ): ConsumerLookup => ({
    origem,
    key,
    query: isQueryValue(raw) ? encodedQuery(conditions) : undefined,
    verifies: (row) => fields.some((field) => same(raw, textOf(row[field])))
  })
  const equal = (field: string) => (value: string) => ({ field, operator: "=", value }) as const
  const like = (value: string) => phoneFields.map((field) => ({ field, operator: "LIKE", value }) as const)
  return [
    ...(document === undefined
      ? []
      : [
          lookup(
            "cpf_cnpj",
            "CPF/CNPJ",
            document,
            documentLookups(document).map(equal(documentField)),
            [documentField],
            sameDocument
          )
        ]),
    ...(email === undefined
      ? []
      : [lookup("email", "e-mail", email, [equal("email")(email.trim())], ["email"], sameEmail)]),
    ...(phone === undefined
      ? []
      : [lookup("telefone", "telefone", phone, phoneLookups(phone).flatMap(like), phoneFields, samePhone)])
  ]
}
