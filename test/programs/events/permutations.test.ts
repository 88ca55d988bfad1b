import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { Json } from "../../../src/domain/Canal.ts"
import { caseOf, event, reply, sentWorld } from "./scene.ts"

const delivered = event("entregue")
const read = event("lida", { timestamp: "2025-09-30T15:33:00Z" })
const yes = reply("SIM")
const no = reply("NÃO")

const permutations = <A>(items: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  items.length === 0
    ? [[]]
    : items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item].concat(rest)))

const isDelivery = (note: string) => note.startsWith("Mensagem ")

/** Each event twice: the second at once, or after all others. */
const doubled = (events: ReadonlyArray<Json>) => [events.flatMap((one) => [one, one]), [...events, ...events]]

describe("SPEC 8.5: all orders of delivered, read, SIM and NÃO, with duplicates, end in the same Case", () => {
  for (const [index, order] of permutations([delivered, read, yes, no]).entries()) {
    it.effect(`order ${index + 1}: ${order.map((one) => String(one.texto ?? one.evento)).join(", ")}`, () =>
      Effect.gen(function* () {
        for (const events of doubled(order)) {
          const world = yield* sentWorld()
          yield* Effect.forEach(events, (one) => world.answer(one, { partition: 0 }))
          const responses = yield* world.responded(1 + events.length)
          const { fields, notes } = yield* caseOf(world)
          assert.deepStrictEqual([fields.state, fields.priority, fields.close_notes ?? ""], ["10", "2", ""])
          assert.strictEqual(
            notes.findLast(isDelivery),
            "Mensagem entregue as 30/09/2025 12:31:02 e lida as 30/09/2025 12:33:00"
          )
          assert.strictEqual(new Set(notes).size, notes.length)
          assert.lengthOf(
            responses.filter((response) => response.duplicado === true),
            4
          )
          assert.strictEqual(new Set(responses.map((response) => response.id_resposta)).size, 5)
        }
      }).pipe(Effect.scoped)
    )
  }
})
