import { assert, it } from "@effect/vitest"
import { Effect } from "effect"

import { record } from "../../domain/outbound/records.ts"
import type { Around } from "../../support/interposed.ts"
import { runningWorld } from "../../support/scene.ts"
import { event, reply, responsesTo } from "../inbound/scene.ts"

const maxInFlight = 4

it.effect(
  "SPEC 9.5: a record that has waited for its turn takes a place again, and no other record begins meanwhile",
  () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ settings: { maxInFlight } })
      const names = Array.from({ length: 15 }, (_, n) => n + 1)
      for (const n of names) yield* world.produce(record({ id_correlacao: `order-${n}` }))
      yield* world.responded(15)
      for (const n of names)
        yield* world.answer(event("enviada", { message_id: `wamid.${n}`, context: { id_contexto: `order-${n}` } }))
      yield* world.responded(30)
      yield* world.process.stop

      let [atWork, most] = [0, 0]
      const counting: Around = (call, effect) => {
        if (call !== "Http.send") return effect
        return Effect.suspend(() => {
          most = Math.max(most, ++atWork)
          return Effect.ensuring(
            effect,
            Effect.sync(() => atWork--)
          )
        })
      }
      // No two end in the same moment.
      for (const n of names) {
        const match = { method: "PATCH", id: `order-${n}` }
        yield* world.serviceNow.faults.add({ kind: "slow", delayMs: 2000 + 37 * n, times: -1, match })
      }
      yield* world.startWith(counting)
      /** An answer that names only the message, so that each record has its own key. */
      const answer = (n: number, text: string) =>
        world.answer(reply(text, { message_id: `${text}-${n}`, context: { id: `wamid.${n}` } }), { partition: 0 })
      for (const n of [1, 2, 3]) for (const text of ["a", "b", "c"]) yield* answer(n, text)
      for (const n of names.slice(3)) yield* answer(n, "d")
      yield* world.until(Effect.map(responsesTo(world, "retorno_outro"), ({ length }) => length === 21))
      // A record may begin just before the next one of a communication takes its place. Without places it would be 8 or
      // more.
      assert.isAtMost(most, maxInFlight + 2)
    })
)
