import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import type { ServiceNowOptions } from "../../../simulators/servicenow/options.ts"
import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { event, reply } from "../inbound/scene.ts"

export interface EventScenario {
  /** When it begins, epoch milliseconds; in business hours if absent. */
  readonly at?: number
  /** The events come before their communication. */
  readonly early?: true
  /** What has happened before any crash. */
  readonly before?: ReadonlyArray<Json>
  /** The values of the records that are processed while processes crash. */
  readonly records: ReadonlyArray<Json | ReadonlyArray<Json>>
  /** The fault that `before` meets. */
  readonly serviceNowBefore?: FaultRule
  readonly serviceNow?: FaultRule | ReadonlyArray<FaultRule>
  /** The instance while processes crash, and what people have done to the Case before. */
  readonly instance?: ServiceNowOptions
  readonly people?: Json
  /** The vendors answer no other calls, so repeated failures are an outage (SPEC 9.2). */
  readonly alone?: true
  /**
   * The required result, wherever a process crashes: notes after the dispatch's, state, one `evento` for each response.
   */
  readonly notes: ReadonlyArray<string>
  readonly state: string
  readonly eventos: ReadonlyArray<string>
}

const yesNote = "Confirmação recebida do cliente: SIM."
const noNote = "Cliente respondeu NÃO. Encaminhado para atendimento humano para remarcar a entrega."
const deliveredNote = "Mensagem entregue as 30/09/2025 12:31:02"
const readNote = "Mensagem entregue as 30/09/2025 12:31:02 e lida as 30/09/2025 12:33:00"
const failedNote = "Falha no envio do WhatsApp: 1"
const laterNote = `${yesNote} Fechamento agendado para 01/10/2025 08:00.`

const notClosed = `${yesNote} O caso não pôde ser fechado:`
const refusedClose = `${notClosed} 403 Operation Failed: Data Policy Exception: Following fields are mandatory: resolution_code`
const takenNote = `${yesNote} Fechamento agendado cancelado: caso alterado pelo atendimento.`

/** It closes no Case without a `resolution_code`. */
const policy: ServiceNowOptions = {
  dataPolicies: [{ table: "sn_customerservice_case", when: "state=6", mandatory: ["resolution_code"] }]
}

const delivered = event("entregue")
const read = event("lida", { timestamp: "2025-09-30T15:33:00Z" })

/** A quarter of a minute before the desk opens. */
const beforeOpening = Date.parse("2025-10-01T10:59:45Z")
const patch = { method: "PATCH" }
/** The connection is lost, and the PATCH carried out long after the next process has begun. */
const late: FaultRule = { kind: "drop", when: "later", delayMs: 20_000, match: patch }

