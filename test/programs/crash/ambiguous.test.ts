import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import { record } from "../../domain/outbound/records.ts"
import { joao } from "../../support/scene.ts"
import { makeWorld } from "../../support/World.ts"
import { reply, responsesTo } from "../inbound/scene.ts"
import { atEachBoundary, crashAt } from "./crashAt.ts"

const other = "pedido_entregue_amanha|550e8400-e29b-41d4-a716-446655440000|OUTRO"
const note = "Resposta do cliente que pode ser sobre outro pedido: Não"
const noNote = "Cliente respondeu NÃO. Encaminhado para atendimento humano para remarcar a entrega."
const yesNote = "Confirmação recebida do cliente: SIM."
const step = 250

interface Scenario {
  readonly serviceNow?: FaultRule
  /** The other order is answered before the next process reads the record again. */
  readonly answered?: true
}

/** Two orders to one phone, and an answer that only the phone matches. The process crashes at the given boundary. */
const run = Effect.fnUntraced(function* ({ answered, serviceNow }: Scenario, death: number) {
  const world = yield* makeWorld()
  yield* world.serviceNow.seed([joao])
  const before = yield* world.start
  yield* world.produce(record(), { partition: 0 })
  yield* world.produce(record({ id_correlacao: other }), { partition: 0 })
  yield* world.responded(2)
  yield* before.stop
  if (serviceNow) yield* world.serviceNow.faults.add(serviceNow)
  const { around, count, crashed } = crashAt(death)
  const process = yield* world.startWith(around)
  yield* world.answer(reply("Não", { context: undefined }), { partition: 0 })
  const ended = Effect.sync(() => world.store.records.size === 3)
  yield* world.until(
    Effect.map(Effect.all([crashed, ended]), (either) => either.includes(true)),
    step
  )
  yield* process.kill
  if (answered === true) yield* world.answer(reply("SIM", { context: { id_contexto: other } }), { partition: 1 })
  yield* world.start
  yield* world.until(
    Effect.map(world.inboundCommitted, ([first, second]) => first === 1 && (answered !== true || second === 1)),
    step
  )
  yield* TestClock.adjust("30 seconds")

  const where = `death at ${death}`
  const cases = yield* world.serviceNow.cases
  const [own, others] = cases.map(({ notes }) => notes.slice(1))
  const isAmbiguous = (yield* responsesTo(world, "correlacao_ambigua")).length > 0
  const sim = answered === true ? [yesNote] : []
  assert.deepStrictEqual(own, isAmbiguous ? [note] : [noNote], where)
  assert.deepStrictEqual((others ?? []).toSorted(), (isAmbiguous ? [...sim, note] : sim).toSorted(), where)
  // Without a fact of it before the other order was answered, the answer can only be for the first one.
  if (answered !== true) assert.isTrue(isAmbiguous, where)
  const responses = yield* responsesTo(world, "correlacao_ambigua")
  assert.isAtMost(new Set(responses.map((response) => JSON.stringify(response))).size, 1, where)
  assert.strictEqual((yield* world.inboundDeadLetters).length > 0, isAmbiguous, where)
  assert.strictEqual(world.store.parked.size, 0, where)
  assert.isTrue(
    [...world.store.communications.values()].every(({ view }) => view.due === undefined),
    where
  )
  return count()
})

const scenarios: Readonly<Record<string, Scenario>> = {
  "an ambiguous answer": {},
  "an ambiguous answer, one of whose PATCHes is answered and lost": {
    serviceNow: { kind: "drop", when: "after", match: { method: "PATCH" } }
  },
  "an ambiguous answer, one of whose PATCHes is carried out late": {
    serviceNow: { kind: "drop", when: "later", delayMs: 20_000, match: { method: "PATCH" } }
  },
  "an ambiguous answer, while the other order is answered": { answered: true }
}

describe("a crash at every boundary of an ambiguous answer", () => {
  for (const [name, scenario] of Object.entries(scenarios)) {
    it.effect(`SPEC 8.2, 9.3: ${name}: one note on each Case`, () =>
      Effect.gen(function* () {
        yield* atEachBoundary((death) => run(scenario, death), 5)
      })
    )
  }
})
