import { assert, describe, it } from "@effect/vitest"

import type { StoredCase } from "../../../simulators/servicenow/inspect.ts"
import type { Fact } from "../../../src/domain/communication/Fact.ts"
import type { Delivery } from "../../simulation/scenario/Scenario.ts"
import type { Injection } from "../Injection.ts"
import { doubtViolations } from "./doubts.ts"
import { findingsOf } from "./findings.ts"
import type { Evidence, Taken } from "./read.ts"

const id = "sempre_aberta|c1|P1"

const delivery: Delivery = {
  after: 0,
  topic: "in",
  partition: 0,
  value: "{}",
  expected: { kind: "order", id, content: 0 }
}
const response = { id_correlacao: id, id_resposta: `${id}#1`, evento: "comunicacao", resultados: {} }
const taken: Taken = { ...delivery, origin: "in/0/0", at: 1, ending: "response", responses: [response], deadLetters: 0 }

const theCase: StoredCase = {
  sysId: "c1",
  number: "CS1",
  fields: { u_id_correlacao: id },
  notes: ["enviado"],
  comments: []
}
const accepted = { at: 1, campaign: "x", idContexto: id, idCase: "CS1", fullNumber: "+5511980000001", messageId: "m" }

const evidence: Evidence = {
  arrived: [taken],
  published: [{ at: 2, response }],
  responses: [response],
  cases: [theCase],
  consumers: [],
  accepted: [accepted],
  facts: () => []
}

/** Findings without conversations, which the simulation's own invariants check. */
const found = (change: Partial<Evidence>, deliveries: ReadonlyArray<Delivery> = [delivery]) => {
  const findings = findingsOf({ ...evidence, ...change }, { deliveries, conversations: [] }, [])
  return Object.fromEntries(Object.entries(findings).filter(([, all]) => all.length > 0))
}

describe("the auditor of chaos", () => {
  it("finds nothing if nothing is wrong", () => {
    assert.deepStrictEqual(found({}), {})
  })

  it("SPEC 2.7: a record is lost without an ending, without a response, or if no topic has it", () => {
    const lost = { ...taken, ending: undefined, responses: [] }
    assert.deepStrictEqual(found({ arrived: [lost] }), {
      lost: ["in/0/0 (order) ended not at all", 'in/0/0 (order) was answered ""']
    })
    assert.deepStrictEqual(found({}, [delivery, { ...delivery, value: "another" }]), {
      lost: ["delivery 1 is in no topic"]
    })
  })

  it("SPEC 4.3, 5.3, 6.2: finds a second Case, a second accepted dispatch and a repeated note", () => {
    assert.deepStrictEqual(found({ cases: [theCase, { ...theCase, sysId: "c2" }] }), {
      secondCases: [`${id}: 2 Cases`]
    })
    assert.deepStrictEqual(found({ accepted: [accepted, accepted] }), {
      secondDispatches: [`${id}: 2 accepted dispatches`]
    })
    assert.deepStrictEqual(found({ cases: [{ ...theCase, notes: ["enviado", "enviado"] }] }), {
      doubledNotes: [`${id}: enviado: 2 times this note`]
    })
  })

  it("SPEC 7.3: finds an id_resposta with two contents", () => {
    const { contents } = found({ responses: [response, { ...response, evento: "lida" }] })
    assert.lengthOf(contents ?? [], 1)
  })
})

describe("doubts", () => {
  const facts: ReadonlyArray<Fact> = [
    { _tag: "DispatchIntended", at: 1000, attempt: 1, request: {} },
    {
      _tag: "DispatchSettled",
      at: 9000,
      attempt: 1,
      outcome: "in_doubt",
      response: { status: 502, message: "resultado desconhecido" }
    }
  ]
  const injected = (kind: Injection["kind"], began: number): Injection => ({ kind, detail: "", began, ended: began })

  it("SPEC 5.3: an attempt that a kill interrupted may be in doubt", () => {
    assert.deepStrictEqual(doubtViolations(facts, id, [injected("kill -9 of 1 replica", 2000)]), [])
  })

  it("SPEC 5.3: a doubt without a kill, a stop or a lost shard is a finding", () => {
    for (const injections of [
      [],
      [injected("broker killed and restarted", 2000)],
      [injected("kill -9 of 1 replica", 9500)]
    ]) {
      assert.lengthOf(doubtViolations(facts, id, injections), 1)
    }
  })

  it("SPEC 5.3: an attempt that Weni did not answer is in doubt without a fault", () => {
    const [intended, settled] = facts
    const unanswered = { ...settled, response: { status: 504, message: "timeout" } } as Fact
    assert.deepStrictEqual(doubtViolations([intended as Fact, unanswered], id, []), [])
  })
})
