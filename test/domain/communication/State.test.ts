import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import { isResendWaiting } from "../../../src/domain/communication/DispatchState.ts"
import type { Fact, FactOf } from "../../../src/domain/communication/Fact.ts"
import { evolve, fold, initial, dispatchOutcome } from "../../../src/domain/communication/State.ts"
import { indexOf, viewOf } from "../../../src/domain/views/View.ts"

const intended = (attempt: number): FactOf<"DispatchIntended"> => ({
  _tag: "DispatchIntended",
  at: attempt,
  attempt,
  request: {}
})
const settled = (outcome: FactOf<"DispatchSettled">["outcome"], messageId?: string): FactOf<"DispatchSettled"> => ({
  _tag: "DispatchSettled",
  at: 9,
  attempt: 1,
  outcome,
  response: { status: 200 },
  ...(messageId !== undefined && { messageId })
})
const refused = (attempt: number): FactOf<"DispatchRefused"> => ({
  _tag: "DispatchRefused",
  at: attempt,
  attempt,
  response: { status: 503 }
})
const opened: FactOf<"CaseOpened"> = {
  _tag: "CaseOpened",
  at: 3,
  sysId: "0397c743db43aaaaaaaaaaaaaaaaaaaa",
  number: "CS0001005",
  response: { status: 201 },
  avisos: []
}
const failed: FactOf<"CaseFailed"> = { _tag: "CaseFailed", at: 4, response: { status: 503 }, avisos: [] }
const acknowledged = (number: number): Fact => ({ _tag: "ResponseAcknowledged", at: 1, number })

const anyFact = fc.oneof(
  fc.constantFrom<Fact>(opened, failed, settled("sent"), settled("failed"), settled("in_doubt")),
  fc.integer({ min: 1, max: 5 }).map(intended),
  fc.integer({ min: 1, max: 5 }).map(refused),
  fc.integer({ min: 1, max: 5 }).map(acknowledged)
)

