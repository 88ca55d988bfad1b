import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { fixture } from "../../support/World.ts"
import type { Dice } from "../Dice.ts"
import { journeyNames } from "./journeys.ts"
import type { Conversation, CustomerEvent } from "./Scenario.ts"

/** The customers. A `known` one already is a consumer of the instance. */
export const customers = [
  { id: "c-joao", known: true, nome: "João", email: "joao.silva@example.com", num_telefone: "+5511999999999" },
  { id: "c-maria", known: false, nome: "Maria", email: "maria.souza@example.com", num_telefone: "+5511988888888" },
  // ServiceNow can neither find nor create this customer, so the order gets the generic consumer.
  { id: "c-ninguem", known: false, num_telefone: "+5521977777777" }
] as const

/** The keys by which an operator may name customers. */
export const customerKeys: ReadonlyArray<string> = customers.flatMap((one) =>
  "email" in one ? [one.id, one.num_telefone, one.email] : [one.id, one.num_telefone]
)

export type Customer = (typeof customers)[number]

/** The number of the conversation's order, which its Case has even if the key is lost. */
export const orderNumberOf = (id: string): string => id.split("|")[2] ?? ""

const fixtureRecord = fixture("comunicacaoTransacional.json")

/** The order of one conversation. A different `content` is a conflict (SPEC 1.5). */
export const orderOf = (conversation: Conversation, customer: Customer, beginsAt: number, content: number): Json => {
  const { known: _, ...cliente } = customer
  return {
    ...fixtureRecord,
    tims_evento: new Date(beginsAt).toISOString(),
    id_correlacao: conversation.id,
    cod_canais: conversation.channels,
    cod_jornada: conversation.journey,
    cliente,
    dados_jornada: { num_pedido: orderNumberOf(conversation.id), nota: content }
  }
}

const kinds = ["enviada", "entregue", "lida", "retorno_sim", "retorno_sim", "retorno_nao", "retorno_outro"] as const

const makeEvent = (dice: Dice, beginsAt: number, conversation: number, index: number): CustomerEvent => {
  const evento = dice.chance(0.06) ? "falha_envio" : dice.pick(kinds)
  const id = `wamid.${conversation}.${index}`
  const at = beginsAt + 1000 * (dice.below(100) * 10 + index)
  return {
    id,
    evento,
    at,
    ...(evento === "retorno_outro" && { note: `Resposta do cliente não reconhecida: quando ${id}` })
  }
}

export const makeConversation = (dice: Dice, beginsAt: number, index: number): Conversation => {
  const journey = dice.pick(journeyNames)
  return {
    id: `${journey}|c${index}|P${index}`,
    channels: dice.pick([["whatsapp", "itsm"], ["whatsapp", "itsm"], ["whatsapp", "itsm"], ["whatsapp"], ["itsm"]]),
    journey,
    ...(dice.chance(0.06) && { people: dice.below(60_000) }),
    events: Array.from({ length: dice.pick([0, 0, 1, 2, 3, 4]) }, (_, event) => makeEvent(dice, beginsAt, index, event))
  }
}
