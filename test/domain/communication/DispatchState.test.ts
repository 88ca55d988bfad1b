import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import type { Decision } from "../../../src/domain/communication/Decision.ts"
import type { Fact } from "../../../src/domain/communication/Fact.ts"
import {
  changeDue,
  evolve,
  initial,
  type State,
  dispatchOutcome,
  overallOutcomeOf
} from "../../../src/domain/communication/State.ts"
import type { InboundEvent } from "../../../src/domain/inbound/InboundEvent.ts"

/** What really became of one attempt, whatever the journal knows. */
type Truth = "sent" | "failed" | "refused" | "lost"

/** An attempt as the model sees it. */
type Known = "open" | "in_doubt" | "sent" | "failed"

interface Model {
  readonly state: State
  readonly attempts: ReadonlyMap<number, Known>
  /** Attempts before the latest `resend`. */
  readonly earlier: number
  /** Whether another attempt follows by itself. */
  readonly goesOn: boolean
  /** The operator's `sent` or `not_sent`. */
  readonly word?: "sent" | "failed"
  readonly events: ReadonlyArray<InboundEvent["kind"]>
  /** Who said what when the latest response was stored. */
  readonly told?: string
}

const empty: Model = { state: initial, attempts: new Map(), earlier: 0, goesOn: true, events: [] }

const at = 1
const response = { status: 200 }

const recorded = (model: Model, attempt: number, known: Known, ...facts: ReadonlyArray<Fact>): Model => ({
  ...model,
  state: facts.reduce(evolve, model.state),
  attempts: new Map(model.attempts).set(attempt, known)
})

const settledAs = (attempt: number, outcome: "sent" | "failed" | "in_doubt"): Fact => ({
  _tag: "DispatchSettled",
  at,
  attempt,
  outcome,
  response
})

/**
 * The model after the answer to an attempt, now or late. A truth that is not an answer changes nothing if the doubt is
 * known.
 */
const answered = (model: Model, attempt: number, truth: Truth): Model => {
  if (truth === "refused") {
    return recorded(model, attempt, "failed", { _tag: "DispatchRefused", at, attempt, response })
  }
  const outcome = truth === "lost" ? "in_doubt" : truth
  const ends = outcome === "sent" || attempt > model.earlier
  const next = recorded(model, attempt, outcome, settledAs(attempt, outcome))
  return { ...next, goesOn: model.goesOn && !ends }
}

/** SPEC 8.6: what all events report, in any order. */
const reported = ({ events }: Model) => {
  if (events.some((kind) => kind === "delivered" || kind === "read" || kind === "reply")) return "sent"
  if (events.includes("failed")) return "failed"
  return events.includes("sent") ? "sent" : undefined
}

const toldBy = ({ state }: Model) => {
  const standing = overallOutcomeOf(state)
  return `${standing?.outcome} by ${standing?.by}`
}

const origin = { topic: "t", partition: 0, offset: 0 }

const planned = (kind: InboundEvent["kind"], index: number): Fact => ({
  _tag: "EventPlanned",
  at,
  key: String(index),
  origin,
  event: { kind, at },
  evento: "entregue",
  patches: []
})

const is = (model: Model, known: Known) => [...model.attempts.values()].includes(known)

/** SPEC 5.3: the outcome of all attempts. */
const expected = (model: Model) => {
  if (is(model, "sent")) return "sent"
  if (is(model, "in_doubt")) return model.word ?? reported(model) ?? "in_doubt"
  return is(model, "open") || model.goesOn ? undefined : "failed"
}

interface Step {
  readonly kind: "attempt" | "answer" | "lost" | "decide" | "give up" | "event" | "carry out"
  readonly pick: number
  readonly truth: Truth
  readonly decision: Decision
  readonly event: InboundEvent["kind"]
}

const unanswered = (model: Model) =>
  [...model.attempts].flatMap(([attempt, known]) => (known === "open" || known === "in_doubt" ? [attempt] : []))

/** SPEC 8.6: an event that settles a doubt cancels a resend that has no attempt under way. */
const cancelled = (model: Model): Model =>
  model.events.length > 0 && (is(model, "in_doubt") || model.earlier > 0) && !is(model, "open")
    ? { ...model, goesOn: false }
    : model