describe("fold", () => {
  it("SPEC 4.3, 9.2: a Case that waits keeps its intent while its request may have been sent", () => {
    const intent: Fact = { _tag: "CaseIntended", at: 1, body: {} }
    const held: Fact = { _tag: "Held", at: 2, step: "case", vendor: "servicenow", reason: "HTTP 503", attempts: 1 }
    assert.deepStrictEqual(fold([intent, { ...held, appearsUntil: 9 }]).caseIntent, intent)
    assert.isUndefined(fold([intent, held]).caseIntent)
    assert.deepStrictEqual(fold([intent, { ...held, step: "outcome" }]).caseIntent, intent)
  })

  it("SPEC 6.4: the outcome's note is written once a later try of it, and of no other write, has written it", () => {
    const noted: FactOf<"OutcomeNoted"> = {
      _tag: "OutcomeNoted",
      at: 1,
      request: { work_notes: "n" },
      written: false,
      response: { status: 503 },
      avisos: []
    }
    const retried: FactOf<"WriteRetried"> = {
      _tag: "WriteRetried",
      at: 2,
      write: "outcome",
      written: true,
      response: { status: 200 },
      avisos: ["a"]
    }
    const { at, avisos, response, written } = retried
    assert.deepStrictEqual(fold([noted, retried]).noted, { ...noted, at, avisos, response, written })
    assert.deepStrictEqual(fold([noted, { ...retried, written: false }]).noted, noted)
    assert.deepStrictEqual(fold([noted, { ...retried, write: "close" }]).noted, noted)
    const resent: Fact = { _tag: "Decided", at: 2, decision: "resend", reason: "x" }
    assert.isUndefined(fold([intended(1), settled("in_doubt"), noted, resent, retried]).noted)
  })

  it("SPEC 5.3, 8.6: only an operator's resend waits, until it has an attempt or another answer ends it", () => {
    const waits = (...facts: ReadonlyArray<Fact>) => isResendWaiting(fold(facts).dispatch)
    const decided: Fact = { _tag: "Decided", at: 10, decision: "resend", reason: "x" }
    assert.isFalse(waits())
    assert.isFalse(waits(intended(1), refused(1)))
    const resent = [intended(1), settled("in_doubt"), decided]
    assert.isTrue(waits(...resent))
    assert.isFalse(waits(...resent, intended(2)))
    assert.isFalse(waits(...resent, settled("sent")))
  })

  it("SPEC 5.3: an intent without an answer is open; its answer, refusal or settlement closes it", () => {
    const open = (...facts: ReadonlyArray<Fact>) => [...fold(facts).dispatch.open]
    assert.deepStrictEqual(open(intended(1)), [1])
    assert.deepStrictEqual(open(intended(1), refused(1)), [])
    assert.deepStrictEqual(open(intended(1), settled("sent")), [])
    assert.deepStrictEqual(open(intended(1), refused(1), intended(2)), [2])
    assert.strictEqual(fold([intended(1), refused(1), intended(2)]).dispatch.attempts, 2)
  })

  it("SPEC 5.3: an answer that comes late settles the doubt; nothing unsettles an answer", () => {
    const outcome = (...facts: ReadonlyArray<Fact>) => dispatchOutcome(fold(facts))
    assert.strictEqual(outcome(settled("in_doubt"), settled("sent")), "sent")
    assert.strictEqual(outcome(settled("sent"), settled("in_doubt")), "sent")
    assert.strictEqual(outcome(settled("in_doubt"), settled("failed")), "failed")
    assert.strictEqual(outcome(settled("failed"), settled("in_doubt")), "failed")
    assert.strictEqual(outcome(intended(1), settled("in_doubt"), refused(1)), "failed")
  })

  it("SPEC 4.3: a Case that is open stays open, whatever another run gave up", () => {
    assert.strictEqual(fold([opened, failed]).case?._tag, "CaseOpened")
    assert.strictEqual(fold([failed, opened]).case?._tag, "CaseOpened")
  })

  it("counts every fact and folds a prefix and the rest to the same state as the whole", () => {
    fc.assert(
      fc.property(fc.array(anyFact, { maxLength: 20 }), fc.nat(20), (facts, at) => {
        const whole = fold(facts)
        assert.strictEqual(whole.seq, facts.length)
        assert.deepStrictEqual(facts.slice(at).reduce(evolve, fold(facts.slice(0, at))), whole)
      })
    )
  })

  it("never mutates an earlier state", () => {
    const before = fold([intended(1)])
    evolve(before, settled("sent"))
    assert.deepStrictEqual([...before.dispatch.open], [1])
    assert.deepStrictEqual([initial.seq, initial.dispatch.attempts, initial.responses], [0, 0, 0])
  })
})

describe("viewOf and indexOf", () => {
  it("shows the Case and a dispatch in doubt", () => {
    assert.deepStrictEqual(viewOf(fold([opened, settled("in_doubt")]), "+5511999999999"), {
      journey: "",
      status: "working",
      caseNumber: "CS0001005",
      caseSysId: "0397c743db43aaaaaaaaaaaaaaaaaaaa",
      inDoubt: true,
      addressee: { phone: "+5511999999999", sentAt: 9 },
      listing: { codigos: [], whatsapp: { outcome: "in_doubt", attempts: 0 } },
      createdAt: 3,
      updatedAt: 9
    })
  })

  it("SPEC 5.2, 8.2: indexes the Case and the message id", () => {
    assert.deepStrictEqual(indexOf([opened, settled("sent", "wamid.1")]), [
      { kind: "case_number", value: "CS0001005" },
      { kind: "case_sys_id", value: "0397c743db43aaaaaaaaaaaaaaaaaaaa" },
      { kind: "message_id", value: "wamid.1" }
    ])
    assert.deepStrictEqual(indexOf([settled("failed")]), [])
  })
})
