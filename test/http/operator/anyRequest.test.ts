import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fc from "fast-check"

import { record } from "../../domain/outbound/records.ts"
import { anyRequests, type OpenApi } from "../../support/openApiRequests.ts"
import { operatorWith, serveOperators } from "../../support/operatorHttp.ts"
import { fixtureId, runningWorld } from "../../support/scene.ts"
import { wrongAnswer } from "../../support/wrongAnswer.ts"

const token = "ana-token-0123456789"

it.effect(
  "SPEC 11.1, 11.5: the API answers any request as its contract says, and never fails itself",
  () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.produce(record())
      yield* world.produce(record({ id_correlacao: "pedido|joao.silva@example.com|1" }))
      yield* world.responded(2)
      const ask = yield* serveOperators(world, { operators: [operatorWith("ana", token)] })
      const { body } = yield* ask("/openapi.json")
      const requests = fc.sample(anyRequests(body as OpenApi, [fixtureId, "CS0001005", "HTTP_400"]), {
        numRuns: 1500,
        seed: 7
      })
      const wrong: Array<string> = []
      for (const request of requests) {
        const { body: sent, method, path } = request
        const got = yield* ask(path, { method, token, ...(sent !== undefined && { body: sent }) })
        const what = wrongAnswer(request, got)
        if (what !== undefined) wrong.push(what)
      }
      assert.deepStrictEqual(wrong, [])
    }),
  120_000
)