/** Does what the programs would do in this state. */
const attempted = (model: Model, { decision, event, kind, pick, truth }: Step): Model => {
  const { dispatch } = model.state
  switch (kind) {
    case "attempt": {
      if (dispatch.over || dispatch.open.size > 0) return model
      assert.isFalse(is(model, "open") || is(model, "sent"), "an attempt beside one that is open or sent")
      assert.isFalse(is(model, "in_doubt") && model.events.length > 0, "an attempt after an event settled the doubt")
      const attempt = dispatch.attempts + 1
      return recorded(model, attempt, "open", { _tag: "DispatchIntended", at, attempt, request: {} })
    }
    case "answer": {
      const all = unanswered(model)
      const attempt = all[pick % Math.max(all.length, 1)]
      return attempt === undefined ? model : answered(model, attempt, truth)
    }
    case "lost":
      return dispatch.over
        ? model
        : [...dispatch.open].reduce((next, attempt) => answered(next, attempt, "lost"), model)
    case "give up": {
      // The order is too old, so no other attempt is made.
      if (dispatch.over || dispatch.open.size > 0) return model
      const fact = settledAs(dispatch.refused?.attempt ?? 0, "failed")
      return { ...model, state: evolve(model.state, fact), goesOn: false }
    }
    case "event": {
      const fact = planned(event, model.events.length)
      return { ...model, state: evolve(model.state, fact), events: [...model.events, event] }
    }
    case "carry out": {
      if (!dispatch.over || model.state.response !== undefined) return model
      const number = model.state.responses + 1
      const state = evolve(model.state, { _tag: "ResponseStored", at, number, origin, content: {} })
      return { ...model, state, told: toldBy(model) }
    }
    case "decide": {
      if (!dispatch.over || dispatchOutcome(model.state) !== "in_doubt") return model
      const state = evolve(model.state, { _tag: "Decided", at, decision, reason: "x" })
      return decision === "resend"
        ? { ...model, state, earlier: dispatch.attempts, goesOn: true }
        : { ...model, state, word: decision === "sent" ? "sent" : "failed" }
    }
  }
}

const step = (model: Model, one: Step): Model => cancelled(attempted(model, one))

const truth = fc.constantFrom<Truth>("sent", "failed", "refused", "lost")
const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom("attempt", "attempt", "answer", "lost", "decide", "give up", "event", "carry out"),
    pick: fc.nat(9),
    truth,
    decision: fc.constantFrom<Decision>("resend", "resend", "sent", "not_sent"),
    event: fc.constantFrom("sent", "delivered", "read", "failed", "reply")
  }),
  { minLength: 10, maxLength: 40, size: "max" }
)

describe("the dispatch, attempt by attempt", () => {
  it("SPEC 5.3: sent if any attempt is; else in doubt while one is; never an attempt beside one that is open or sent", () => {
    fc.assert(
      fc.property(steps, (all) => {
        let model = empty
        for (const one of all) {
          model = step(model, one)
          assert.strictEqual(dispatchOutcome(model.state), expected(model))
          const { over, refused } = model.state.dispatch
          assert.strictEqual(over, !model.goesOn)
          assert.isTrue(refused === undefined || refused.attempt > model.earlier)
        }
      }),
      { numRuns: 2000 }
    )
  })

  it("SPEC 5.3: the latest response has the current outcome and its source, or another response is due", () => {
    fc.assert(
      fc.property(steps, (all) => {
        let model = empty
        for (const one of all) {
          model = step(model, one)
          const { response } = model.state
          assert.isTrue(response === undefined || model.told === toldBy(model))
          assert.isTrue(response !== undefined || model.told === undefined || changeDue(model.state) !== undefined)
        }
      }),
      { numRuns: 2000 }
    )
  })

  it("SPEC 5.3: late answers settle the same in any order", () => {
    const late = fc.array(truth, { minLength: 9, maxLength: 9 })
    const order = fc.array(fc.nat(), { minLength: 9, maxLength: 9 })
    fc.assert(
      fc.property(steps, late, order, (all, truths, places) => {
        const before = all.reduce(step, empty)
        const attempts = unanswered(before)
        const shuffled = attempts.toSorted((one, other) => (places[one % 9] ?? 0) - (places[other % 9] ?? 0))
        const after = (in_: ReadonlyArray<number>) =>
          in_.reduce((model, attempt) => cancelled(answered(model, attempt, truths[attempt % 9] ?? "lost")), before)
        const [one, other] = [after(attempts), after(shuffled)]
        assert.strictEqual(dispatchOutcome(one.state), dispatchOutcome(other.state))
        assert.strictEqual(one.state.dispatch.over, other.state.dispatch.over)
        assert.deepStrictEqual(one.state.dispatch.doubts, other.state.dispatch.doubts)
      }),
      { numRuns: 1000 }
    )
  })

  it("SPEC 5.3: an attempt that was given up before its request leaves the earlier attempt's doubt", () => {
    const facts: ReadonlyArray<Fact> = [
      { _tag: "DispatchIntended", at, attempt: 1, request: {} },
      settledAs(1, "in_doubt"),
      { _tag: "Decided", at, decision: "resend", reason: "x" },
      settledAs(0, "failed")
    ]
    const state = facts.reduce(evolve, initial)
    assert.deepStrictEqual([state.dispatch.over, dispatchOutcome(state)], [true, "in_doubt"])
    assert.strictEqual(dispatchOutcome(evolve(state, settledAs(1, "failed"))), "failed")
  })

  it("SPEC 8.6: a resend makes no other attempt once an event has come, in any order of the refusals", () => {
    const before: ReadonlyArray<Fact> = [
      { _tag: "DispatchIntended", at, attempt: 1, request: {} },
      settledAs(1, "in_doubt"),
      { _tag: "Decided", at, decision: "resend", reason: "x" },
      { _tag: "DispatchIntended", at, attempt: 2, request: {} },
      planned("sent", 0)
    ]
    const refusals = [1, 2].map((attempt): Fact => ({ _tag: "DispatchRefused", at, attempt, response }))
    for (const order of [refusals, refusals.toReversed()]) {
      const state = [...before, ...order].reduce(evolve, initial)
      assert.deepStrictEqual([state.dispatch.over, dispatchOutcome(state)], [true, "failed"])
    }
  })
})
