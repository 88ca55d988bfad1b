import type { Scenario } from "./scenario.ts"

/** One customer's events after the message, in the order in which they arrive, and how the Case must end. */
export interface Customer {
  readonly name: string
  readonly scenario: Scenario
  readonly events: ReadonlyArray<object>
  /** Number of distinct events. Each is reported once, and a duplicate of one once more as `duplicado`. */
  readonly distinct: number
  /** `state` and `priority` of the Case at the end. */
  readonly expected: { readonly state: string; readonly priority: string }
  /** The desk is closed when the customer answers, so the Case closes when it opens. */
  readonly atNight?: true
}

const open = { state: "10", priority: "3" }
const resolved = { state: "6", priority: "3" }
const withPeople = { state: "10", priority: "2" }

const event = (scenario: Scenario, evento: string, messageId: string, timestamp: string, texto?: string) => ({
  message_id: `${messageId}-${scenario.id}`,
  evento,
  timestamp,
  context: { cod_jornada: "pedido_entregue_amanha", id_contexto: scenario.id },
  ...(texto !== undefined && { texto })
})

const delivered = (scenario: Scenario) => event(scenario, "entregue", "out", "2026-01-15T15:31:00Z")
const read = (scenario: Scenario) => event(scenario, "lida", "out", "2026-01-15T15:33:00Z")
const reply = (scenario: Scenario, text: string) =>
  event(scenario, "resposta", `in-${text}`, "2026-01-15T15:40:00Z", text)

const make =
  (
    name: string,
    events: (scenario: Scenario) => ReadonlyArray<object>,
    expected: Customer["expected"],
    rest: { readonly distinct?: number; readonly atNight?: true } = {}
  ) =>
  (scenario: Scenario): Customer => {
    const all = events(scenario)
    return { name, scenario, events: all, distinct: all.length, expected, ...rest }
  }

const kinds = [
  make("delivered, read, SIM", (one) => [delivered(one), read(one), reply(one, "Sim, confirmo!")], resolved),
  make(
    "read, NÃO, delivered late",
    (one) => [read(one), reply(one, "não, quero remarcar"), delivered(one)],
    withPeople
  ),
  make("delivered, a question", (one) => [delivered(one), reply(one, "Que horas chega?")], open),
  make("SIM twice, then NÃO", (one) => [reply(one, "SIM"), reply(one, "SIM"), reply(one, "NÃO")], withPeople, {
    distinct: 2
  }),
  make("nothing", () => [], open)
]

const night = make("SIM at night", (one) => [delivered(one), reply(one, "sim")], resolved, { atNight: true })
const doubted = make("Weni's doubt settled", (one) => [delivered(one)], open)

/**
 * One customer for each message that went out with a Case: all kinds in turn, and the last usual one answers at night.
 */
export const customers = (scenarios: ReadonlyArray<Scenario>): ReadonlyArray<Customer> => {
  const reached = scenarios.filter(({ cases, messages }) => cases === 1 && messages === 1)
  const usual = reached.filter(({ expected }) => expected === "success")
  const inDoubt = reached.filter(({ expected }) => expected !== "success").map(doubted)
  const answering = usual.slice(0, -1).map((scenario, index) => kinds[index % kinds.length]?.(scenario))
  return [...answering.filter((one) => one !== undefined), ...usual.slice(-1).map(night), ...inDoubt]
}
