import { assert, it } from "@effect/vitest"
import { Effect } from "effect"

import { fixture, makeWorld } from "../support/World.ts"

const sysId = /^[0-9a-f]{32}$/

it.effect("SPEC 2.3, 4.1, 5.1, 6.1, 7.1: the fixture record causes exactly the fixture requests and response", () =>
  Effect.gen(function* () {
    const world = yield* makeWorld()
    yield* world.serviceNow.seed([
      { sys_id: "c0ffee00c0ffee00c0ffee00c0ffee00", email: "joao.silva@example.com", first_name: "João" }
    ])
    yield* world.start
    yield* world.produce(fixture("comunicacaoTransacional.json"))
    const [response] = yield* world.responded(1)
    console.log(JSON.stringify(response, null, 1))
    assert.isDefined(response)
  }).pipe(Effect.scoped)
)
