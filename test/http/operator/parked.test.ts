import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { operatorWith, serveOperators } from "../../support/operatorHttp.ts"
import { runningWorld } from "../../support/scene.ts"
import { fixture } from "../../support/World.ts"

const token = "bruno-token-0123456789"
const operators = [operatorWith("bruno", token, ["viewer"])]

interface Page {
  readonly items: ReadonlyArray<{
    readonly id: string
    readonly at: number
    readonly evento: string
    readonly names: unknown
  }>
  readonly next: string | null
}

describe("GET /api/parked", () => {
  it.effect("CONTRACT GET /api/parked: events that wait, oldest first, with masked names, page by page", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.answer(fixture("inbound/whatsapp-button.json"))
      yield* world.answer(fixture("inbound/canonical-delivered.json"))
      yield* world.until(Effect.sync(() => world.store.parked.size === 2))
      const ask = yield* serveOperators(world, { operators })
      const { body, status, text } = yield* ask("/api/parked", { token })
      assert.strictEqual(status, 200)
      const { items, next } = body as Page
      assert.isNull(next)
      assert.deepStrictEqual(items.map(({ evento }) => evento).toSorted(), ["entregue", "retorno"])
      assert.notMatch(text, /5511999999999|"Sim/)
      const first = (yield* ask("/api/parked?limit=1", { token })).body as Page
      const second = (yield* ask(`/api/parked?limit=1&cursor=${first.next}`, { token })).body as Page
      assert.deepStrictEqual([...first.items, ...second.items], items)
      assert.isNull(second.next)
    })
  )
})
