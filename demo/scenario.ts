import type { FaultRule } from "../simulators/core/FaultRule.ts"
import type { ConsumerSeed } from "../simulators/servicenow/seedConsumers.ts"

/** One record of the demo's stream, its preparation, and the outcome that it must have. */
export interface Scenario {
  /** For the summary. */
  readonly name: string
  readonly id: string
  readonly value: object
  readonly consumer?: ConsumerSeed
  readonly weniFault?: FaultRule
  readonly serviceNowFault?: FaultRule
  /**
   * `response_status`, and the `codigo` if the record or WhatsApp failed. `none`: a counted skip without a response.
   */
  readonly expected: string
  /** Cases and accepted messages that this record adds. */
  readonly cases: 0 | 1
  readonly messages: 0 | 1
  /**
   * It comes after all others have ended. If two came together, the one that waits longer for its vendor would be the
   * repeat.
   */
  readonly late?: true
}

const journey = "pedido_entregue_amanha"

const customer = (index: number) => {
  const digits = String(index).padStart(8, "0")
  return {
    id: `c0000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
    nome: ["Ana", "Bruno", "Carla", "Davi", "Elisa"][index % 5] ?? "Ana",
    sobrenome: ["Souza", "Lima", "Alves"][index % 3] ?? "Souza",
    email: `cliente${index}@example.com`,
    num_telefone: `+55119${digits}`
  }
}

const order = (index: number, channels: ReadonlyArray<string> = ["whatsapp", "itsm"]) => ({
  tims_evento: "2026-01-15T15:30:00Z",
  cod_canais: channels,
  cod_jornada: journey,
  cliente: customer(index),
  dados_jornada: { id: `PED${index}`, num_pedido: `PED${index}`, remessa: String(800_000 + index) },
  dados_whats: { id_campanha: "xpro" },
  dados_canal_itsm: {}
})

const idOf = (index: number) => `${journey}|${customer(index).id}|${800_000 + index}PED${index}`

/** Every second customer is known to ServiceNow by e-mail. The others have to be created. */
const usual = (index: number): Scenario => ({
  name: index % 2 === 0 ? "known customer" : "new customer",
  id: idOf(index),
  value: order(index),
  ...(index % 2 === 0 && { consumer: { email: customer(index).email, first_name: customer(index).nome } }),
  expected: "success",
  cases: 1,
  messages: 1
})

/** Every unusual record, once each. They are spread over the stream. */
const special: ReadonlyArray<(index: number) => Scenario> = [
  (index) => ({
    ...usual(index),
    name: "Weni does not answer",
    weniFault: { match: { id: idOf(index) }, kind: "timeout", when: "after" },
    expected: "partial_success TIMEOUT"
  }),
  (index) => ({
    ...usual(index),
    name: "Weni answers 503 twice",
    weniFault: { match: { id: idOf(index) }, kind: "status", status: 503, times: 2 }
  }),
  (index) => ({
    ...usual(index),
    name: "Weni refuses the contact",
    weniFault: { match: { id: idOf(index) }, kind: "status", status: 400, body: { message: "contact blocked" } },
    expected: "partial_success HTTP_400",
    messages: 0
  }),
  (index) => ({
    ...usual(index),
    name: "Case created, answer lost",
    serviceNowFault: { match: { id: idOf(index), method: "POST" }, kind: "drop", when: "after" }
  }),
  (index) => ({
    ...usual(index),
    name: "ServiceNow refuses the Case",
    serviceNowFault: { match: { id: idOf(index), method: "POST" }, kind: "status", status: 403, times: -1 },
    expected: "failure CASE_NAO_ABERTO",
    cases: 0,
    messages: 0
  }),
  (index) => ({ ...usual(index), name: "WhatsApp only", value: order(index, ["whatsapp"]), cases: 0 }),
  (index) => ({ ...usual(index), name: "Case only", value: order(index, ["itsm"]), messages: 0 }),
  (index) => ({
    ...usual(index),
    name: "another service's channel",
    value: order(index, ["sms"]),
    expected: "none",
    cases: 0,
    messages: 0
  }),
  (index) => ({
    ...usual(index),
    name: "invalid record",
    value: { ...order(index), cliente: { ...customer(index), num_telefone: 11_999_999_999 } },
    expected: "failure MENSAGEM_INVALIDA",
    cases: 0,
    messages: 0
  }),
  () => ({
    ...usual(0),
    name: "repeat of the first record",
    expected: "success duplicado",
    cases: 0,
    messages: 0,
    late: true
  }),
  () => ({
    ...usual(0),
    name: "conflict with the first record",
    value: { ...order(0), cliente: { ...customer(0), num_telefone: "+5511988887777" } },
    expected: "failure CONFLITO",
    cases: 0,
    messages: 0,
    late: true
  })
]

/** The smallest number of records that shows everything. */
export const minimum = 1 + special.length

/** `count` records. The first is a usual one, and the special ones are spread over the rest. */
export const scenarios = (count: number): ReadonlyArray<Scenario> => {
  const step = Math.floor((count - 1) / special.length)
  return Array.from({ length: count }, (_, index) => {
    const at = (index - 1) / step
    const make = index > 0 && Number.isInteger(at) ? special[at] : undefined
    return (make ?? usual)(index)
  })
}

/**
 * The records that leave work for an operator, some of each kind, numbered from `from` on, which the stream does not
 * reach.
 */
export const leftOver = (from: number): ReadonlyArray<Scenario> => {
  const kinds: ReadonlyArray<(index: number) => Scenario> = [
    (index) => ({
      ...usual(index),
      name: "Weni does not answer, and no event settles it",
      weniFault: { match: { id: idOf(index) }, kind: "timeout", when: "before" },
      expected: "partial_success TIMEOUT"
    }),
    (index) => ({
      ...usual(index),
      name: "ServiceNow refuses the Case once",
      serviceNowFault: { match: { id: idOf(index), method: "POST" }, kind: "status", status: 400, times: 1 },
      expected: "failure CASE_NAO_ABERTO",
      cases: 0,
      messages: 0
    }),
    (index) => ({
      ...usual(index),
      name: "unknown journey",
      value: { ...order(index), cod_jornada: "retirada_no_posto" },
      expected: "failure JORNADA_DESCONHECIDA",
      cases: 0,
      messages: 0
    })
  ]
  return Array.from({ length: 3 * kinds.length }, (_, index) => kinds[index % kinds.length]!(from + index))
}
