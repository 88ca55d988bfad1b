import type { Fact } from "../communication/Fact.ts"
import type { State } from "../communication/State.ts"
import { indexKey } from "../inbound/namesOf.ts"
import { customerOf, orderNumber, type Outbound } from "../outbound/Outbound.ts"
import { holdsPersonalData } from "../personal/personalData.ts"
import { type DocumentField, readDocument } from "../values/document.ts"
import { readEmail } from "../values/email.ts"
import { toE164 } from "../values/phone.ts"
import { plainText } from "../values/ReadValue.ts"

/**
 * A term by which an operator finds a communication, besides the names by which events refer to it (SPEC 12.1). `value`
 * is in its canonical spelling. `id` is that of a communication whose id holds personal data, and `ref` names it in
 * URLs.
 */
export interface SearchTerm {
  readonly kind: "order" | "shipment" | "customer" | "phone" | "email" | "document" | "id" | "ref"
  readonly value: string
}

/** Terms whose value is personal data. Only their keyed hash is stored. */
export const isPersonalTerm = ({ kind }: SearchTerm): boolean =>
  kind !== "order" && kind !== "shipment" && kind !== "ref"

/** Matches a text that is its own plain spelling. Most numbers of orders are. */
const plain = /^[\x21-\x7E]{1,300}$/

/** A text of a record or of an operator in the spelling in which it is compared. */
export const searchText = (text: string): string => (plain.test(text) ? text : indexKey(plainText(text)))

export const termOf = (kind: SearchTerm["kind"], value: string | undefined): ReadonlyArray<SearchTerm> =>
  value === undefined || value === "" ? [] : [{ kind, value }]

const documentFields: ReadonlyArray<DocumentField> = ["cpf", "cnpj", "cpf_cnpj", "documento"]

/** The terms of an order: its numbers, and everything about its customer that can be read. */
const termsOfOrder = (order: Outbound): ReadonlyArray<SearchTerm> => {
  const customer = customerOf(order)
  const { email, id, num_telefone: phone } = customer
  const documents = documentFields.flatMap((field) => {
    const raw = customer[field]
    return raw === undefined ? [] : (readDocument(raw, field).value ?? [])
  })
  return [
    ...termOf("order", searchText(orderNumber(order))),
    ...termOf("shipment", searchText(order.dados_jornada.remessa ?? "")),
    ...termOf("customer", searchText(id)),
    ...termOf("phone", phone === undefined ? undefined : toE164(phone)),
    ...termOf("email", email === undefined ? undefined : readEmail(email).value),
    ...[...new Set(documents)].flatMap((document) => termOf("document", document))
  ]
}

/** The phone of the customer's own event, if it differs from that of the order. */
const phoneOfEvent = (phone: string | undefined, { accepted }: State): ReadonlyArray<SearchTerm> => {
  const read = phone === undefined ? undefined : (toE164(phone) ?? toE164(`+${phone}`))
  const known = accepted?.order.cliente.num_telefone
  return known !== undefined && toE164(known) === read ? [] : termOf("phone", read)
}

/** The terms that these new facts add. `state` is the one after them. */
const termsOfFacts = (facts: ReadonlyArray<Fact>, state: State): ReadonlyArray<SearchTerm> =>
  facts.flatMap((fact) => {
    switch (fact._tag) {
      case "Accepted":
        return termsOfOrder(fact.order)
      case "EventPlanned":
        return fact.event.group === undefined ? phoneOfEvent(fact.event.phone, state) : []
      default:
        return []
    }
  })

/** The terms that these new facts of a communication add. The first ones add the term of its id. */
export const termsOf = (id: string, facts: ReadonlyArray<Fact>, state: State): ReadonlyArray<SearchTerm> => {
  const terms = termsOfFacts(facts, state)
  return facts.length === state.seq && holdsPersonalData(id) ? [...terms, { kind: "id", value: id }] : terms
}
