import { assert, describe, it } from "@effect/vitest"
import { vi } from "vitest"

import { writeName } from "../../../src/domain/communication/EventsState.ts"
import type { Fact, FactOf } from "../../../src/domain/communication/Fact.ts"
import { evolve, type State } from "../../../src/domain/communication/State.ts"
import type { InboundEvent } from "../../../src/domain/inbound/InboundEvent.ts"
import { notesKnownWritten } from "../../../src/domain/rules/agentChanges.ts"
import { dueOf } from "../../../src/domain/rules/pendingWrites.ts"
import { eventContextOf, planEvent, progressKey } from "../../../src/domain/rules/planEvent.ts"
import { viewOf } from "../../../src/domain/views/View.ts"
import { journey } from "../outbound/records.ts"
import { sent } from "./modelCase.ts"

const origin = { topic: "t", partition: 0, offset: 0 }
const theJourney = journey()

/** What one run touches: entries put into maps and sets, and patches of plans that are read. */
interface Touched {
  count: number
}

/** Counts the entries that are put into maps and sets while `work` runs. A copied map counts each of its entries. */
const countingEntries = <A>(touched: Touched, work: () => A): A => {
  const spies = [vi.spyOn(Map.prototype, "set"), vi.spyOn(Set.prototype, "add")]
  try {
    return work()
  } finally {
    for (const spy of spies) {
      touched.count += spy.mock.calls.length
      spy.mockRestore()
    }
  }
}

/** The plan, whose patches count how often they are read. */
const counted = (touched: Touched, plan: FactOf<"EventPlanned">): FactOf<"EventPlanned"> => {
  const { patches } = plan
  return Object.defineProperty({ ...plan }, "patches", {
    enumerable: true,
    get: () => {
      touched.count++
      return patches
    }
  })
}

type Outcome = Pick<FactOf<"EventWritten">, "written" | "response">
const written: Outcome = { written: true, response: { status: 200 } }
const refused: Outcome = {
  written: false,
  response: { status: 403, message: "x", erro: { codigo: "HTTP_403", detalhe: "x", tentativas: 1 } }
}

/** One event from its plan to its acknowledged response, with every query of the state in between. */
const live = (before: State, event: InboundEvent, outcome: Outcome, touched: Touched): State => {
  const at = event.at
  const key = progressKey(before.events, event)
  if (before.events.byKey.has(key)) return before
  const decided = planEvent({
    context: eventContextOf(before),
    event,
    journey: theJourney,
    humanGroup: undefined,
    deliveryDate: undefined,
    now: at
  })
  const plan = counted(touched, { _tag: "EventPlanned", at, key, origin, index: 0, event, ...decided })
  const number = before.responses + 1
  const commits: ReadonlyArray<ReadonlyArray<Fact>> = [
    [plan],
    [
      ...decided.patches.map((_, index): Fact => ({ _tag: "EventWritten", at, key, index, ...outcome, avisos: [] })),
      { _tag: "ResponseStored", at, number, origin, event: key, content: {} }
    ],
    [{ _tag: "ResponseAcknowledged", at, number }]
  ]
  return commits.reduce((state, facts) => {
    for (const patch of decided.patches) notesKnownWritten(state, patch)
    const next = facts.reduce(evolve, state)
    viewOf(next, "+5511999999999")
    dueOf(next)
    return next
  }, before)
}

const minute = 60_000

const stories: Readonly<Record<string, readonly [(n: number) => InboundEvent, Outcome]>> = {
  "answers that nobody understands": [
    (n) => ({ kind: "reply", at: n * minute, messageId: `m-${n}`, text: `Oi ${n}` }),
    written
  ],
  "answers whose notes ServiceNow refuses": [
    (n) => ({ kind: "reply", at: n * minute, messageId: `m-${n}`, text: `Oi ${n}` }),
    refused
  ],
  "SIM and NÃO in turn": [
    (n) => ({ kind: "reply", at: n * minute, messageId: `m-${n}`, text: n % 2 === 0 ? "SIM" : "NÃO" }),
    written
  ],
  "deliveries of many messages": [(n) => ({ kind: "delivered", at: n * minute, messageId: `m-${n}` }), written],
  "deliveries that come last first": [(n) => ({ kind: "read", at: 1e9 - n * minute, messageId: `m-${n}` }), written],
  "failures of many messages": [
    (n) => ({ kind: "failed", at: n * minute, messageId: `m-${n}`, code: String(n) }),
    written
  ]
}

const after = (
  count: number,
  story: keyof typeof stories & string
): { readonly state: State; readonly touched: Touched } => {
  const touched = { count: 0 }
  const [event, outcome] = stories[story] ?? assert.fail(story)
  const state = countingEntries(touched, () => {
    let now = sent
    for (let n = 0; n < count; n++) now = live(now, event(n), outcome, touched)
    return now
  })
  return { state, touched }
}

/** What is touched until `count` answers are planned behind a write that an outage of ServiceNow holds back. */
const heldBehind = (count: number): Touched => {
  const touched = { count: 0 }
  countingEntries(touched, () => {
    let state = sent
    for (let n = 0; n < count; n++) {
      const event: InboundEvent = { kind: "reply", at: n * minute, messageId: `m-${n}`, text: `Oi ${n}` }
      const key = progressKey(state.events, event)
      const patches = [{ work_notes: `Oi ${n}` }]
      const plan = { at: event.at, key, origin, index: 0, event, evento: "retorno_outro", answered: "outro" } as const
      state = evolve(state, counted(touched, { _tag: "EventPlanned", ...plan, patches }))
      const step = writeName({ of: "event", key, index: 0 })
      if (n === 0)
        state = evolve(state, { _tag: "Held", at: 0, step, vendor: "servicenow", reason: "HTTP 503", attempts: 1 })
      assert.deepStrictEqual(viewOf(state, undefined).held, { servicenow: 0 })
    }
  })
  return touched
}

describe("SPEC 9.5: a communication costs as much for each of its events, however many it has had", () => {
  for (const story of Object.keys(stories)) {
    it(`with ${story}`, () => {
      const [few, many] = [after(30, story), after(300, story)]
      assert.strictEqual(many.state.events.byKey.size, 300)
      assert.isAtMost(many.touched.count / few.touched.count, 11)
    })
  }

  it("with answers that wait behind a held write", () => {
    assert.isAtMost(heldBehind(300).count / heldBehind(30).count, 11)
  })

  it("with a write that is tried again among many", () => {
    const { state, touched } = after(300, "answers whose notes ServiceNow refuses")
    const key = [...state.events.byKey.keys()].at(-1) ?? ""
    const write = writeName({ of: "event", key, index: 0 })
    const before = touched.count
    const retried = countingEntries(touched, () =>
      evolve(state, { _tag: "WriteRetried", at: 0, write, ...written, avisos: [] })
    )
    assert.isAtMost(touched.count - before, 10)
    assert.isTrue(retried.events.byKey.get(key)?.written.get(0)?.written)
  })
})
