import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"

import { operatorWith, serveOperators } from "../../support/operatorHttp.ts"
import { preparedWorld } from "../../support/scene.ts"
import { fixture } from "../../support/World.ts"

const token = "ana-token-0123456789"
const operators = [operatorWith("ana", token, ["operator"])]

describe("POST /api/breakers/{vendor}", () => {
  it.effect("SPEC 11.6: the vendor is tried again within 5 s, by one call, although it asked for a day", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld({ alone: true, settings: { breaker: { failures: 1, reset: 80_000_000 } } })
      yield* world.weni.faults.add({ kind: "status", status: 503, times: 1 })
      yield* world.start
      yield* world.produce(fixture("comunicacaoTransacional.json"))
      const ask = yield* serveOperators(world, { operators })
      yield* world.until(Effect.map(world.weni.requests, (requests) => requests.length === 1))
      const asked = yield* Clock.currentTimeMillis
      const opened = yield* ask("/api/breakers/weni", { token, body: { action: "close", reason: "Weni voltou" } })
      assert.strictEqual(opened.status, 200)
      const [response] = yield* world.responded(1)
      assert.strictEqual(response?.response_status, "success")
      assert.isBelow((yield* Clock.currentTimeMillis) - asked, 7000)
      assert.lengthOf(yield* world.weni.requests, 2)
    })
  )

  it.effect("SPEC 11.6: another vendor is 400 or 404", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld()
      const ask = yield* serveOperators(world, { operators })
      const { status } = yield* ask("/api/breakers/kafka", { token, body: { action: "close", reason: "r" } })
      assert.strictEqual(status, 400)
    })
  )
})
