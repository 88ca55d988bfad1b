import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import type { Dice } from "../Dice.ts"
import { type Customer, customers, orderOf } from "./conversations.ts"
import { eventJson } from "./eventJson.ts"
import type { Conversation, CustomerEvent, Delivery } from "./Scenario.ts"

const partitions = 2

const placed = (dice: Dice) => dice.below(partitions)

/** The record that starts the conversation, its repeats, and sometimes another content for its id. */
const orders = (
  dice: Dice,
  conversation: Conversation,
  customer: Customer,
  beginsAt: number,
  trouble: number
): ReadonlyArray<Delivery> => {
  const own = placed(dice)
  const count = dice.pick([1, 1, 1, 2, 3])
  return Array.from({ length: count }, (_, index): Delivery => {
    const content = index > 0 && dice.chance(0.3) ? index : 0
    return {
      after: dice.below(trouble / (index === 0 ? 3 : 1)),
      topic: "in",
      partition: dice.chance(0.7) ? own : placed(dice),
      value: JSON.stringify(orderOf(conversation, customer, beginsAt, content)),
      expected: { kind: "order", id: conversation.id, content }
    }
  })
}

/** The customer's events: in any order, some twice, several in one record, early or late. */
const customerRecords = (dice: Dice, conversation: Conversation, trouble: number): ReadonlyArray<Delivery> => {
  const own = placed(dice)
  const told = conversation.events.map((event) => ({
    event,
    json: eventJson(conversation, event, dice.pick(["id", "id", "id", "case"]))
  }))
  const all = told.flatMap((one) => (dice.chance(0.25) ? [one, one] : [one]))
  const records: Array<typeof told> = []
  for (const one of all) {
    const last = records.at(-1)
    if (last !== undefined && dice.chance(0.25)) last.push(one)
    else records.push([one])
  }
  return records.map((some): Delivery => ({
    after: dice.below(trouble),
    topic: "inbound",
    partition: dice.chance(0.7) ? own : placed(dice),
    value: JSON.stringify(some.length === 1 ? some[0]?.json : some.map(({ json }) => json)),
    expected: { kind: "events", events: some.map(({ event }) => event) }
  }))
}

const strange: CustomerEvent = { id: "wamid.strange", evento: "entregue", at: Date.parse("2025-09-30T12:00:00Z") }

const strangeOrder: Conversation = { id: "outra|c|1", journey: "outra", channels: ["whatsapp"], events: [] }

const byPhone = ({ num_telefone }: Customer, at: number): Json => ({
  message_id: "wamid.phone",
  evento: "resposta",
  timestamp: new Date(at).toISOString(),
  fullNumber: num_telefone,
  texto: "onde está?"
})

/** Records that have no effect, or only sometimes. */
const noise = (dice: Dice, beginsAt: number, trouble: number): ReadonlyArray<Delivery> => {
  const at = (topic: Delivery["topic"], value: string, expected: Delivery["expected"]): Delivery => ({
    after: dice.below(trouble),
    topic,
    partition: placed(dice),
    value,
    expected
  })
  const stranger = (journey: string, ours: boolean) =>
    at("inbound", JSON.stringify(eventJson({ id: `${journey}|x|1`, journey }, strange)), {
      kind: "stranger",
      ours
    })
  const kinds = [
    () => at("in", "{", { kind: "invalid", evento: "mensagem_invalida" }),
    () => at("in", JSON.stringify({ cod_jornada: 7 }), { kind: "invalid", evento: "mensagem_invalida" }),
    () => at("inbound", "no JSON", { kind: "invalid", evento: "mensagem_invalida" }),
    () => stranger("outra_campanha", false),
    () => at("in", JSON.stringify(orderOf(strangeOrder, customers[0], beginsAt, 0)), { kind: "unknown journey" }),
    () => at("in", JSON.stringify({ ...strangeOrder, cod_canais: ["sms"] }), { kind: "skipped" }),
    () => at("inbound", JSON.stringify(byPhone(dice.pick(customers), beginsAt)), { kind: "by phone" }),
    () => stranger("sempre_aberta", true)
  ] as const
  return Array.from({ length: dice.pick([0, 0, 0, 1, 2]) }, () => dice.pick(kinds)())
}

/** Every record of the run, in the order of their arrival. */
export const makeDeliveries = (
  dice: Dice,
  conversations: ReadonlyArray<Conversation>,
  beginsAt: number,
  trouble: number
): ReadonlyArray<Delivery> =>
  [
    ...conversations.flatMap((conversation) => [
      ...orders(dice, conversation, dice.pick(customers), beginsAt, trouble),
      ...customerRecords(dice, conversation, trouble)
    ]),
    ...noise(dice, beginsAt, trouble)
  ].sort((one, other) => one.after - other.after)

const eventsOf = (value: string): ReadonlyArray<Json> => {
  const told = JSON.parse(value)
  return Array.isArray(told) ? told : [told]
}

/** One record with the events of both, at the time of the first one. */
const together = (one: Delivery, other: Delivery): Delivery | undefined =>
  one.expected.kind !== "events" || other.expected.kind !== "events"
    ? undefined
    : {
        ...one,
        value: JSON.stringify([...eventsOf(one.value), ...eventsOf(other.value)]),
        expected: { kind: "events", events: [...one.expected.events, ...other.expected.events] }
      }

/** Some records with events of several customers. */
export const mixed = (dice: Dice, deliveries: ReadonlyArray<Delivery>): ReadonlyArray<Delivery> => {
  const all: Array<Delivery> = []
  for (const one of deliveries) {
    const at = dice.chance(0.4) ? all.findIndex(({ expected }) => expected.kind === "events") : -1
    const before = all[at]
    const both = before && together(before, one)
    if (both === undefined) all.push(one)
    else all[at] = both
  }
  return all
}

/** Moves some records into the outage or after its end. */
export const spread = (dice: Dice, deliveries: ReadonlyArray<Delivery>, end: number): ReadonlyArray<Delivery> =>
  deliveries
    .map((one) => (dice.chance(0.4) ? { ...one, after: dice.below(end + 10_000) } : one))
    .sort((one, other) => one.after - other.after)
