import { assert, describe, it } from "@effect/vitest"

import { writeName } from "../../../src/domain/communication/EventsState.ts"
import type { Fact } from "../../../src/domain/communication/Fact.ts"
import { evolve, fold, type State } from "../../../src/domain/communication/State.ts"
import type { Answer } from "../../../src/domain/record/ChannelResult.ts"
import { dueOf, pendingWrites } from "../../../src/domain/rules/pendingWrites.ts"
import { everyFact } from "../../layers/journal/factExamples.ts"
import { sent } from "./modelCase.ts"

const factOf = (tag: Fact["_tag"]): Fact => everyFact.find(({ _tag }) => _tag === tag)!

const minute = 60_000
const hour = 60 * minute
const failure = (status: number, codigo: string): Answer => ({
  status,
  message: "x",
  erro: { codigo, detalhe: "x", tentativas: 1 }
})
const away = failure(503, "SEM_CONEXAO")

const noted = (response: Answer, written = false): Fact => ({
  _tag: "OutcomeNoted",
  at: 0,
  request: { work_notes: "n" },
  written,
  response,
  avisos: []
})

const retried = (at: number, response: Answer = away, written = false): Fact => ({
  _tag: "WriteRetried",
  at,
  write: writeName({ of: "outcome" }),
  written,
  response,
  avisos: []
})

const after = (...facts: ReadonlyArray<Fact>): State => facts.reduce(evolve, sent)

/** When each try is made, if each fails at once; and when it ends. */
const tries = (): ReadonlyArray<number> => {
  const times: Array<number> = []
  let state = after(noted(away))
  for (let due = dueOf(state); due !== undefined && times.length < 100; due = dueOf(state)) {
    times.push(due)
    state = evolve(state, retried(due))
  }
  return times
}

describe("writes to be tried again", () => {
  it("SPEC 6.4: after 1, 5, 15 minutes, then hourly for a day, and no more", () => {
    const times = tries()
    assert.deepStrictEqual(times.slice(0, 5), [minute, 6 * minute, 21 * minute, 81 * minute, 141 * minute])
    const [last = 0] = times.slice(-1)
    assert.strictEqual(times.length, 3 + 23)
    assert.isAtMost(last, 24 * hour)
    assert.isAbove(last + hour, 24 * hour)
  })

  const passing: ReadonlyArray<Answer> = [
    away,
    failure(504, "TIMEOUT"),
    failure(502, "RESPOSTA_INVALIDA"),
    failure(401, "HTTP_401"),
    failure(429, "HTTP_429"),
    failure(500, "HTTP_500"),
    failure(503, "HTTP_503")
  ]
  for (const response of passing) {
    it(`SPEC 6.4: ${response.erro?.codigo} is tried again`, () => {
      assert.strictEqual(dueOf(after(noted(response))), minute)
    })
  }

  for (const status of [400, 403, 404]) {
    it(`SPEC 6.4: HTTP_${status} is final, even in a later try`, () => {
      assert.isUndefined(dueOf(after(noted(failure(status, `HTTP_${status}`)))))
      assert.isUndefined(dueOf(after(noted(away), retried(minute, failure(status, `HTTP_${status}`)))))
    })
  }

  it("SPEC 6.4: a write that succeeded is not tried again, at first or later", () => {
    assert.isUndefined(dueOf(after(noted({ status: 200 }, true))))
    const state = after(noted(away), retried(minute, { status: 200 }, true))
    assert.isUndefined(dueOf(state))
    assert.deepStrictEqual([state.noted?.written, state.noted?.response], [true, { status: 200 }])
  })

  it("SPEC 6.4: each write has its own times, the earliest due first", () => {
    const event = { kind: "reply", at: 0, text: "Oi" } as const
    const state = after(
      noted(away),
      {
        _tag: "EventPlanned",
        at: 0,
        key: "k",
        origin: { topic: "t", partition: 0, offset: 0 },
        event,
        evento: "retorno_outro",
        answered: "outro",
        patches: [{ work_notes: "o" }]
      },
      { _tag: "EventWritten", at: 30_000, key: "k", index: 0, written: false, response: away, avisos: [] },
      retried(minute)
    )
    assert.deepStrictEqual(
      pendingWrites(state).map(({ dueAt, request }) => [request.work_notes, dueAt]),
      [
        ["o", 90_000],
        ["n", 6 * minute]
      ]
    )
    assert.strictEqual(dueOf(state), 90_000)
  })

  it("SPEC 7.3: an unacknowledged response is due five seconds after it was stored", () => {
    const stored: Fact = { _tag: "ResponseStored", at: 5, number: 1, content: {} }
    assert.strictEqual(dueOf(after(stored)), 5005)
    assert.isUndefined(dueOf(after(stored, { _tag: "ResponseAcknowledged", at: 6, number: 1 })))
  })

  it("SPEC 9.2: an order that has waited comes due while it is unfinished, because its record only waits for its end", () => {
    const held: Fact = { _tag: "Held", at: 10, step: "dispatch", vendor: "weni", reason: "r", attempts: 0, until: hour }
    const settled: Fact = { _tag: "DispatchSettled", at: 20, attempt: 1, outcome: "sent", response: { status: 200 } }
    const accepted = fold([factOf("Accepted")])
    const waits = evolve(accepted, held)
    assert.strictEqual(dueOf(accepted), undefined)
    assert.strictEqual(dueOf(waits), hour)
    const goesOn = evolve(waits, settled)
    assert.strictEqual(dueOf(goesOn), 5020)
    const stored: Fact = { _tag: "ResponseStored", at: 30, number: 1, origin: accepted.accepted!.origin, content: {} }
    const responded = evolve(goesOn, stored)
    assert.strictEqual(dueOf(evolve(responded, { _tag: "ResponseAcknowledged", at: 40, number: 1 })), undefined)
  })
})
