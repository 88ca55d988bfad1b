import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { record } from "../../domain/outbound/records.ts"

export interface Scenario {
  readonly records: ReadonlyArray<Json>
  /** Without it the customer is a consumer already. */
  readonly newConsumer?: true
  readonly serviceNow?: FaultRule | ReadonlyArray<FaultRule>
  readonly weni?: FaultRule
  /** The vendors answer no other calls, so repeated failures are an outage (SPEC 9.2). */
  readonly alone?: true
  /** The required result, wherever a process crashes. The numbers are exact. */
  readonly cases: number
  readonly notes: number
  readonly endings: ReadonlyArray<string>
  /** Whether the message is accepted by Weni when no attempt's answer is lost in a crash. */
  readonly sent: boolean
  /** The answer of an attempt never comes, so that the dispatch is in doubt even without a crash. */
  readonly inDoubt?: true
}

const usual = { records: [record()], cases: 1, notes: 1, endings: ["response"], sent: true } satisfies Scenario

const casePost = { method: "POST", path: "/api/now/table/sn_" }

/** What happens to the records of one communication; each partition holds one record. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  "both channels": usual,
  "both channels, new consumer": { ...usual, newConsumer: true },
  "WhatsApp only": { ...usual, records: [record({ cod_canais: ["whatsapp"] })], cases: 0, notes: 0 },
  "Weni answers 503, then accepts": { ...usual, weni: { kind: "status", status: 503 } },
  "Weni takes the message and never answers": { ...usual, weni: { kind: "timeout", when: "after" }, inDoubt: true },
  "the answer of the Case's POST is lost": {
    ...usual,
    serviceNow: { kind: "drop", when: "after", match: casePost }
  },
  "the Case is inserted after its POST has timed out for us": {
    ...usual,
    serviceNow: { kind: "drop", when: "later", delayMs: 20_000, match: casePost }
  },
  "the answer of the note's PATCH is lost": {
    ...usual,
    serviceNow: { kind: "drop", when: "after", match: { method: "PATCH" } }
  },
  "the note's PATCH is carried out after its connection was lost": {
    ...usual,
    serviceNow: { kind: "drop", when: "later", delayMs: 20_000, match: { method: "PATCH" } }
  },
  "ServiceNow is away for longer than the attempts, from the first look-up on": {
    ...usual,
    alone: true,
    serviceNow: { kind: "status", status: 503, times: 7 }
  },
  "ServiceNow is away after it has inserted the Case": {
    ...usual,
    alone: true,
    serviceNow: [
      { kind: "drop", when: "after", match: casePost },
      { kind: "status", status: 503, times: 7, match: { method: "GET", contains: "sn_customerservice_case" } }
    ]
  },
  "Weni is away for longer than the attempts": {
    ...usual,
    alone: true,
    weni: { kind: "status", status: 503, times: 7 }
  },
  "Weni asks to come back later": {
    ...usual,
    weni: { kind: "status", status: 503, headers: { "retry-after": "20" } }
  },
  "a phone that cannot be called": {
    ...usual,
    records: [record({ "cliente.num_telefone": "123" })],
    sent: false
  },
  "a repeat in another partition": { ...usual, records: [record(), record()], endings: ["response", "repeat"] },
  "an invalid record": {
    records: [record({ cod_jornada: 7 })],
    cases: 0,
    notes: 0,
    endings: ["dead_letter"],
    sent: false
  }
}
