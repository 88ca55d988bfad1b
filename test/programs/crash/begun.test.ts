import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import { caseOf, fixtureId, notesOf, reply, sentWorld } from "../inbound/scene.ts"
import { crashAt } from "./crashAt.ts"

const yesNote = "Confirmação recebida do cliente: SIM."
const noNote = "Cliente respondeu NÃO. Encaminhado para atendimento humano para remarcar a entrega."

/**
 * A process crashes at this boundary of SIM. The next one first reads NÃO, from another partition. Returns true if SIM
 * was planned.
 */
const run = Effect.fnUntraced(function* (death: number) {
  const world = yield* sentWorld()
  yield* world.process.stop
  const { around, count, crashed } = crashAt(death)
  const process = yield* world.startWith(around)
  yield* world.answer(reply("SIM"), { partition: 0 })
  const done = Effect.map(world.inboundCommitted, ([offset]) => offset === 1)
  yield* world.until(
    Effect.map(Effect.all([crashed, done]), ([dead, over]) => dead || over),
    250
  )
  yield* process.kill
  const planned = (yield* world.facts(fixtureId)).some(({ _tag }) => _tag === "EventPlanned")
  world.broker.broker.group(world.settings.kafka.groupId).commit(world.settings.topics.inbound, 0, 1)
  yield* world.start
  yield* world.answer(reply("NÃO"), { partition: 1 })
  // A response that was stored and not acknowledged is published by the sweep, after the others (SPEC 7.3).
  const eventos = ["comunicacao", "retorno_nao", ...(planned ? ["retorno_sim"] : [])]
  const told = Effect.map(world.responses, (all) => [...new Set(all.map(({ evento }) => String(evento)))].toSorted())
  yield* world.until(
    Effect.map(told, (all) => all.length === eventos.length),
    250
  )
  assert.strictEqual((yield* caseOf(world)).fields.state, "10", `death at ${death}`)
  assert.deepStrictEqual(yield* notesOf(world), planned ? [yesNote, noNote] : [noNote], `death at ${death}`)
  assert.deepStrictEqual(yield* told, eventos, `death at ${death}`)
  return { boundaries: count(), planned }
})

const isolated = (death: number) => run(death).pipe(Effect.scoped, Effect.provide(TestClock.layer(), { local: true }))

describe("an event that a crashed process had begun", () => {
  it.effect("SPEC 8.5, 9.3: is completed before the next event, wherever the process crashed", () =>
    Effect.gen(function* () {
      const { boundaries } = yield* isolated(0)
      const deaths = Array.from({ length: boundaries }, (_, index) => index + 1)
      const runs = yield* Effect.forEach(deaths, isolated)
      assert.includeDeepMembers(
        runs.map(({ planned }) => planned),
        [true, false]
      )
    })
  )
})
