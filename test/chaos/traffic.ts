import type { Json } from "../../src/domain/record/ChannelResult.ts"
import type { Dice } from "../simulation/Dice.ts"
import { eventJson } from "../simulation/scenario/eventJson.ts"
import type { Conversation, CustomerEvent, Delivery } from "../simulation/scenario/Scenario.ts"
import { fixture } from "../support/World.ts"
import { journeyNames } from "./journeys.ts"
import { noiseAt } from "./noise.ts"

/** All records of one run. */
export interface Traffic {
  readonly conversations: ReadonlyArray<Conversation>
  /** All records, by time. */
  readonly deliveries: ReadonlyArray<Delivery>
}

export interface TrafficOptions {
  /** Period in which conversations begin, milliseconds. */
  readonly lasts: number
  /** Conversations that begin per second. */
  readonly rate: number
  readonly partitions: number
  /** Epoch milliseconds. */
  readonly beginsAt: number
  /** Period in which events without a communication come, milliseconds. They wait for ORPHAN_AFTER. */
  readonly strangersUntil: number
}

const customers = 300
const kinds = ["retorno_sim", "retorno_sim", "retorno_nao", "retorno_outro", "falha_envio"] as const
const record = fixture("comunicacaoTransacional.json")

const customerEvent = (evento: CustomerEvent["evento"], id: string, at: number): CustomerEvent => ({
  id,
  evento,
  at,
  ...(evento === "retorno_outro" && { note: `Resposta do cliente não reconhecida: quando ${id}` })
})

/** The events of phones and customers, mostly in order (the order does not matter: SPEC 8.5). */
const eventsOf = (dice: Dice, beginsAt: number, index: number): ReadonlyArray<CustomerEvent> => {
  const told: Array<CustomerEvent["evento"]> = []
  if (dice.chance(0.2)) told.push("enviada")
  if (dice.chance(0.7)) told.push("entregue")
  if (dice.chance(0.4)) told.push("lida")
  if (dice.chance(0.5)) told.push(dice.pick(kinds))
  if (dice.chance(0.1)) told.push(dice.pick(kinds))
  const second = Math.floor(beginsAt / 1000)
  return told.map((evento, position) =>
    customerEvent(evento, `wamid.${index}.${position}`, 1000 * (second + dice.below(100) * 10 + position))
  )
}

/** The phone of one conversation alone. An answer to a message that is not known yet finds its conversation by the sender (SPEC 8.2). */
const phoneOf = (id: string) => `55119${80_000_000 + Number(id.slice(id.lastIndexOf("P") + 1))}`

const conversationOf = (dice: Dice, { beginsAt }: TrafficOptions, index: number): Conversation => {
  const journey = dice.pick(journeyNames)
  const channels = dice.pick([["whatsapp", "itsm"], ["whatsapp", "itsm"], ["whatsapp", "itsm"], ["whatsapp"], ["itsm"]])
  const both = channels.length === 2 || dice.chance(0.5)
  return {
    id: `${journey}|c${index % customers}|P${index}`,
    journey,
    channels: both ? ["whatsapp", "itsm"] : (channels as Conversation["channels"]),
    events: both ? eventsOf(dice, beginsAt, index) : []
  }
}

const orderJson = ({ channels, id, journey }: Conversation, beginsAt: number, content: number): Json => {
  const [, customer = "", order = ""] = id.split("|")
  return {
    ...record,
    tims_evento: new Date(beginsAt).toISOString(),
    id_correlacao: id,
    cod_canais: channels,
    cod_jornada: journey,
    cliente: {
      id: customer,
      nome: `Cliente ${customer}`,
      email: `${customer}@example.com`,
      num_telefone: `+${phoneOf(id)}`
    },
    dados_jornada: { num_pedido: order, nota: content }
  }
}

/** A reply by a button, which names only the message that it answers. */
const buttonJson = (conversation: string, answered: CustomerEvent, { at, evento, id }: CustomerEvent): Json => ({
  object: "whatsapp_business_account",
  entry: [
    {
      id: "102",
      changes: [
        {
          field: "messages",
          value: {
            messages: [
              {
                from: phoneOf(conversation),
                id,
                timestamp: String(at / 1000),
                type: "button",
                button: { payload: evento === "retorno_sim" ? "SIM" : "NÃO", text: "resposta" },
                context: { id: answered.id, from: "551133334444" }
              }
            ]
          }
        }
      ]
    }
  ]
})

const told = (dice: Dice, conversation: Conversation, event: CustomerEvent): Json => {
  const [first] = conversation.events
  const isAnswer = event.evento === "retorno_sim" || event.evento === "retorno_nao"
  return isAnswer && first !== undefined && first !== event && dice.chance(0.4)
    ? buttonJson(conversation.id, first, event)
    : eventJson(conversation, event)
}

/** The records of a conversation: the order, its repeats and conflicts, and the customer's events, some early, some twice. */
const deliveriesOf = (dice: Dice, conversation: Conversation, begins: number, options: TrafficOptions) => {
  const { beginsAt, partitions } = options
  const contents = dice.chance(0.15) ? [0, dice.chance(0.2) ? 1 : 0] : [0]
  const orders = contents.map((content, index): Delivery => ({
    after: begins + (index === 0 ? 0 : dice.below(15_000)),
    topic: "in",
    partition: dice.below(partitions),
    value: JSON.stringify(orderJson(conversation, beginsAt, content)),
    expected: { kind: "order", id: conversation.id, content }
  }))
  const events = conversation.events.flatMap((event) => {
    const value = JSON.stringify(told(dice, conversation, event))
    return Array.from({ length: dice.chance(0.2) ? 2 : 1 }, (): Delivery => ({
      after: Math.max(0, begins - 1000 + dice.below(20_000)),
      topic: "inbound",
      partition: dice.below(partitions),
      value,
      expected: { kind: "events", events: [event] }
    }))
  })
  return [...orders, ...events]
}

/** A steady stream of records. Equal dice make equal traffic. */
export const makeTraffic = (dice: Dice, options: TrafficOptions): Traffic => {
  const count = Math.floor((options.lasts / 1000) * options.rate)
  const conversations: Array<Conversation> = []
  const deliveries: Array<Delivery> = []
  for (let index = 0; index < count; index++) {
    const begins = Math.floor((index * 1000) / options.rate)
    const conversation = conversationOf(dice, options, index)
    conversations.push(conversation)
    deliveries.push(...deliveriesOf(dice, conversation, begins, options))
    if (dice.chance(0.08)) deliveries.push(noiseAt(dice, begins, options.partitions, begins < options.strangersUntil))
  }
  return { conversations, deliveries: deliveries.sort((one, other) => one.after - other.after) }
}
