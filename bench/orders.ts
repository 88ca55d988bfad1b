import { readFileSync } from "node:fs"

import type { ConsumerSeed } from "../simulators/servicenow/seedConsumers.ts"
import { delivered, idOf, read, said } from "../test/integration/support/customers.ts"

const fixture = JSON.parse(readFileSync("fixtures/comunicacaoTransacional.json", "utf8"))
const journey = "pedido_entregue_amanha"

/** A record of one of the two topics. `key` is the `id_correlacao`, and the key of the response. */
export interface Order {
  readonly key: string
  /** The record's key, if it is a different one. */
  readonly recordKey?: string
  readonly value: string
  /** The response that it must have. */
  readonly evento: string
}

const email = (customer: number) => `cliente.${customer}@example.com`
const phone = (customer: number) => `+55119${80_000_000 + customer}`

/** One customer's communication on both channels. No two share an e-mail or a phone. */
export const order = (customer: number): Order => ({
  key: idOf(journey, customer),
  evento: "comunicacao",
  value: JSON.stringify({
    ...fixture,
    cod_jornada: journey,
    cliente: { ...fixture.cliente, id: `c${customer}`, email: email(customer), num_telefone: phone(customer) },
    dados_jornada: { ...fixture.dados_jornada, remessa: "", num_pedido: `P${customer}` }
  })
})

/** The events of that customer, in this order. */
export const events = (customer: number, many: number, keyedOtherwise = false): ReadonlyArray<Order> => {
  const keys = { key: idOf(journey, customer), recordKey: keyedOtherwise ? phone(customer) : idOf(journey, customer) }
  return [
    { ...keys, value: delivered(journey, customer), evento: "entregue" },
    { ...keys, value: read(journey, customer), evento: "lida" },
    { ...keys, value: said(journey, customer, "SIM"), evento: "retorno_sim" }
  ].slice(0, many)
}

/** The customer as ServiceNow knows them. */
export const consumerOf = (customer: number): ConsumerSeed => ({
  first_name: fixture.cliente.nome,
  last_name: fixture.cliente.sobrenome,
  email: email(customer),
  mobile_phone: phone(customer)
})