/** What customers do to the fixture's communication; all records are of one partition. */
export const eventScenarios: Readonly<Record<string, EventScenario>> = {
  delivered: { records: [delivered], notes: [deliveredNote], state: "10", eventos: ["entregue"] },
  "delivered, whose PATCH is answered and lost": {
    records: [delivered],
    serviceNow: { kind: "drop", when: "after", match: patch },
    notes: [deliveredNote],
    state: "10",
    eventos: ["entregue"]
  },
  "delivered, whose PATCH is carried out late": {
    records: [delivered],
    serviceNow: late,
    notes: [deliveredNote],
    state: "10",
    eventos: ["entregue"]
  },
  "delivered and read, while ServiceNow is away for longer than the attempts": {
    records: [delivered, read],
    alone: true,
    serviceNow: { kind: "status", status: 503, times: 8 },
    notes: [deliveredNote, readNote],
    state: "10",
    eventos: ["entregue", "lida"]
  },
  "SIM and NÃO, while ServiceNow is away after it has taken the first": {
    records: [reply("SIM"), reply("NÃO")],
    alone: true,
    serviceNow: [
      { kind: "drop", when: "after", match: patch },
      { kind: "status", status: 503, times: 8 }
    ],
    notes: [yesNote, noNote],
    state: "10",
    eventos: ["retorno_sim", "retorno_nao"]
  },
  "delivered, whose second PATCH is carried out late": {
    records: [delivered],
    serviceNow: [{ kind: "timeout", match: patch }, late],
    notes: [deliveredNote],
    state: "10",
    eventos: ["entregue"]
  },
  "SIM in business hours, whose PATCH is carried out late": {
    records: [reply("SIM")],
    serviceNow: late,
    notes: [yesNote],
    state: "6",
    eventos: ["retorno_sim"]
  },
  "the close that is due, whose PATCH is carried out late": {
    at: beforeOpening,
    before: [reply("SIM")],
    serviceNow: late,
    records: [],
    notes: [laterNote, yesNote],
    state: "6",
    eventos: ["retorno_sim", "fechamento"]
  },
  "NÃO after SIM, whose PATCH is carried out late": {
    before: [reply("SIM")],
    serviceNow: late,
    records: [reply("NÃO")],
    notes: [yesNote, noNote],
    state: "10",
    eventos: ["retorno_sim", "retorno_nao"]
  },
  "a PATCH that failed, whose later try is carried out late": {
    before: [delivered],
    serviceNowBefore: { kind: "refuse", times: 5, match: patch },
    serviceNow: late,
    records: [],
    notes: [deliveredNote],
    state: "10",
    eventos: ["entregue", "entregue"]
  },
  "NÃO that failed, whose later try is carried out late": {
    before: [reply("NÃO")],
    serviceNowBefore: { kind: "refuse", times: 5, match: patch },
    serviceNow: late,
    records: [],
    notes: [noNote],
    state: "10",
    eventos: ["retorno_nao", "retorno_nao"]
  },
  "SIM in business hours": { records: [reply("SIM")], notes: [yesNote], state: "6", eventos: ["retorno_sim"] },
  "SIM out of business hours, and its close": {
    at: beforeOpening,
    records: [reply("SIM")],
    notes: [laterNote, yesNote],
    state: "6",
    eventos: ["retorno_sim", "fechamento"]
  },
  "the close that is due": {
    at: beforeOpening,
    before: [reply("SIM")],
    records: [],
    notes: [laterNote, yesNote],
    state: "6",
    eventos: ["retorno_sim", "fechamento"]
  },
  "NÃO after SIM": {
    before: [reply("SIM")],
    records: [reply("NÃO")],
    notes: [yesNote, noNote],
    state: "10",
    eventos: ["retorno_sim", "retorno_nao"]
  },
  "SIM, whose close is refused": {
    records: [reply("SIM")],
    instance: policy,
    notes: [refusedClose],
    state: "10",
    eventos: ["retorno_sim"]
  },
  "SIM, whose close is refused, and the answer of its note lost": {
    records: [reply("SIM")],
    instance: policy,
    serviceNow: { kind: "drop", when: "after", match: { ...patch, contains: "O caso" } },
    notes: [refusedClose],
    state: "10",
    eventos: ["retorno_sim"]
  },
  "the close that is due, and is refused": {
    at: beforeOpening,
    before: [reply("SIM")],
    records: [],
    instance: policy,
    notes: [laterNote, refusedClose],
    state: "10",
    eventos: ["retorno_sim", "fechamento"]
  },
  "SIM, whose close is not stored": {
    records: [reply("SIM")],
    instance: { stripOnUpdate: ["state"] },
    notes: [yesNote, `${notClosed} 200 campos não gravados como enviados: state`],
    state: "10",
    eventos: ["retorno_sim"]
  },
  "SIM on a Case that people have taken": {
    records: [reply("SIM")],
    people: { state: 18 },
    notes: [takenNote],
    state: "18",
    eventos: ["retorno_sim"]
  },
  "delivered and SIM on a Case that its instance changes": {
    records: [delivered, reply("SIM")],
    instance: { flows: [{ on: "update", delayMs: 1, set: { assignment_group: "0123456789abcdef0123456789abcdef" } }] },
    notes: [deliveredNote, yesNote],
    state: "6",
    eventos: ["entregue", "retorno_sim"]
  },
  "a note that the instance stores otherwise, its answer lost": {
    records: [reply("<b>quando</b> 👍\nchega?")],
    instance: { rewrites: ["fourBytes", "html", "lineEnds"] },
    serviceNow: { kind: "drop", when: "after", match: patch },
    notes: ["Resposta do cliente não reconhecida: quando ???? chega?"],
    state: "10",
    eventos: ["retorno_outro"]
  },
  "several events of one record": {
    records: [[delivered, read, reply("SIM")]],
    notes: [deliveredNote, readNote, yesNote],
    state: "6",
    eventos: ["entregue", "lida", "retorno_sim"]
  },
  "delivered that comes after a newer failure": {
    before: [event("falha", { message_id: "wamid.2", timestamp: "2025-09-30T15:34:00Z", code: "1" })],
    records: [delivered],
    notes: [failedNote, deliveredNote, failedNote],
    state: "10",
    eventos: ["falha_envio", "entregue"]
  },
  "an earlier time of a message": {
    before: [event("entregue", { timestamp: "2025-09-30T15:32:00Z" })],
    records: [delivered],
    notes: ["Mensagem entregue as 30/09/2025 12:32:00", deliveredNote],
    state: "10",
    eventos: ["entregue", "entregue"]
  },
  "a parked event": {
    early: true,
    records: [event("entregue", { context: { id_contexto: (delivered.context as Json).id_contexto } })],
    notes: [deliveredNote],
    state: "10",
    eventos: ["entregue"]
  },
  "a PATCH that failed and is written later": {
    before: [delivered],
    serviceNowBefore: { kind: "refuse", times: 5, match: patch },
    records: [],
    notes: [deliveredNote],
    state: "10",
    eventos: ["entregue", "entregue"]
  },
  "a close that failed and is written later, its answer lost": {
    before: [reply("SIM")],
    serviceNowBefore: { kind: "refuse", times: 5, match: patch },
    serviceNow: { kind: "drop", when: "after", match: patch },
    records: [],
    notes: [yesNote],
    state: "6",
    eventos: ["retorno_sim", "retorno_sim"]
  }
}
