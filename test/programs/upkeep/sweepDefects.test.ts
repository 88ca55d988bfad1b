import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import type { Around } from "../../support/interposed.ts"
import { headersOf, preparedWorld } from "../../support/scene.ts"
import { fixture, makeWorld } from "../../support/World.ts"
import { counted, event, fixtureId, reply, responsesTo, told } from "../inbound/scene.ts"

const ofFixture = { context: { id_contexto: fixtureId } }

/** Between `begin` and `end` nothing can be recorded; `at` says when it was tried. */
const defect = () => {
  let on = false
  const at: Array<number> = []
  const around: Around = (call, effect) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      if (!on || call !== "Journal.append") return effect
      at.push(now)
      return Effect.die(new Error("our own fault"))
    })
  return { around, at, begin: Effect.sync(() => (on = true)), end: Effect.sync(() => (on = false)) }
}

describe("defects of our own while the sweep works", () => {
  it.effect("SPEC 9.7: a parked event is tried 20 times; its record is one dead letter with ERRO_INTERNO", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld()
      const { around, at, begin } = defect()
      yield* world.startWith(around)
      const sent = yield* world.answer(JSON.stringify([event("entregue", ofFixture), reply("SIM", ofFixture)]), {
        partition: 0
      })
      yield* world.ended(1)
      yield* world.produce(fixture("comunicacaoTransacional.json"))
      yield* world.ended(2)
      yield* begin
      yield* world.until(
        Effect.sync(() => world.store.parked.size === 0),
        1000
      )
      assert.lengthOf(at, 40)
      const refused = (yield* world.responses).slice(1)
      assert.deepStrictEqual(
        refused.map(({ erro, id_correlacao, id_resposta }) => [id_resposta, id_correlacao, (erro as Json).codigo]),
        [
          ["omnichannelRespostaCampanha/0/0", fixtureId, "ERRO_INTERNO"],
          ["omnichannelRespostaCampanha/0/0#1", fixtureId, "ERRO_INTERNO"]
        ]
      )
      const [letter, ...others] = yield* world.inboundDeadLetters
      assert.deepStrictEqual(others, [])
      assert.deepStrictEqual(letter?.value, sent.value)
      assert.strictEqual(headersOf(letter)["dlq-codigo"], "ERRO_INTERNO")
      assert.deepStrictEqual(yield* counted(world, "ctx_dead_letters_total"), {
        "omnichannelRespostaCampanha ERRO_INTERNO": 1
      })
    })
  )

  it.effect("SPEC 9.7: a defect that passes leaves no trace: the parked event is applied", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld()
      const { around, at, begin, end } = defect()
      yield* world.startWith(around)
      yield* world.answer(event("entregue", ofFixture))
      yield* world.ended(1)
      yield* world.produce(fixture("comunicacaoTransacional.json"))
      yield* world.ended(2)
      yield* begin
      yield* world.until(Effect.sync(() => at.length === 3))
      yield* end
      yield* world.until(Effect.sync(() => world.store.parked.size === 0))
      assert.lengthOf(yield* responsesTo(world, "entregue"), 1)
      assert.lengthOf(yield* world.inboundDeadLetters, 0)
    })
  )

  it.effect("SPEC 9.2, 9.7: an order that had waited is continued after a defect in a later step", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld({ alone: true, settings: { breaker: { failures: 1 } } })
      let appends = -Infinity
      // Once it continues: the intent of the Case, the Case with the intent of the dispatch, the answer.
      const around: Around = (call, effect) =>
        Effect.suspend(() =>
          call === "Journal.append" && ++appends === 3 ? Effect.die(new Error("our own fault")) : effect
        )
      yield* world.startWith(around)
      yield* world.serviceNow.faults.add({ kind: "status", status: 503, times: -1 })
      yield* world.produce(fixture("comunicacaoTransacional.json"))
      yield* world.until(Effect.sync(() => world.store.communications.get(fixtureId)?.view.held !== undefined))
      yield* Effect.sync(() => (appends = 0))
      yield* world.serviceNow.faults.clear
      yield* world.ended(1)
      assert.lengthOf(yield* world.weni.dispatches, 1)
      const [response, ...others] = yield* world.responses
      assert.deepStrictEqual(others, [])
      assert.strictEqual(response?.response_status, "partial_success")
    })
  )

  it.effect("SPEC 8.8, 9.7: a close that is due is tried ever less often, and never given up", () =>
    Effect.gen(function* () {
      // A minute before the desk opens.
      const world = yield* makeWorld({ at: Date.parse("2025-10-01T10:59:00Z") })
      const { around, at, begin, end } = defect()
      yield* world.startWith(around)
      yield* world.produce(fixture("comunicacaoTransacional.json"))
      yield* world.responded(1)
      yield* told(world, reply("SIM"))
      yield* world.ended(2)
      yield* begin
      const opens = Date.parse("2025-10-01T11:00:00Z")
      yield* world.until(
        Effect.map(Clock.currentTimeMillis, (now) => now >= opens + 6 * 3_600_000),
        5000
      )
      // Half a second doubled up to a quarter of an hour, each spread by a fifth.
      assert.isAtLeast(at.length, 25)
      assert.isAtMost(at.length, 45)
      assert.isAbove((at.at(-1) ?? 0) - (at.at(-2) ?? 0), 0.75 * 900_000)
      yield* end
      yield* world.until(
        Effect.map(responsesTo(world, "fechamento"), (all) => all.length === 1),
        1000
      )
    })
  )
})
