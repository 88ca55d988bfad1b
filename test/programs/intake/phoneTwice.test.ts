import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { record } from "../../domain/outbound/records.ts"
import { crashAt } from "../crash/crashAt.ts"
import { fixtureId, notesOf, reply, responsesTo, sentWorld, told } from "../inbound/scene.ts"

const yesNote = "Confirmação recebida do cliente: SIM."

/** Answers that only their sender's phone matches. */
const answers: Readonly<Record<string, Json>> = {
  "with an id of its own": reply("sim", { context: undefined }),
  "without any id": reply("sim", { context: undefined, message_id: undefined })
}

describe("an answer known by its phone alone, delivered twice", () => {
  for (const [name, answer] of Object.entries(answers)) {
    it.effect(`SPEC 8.4: ${name}: the second one is a duplicate`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        const [first, second] = yield* told(world, answer, answer)
        assert.deepStrictEqual({ ...second, origem: undefined }, { ...first, duplicado: true, origem: undefined })
        assert.deepStrictEqual(yield* notesOf(world), [yesNote])
      })
    )

    it.effect(`SPEC 8.4: ${name}: it does not answer the customer's next message`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        yield* told(world, answer)
        yield* world.answer(answer, { partition: 0 })
        yield* world.produce(record({ id_correlacao: "outra" }))
        yield* world.until(Effect.map(world.responses, (all) => all.some((one) => one.id_correlacao === "outra")))
        yield* TestClock.adjust("20 seconds")
        const ids = (yield* responsesTo(world, "retorno_sim")).map(({ id_correlacao }) => id_correlacao)
        assert.deepStrictEqual(ids, [fixtureId, fixtureId])
      })
    )

    it.effect(`SPEC 9.3, 8.2: ${name}: delivered again after a crash at any boundary`, () =>
      Effect.gen(function* () {
        for (let death = 1; death <= 30; death++) {
          const world = yield* sentWorld()
          yield* world.process.stop
          const { around, crashed } = crashAt(death)
          const process = yield* world.startWith(around)
          yield* world.answer(answer, { partition: 0 })
          const answered = Effect.map(responsesTo(world, "retorno_sim"), (all) => all.length > 0)
          yield* world.until(Effect.map(Effect.all([crashed, answered]), (either) => either.includes(true)))
          yield* process.kill
          yield* world.start
          yield* world.until(Effect.map(world.inboundCommitted, ([offset]) => offset === 1))
          yield* TestClock.adjust("10 seconds")
          const responses = yield* responsesTo(world, "retorno_sim")
          const where = `death at ${death}`
          assert.strictEqual(new Set(responses.map(({ id_resposta }) => id_resposta)).size, 1, where)
          assert.deepStrictEqual(yield* notesOf(world), [yesNote], where)
        }
      })
    )
  }
})
