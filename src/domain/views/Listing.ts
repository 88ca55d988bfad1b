import { Schema } from "effect"

import type { FactOf } from "../communication/Fact.ts"
import { type State, dispatchOutcome } from "../communication/State.ts"
import { customerOf, orderNumber } from "../outbound/Outbound.ts"
import { hidePhone } from "../personal/hideFields.ts"
import { shownId } from "../personal/personalData.ts"

/** Personal data, shown only on demand. */
export const Customer = Schema.Struct({
  id: Schema.String,
  name: Schema.optionalKey(Schema.String),
  phone: Schema.optionalKey(Schema.String),
  email: Schema.optionalKey(Schema.String),
  document: Schema.optionalKey(Schema.String)
})
export type Customer = typeof Customer.Type

/** How the dispatch stands. `under_way`: an attempt was made, or one follows. */
export const WhatsApp = Schema.Struct({
  outcome: Schema.Literals(["sent", "failed", "in_doubt", "under_way"]),
  attempts: Schema.Int,
  messageId: Schema.optionalKey(Schema.String)
})
export type WhatsApp = typeof WhatsApp.Type

/** What a list shows of one communication besides its row of the read model, without personal data (SPEC 12.3). */
export const Listing = Schema.Struct({
  order: Schema.optionalKey(Schema.String),
  shipment: Schema.optionalKey(Schema.String),
  customer: Schema.optionalKey(Customer),
  lastEvent: Schema.optionalKey(Schema.Struct({ evento: Schema.String, at: Schema.Number })),
  /** The codigos of the failed calls in its latest responses, each once, sorted. */
  codigos: Schema.Array(Schema.String),
  whatsapp: Schema.optionalKey(WhatsApp)
})
export type Listing = typeof Listing.Type

/** The customer of the order; `undefined` for an adopted communication. */
export const customerIn = ({ accepted }: State): Customer | undefined => {
  if (accepted === undefined) return undefined
  const { cnpj, cpf, cpf_cnpj, documento, email, id, nome, num_telefone: phone, sobrenome } = customerOf(accepted.order)
  const name = [nome, sobrenome].filter((part) => part !== undefined).join(" ")
  const document = cpf ?? cnpj ?? cpf_cnpj ?? documento
  return {
    id,
    ...(name !== "" && { name }),
    ...(phone !== undefined && { phone }),
    ...(email !== undefined && { email }),
    ...(document !== undefined && { document })
  }
}

/**
 * The customer without personal data (LGPD). A phone keeps its last four digits, and an id everything that is not
 * personal data.
 */
export const maskedCustomer = ({ document, email, id, name, phone }: Customer): Customer => ({
  id: shownId(id),
  ...(name !== undefined && { name: "***" }),
  ...(phone !== undefined && { phone: hidePhone(phone) }),
  ...(email !== undefined && { email: "***" }),
  ...(document !== undefined && { document: "***" })
})

/** How the dispatch stands; `undefined` before its first attempt. */
export const whatsappOf = (state: State): WhatsApp | undefined => {
  const { accepted, attempts, last } = state.dispatch
  if (attempts === 0 && last === undefined) return undefined
  return {
    outcome: dispatchOutcome(state) ?? "under_way",
    attempts,
    ...(accepted?.messageId !== undefined && { messageId: accepted.messageId })
  }
}

const noCodigos: ReadonlyArray<string> = []

/** The codigos of the failed calls in the latest responses, each once, sorted. */
export const codigosOf = ({ failures }: State): ReadonlyArray<string> =>
  failures.size === 0 ? noCodigos : [...new Set([...failures.values()].flat())].toSorted()

type OrderListing = Pick<Listing, "order" | "shipment" | "customer">

/** Cached by the fact of the order, because that never changes and each append needs a listing. */
const orderListings = new WeakMap<FactOf<"Accepted">, OrderListing>()

const orderListing = (state: State): OrderListing => {
  const { accepted } = state
  if (accepted === undefined) return {}
  const known = orderListings.get(accepted)
  if (known !== undefined) return known
  const customer = customerIn(state)
  const shipment = accepted.order.dados_jornada.remessa
  const listing: OrderListing = {
    order: shownId(orderNumber(accepted.order)),
    ...(shipment !== undefined && { shipment: shownId(shipment) }),
    ...(customer && { customer: maskedCustomer(customer) })
  }
  orderListings.set(accepted, listing)
  return listing
}

export const listingOf = (state: State): Listing => {
  const { events } = state
  const whatsapp = whatsappOf(state)
  return {
    ...orderListing(state),
    ...(events.last && { lastEvent: events.last }),
    codigos: codigosOf(state),
    ...(whatsapp && { whatsapp })
  }
}
