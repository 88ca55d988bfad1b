import { assert, it } from "@effect/vitest"
import { Effect } from "effect"

import { startingServer } from "../../src/http/startingServer.ts"

it.live("CONTRACT HTTP: a request that comes before the routes are there is answered 503, and does not hang", () =>
  Effect.gen(function* () {
    const server = yield* Effect.acquireRelease(Effect.sync(startingServer), (it) => Effect.sync(() => it.close()))
    yield* Effect.callback<void>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.void))
    })
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/health/ready`
    const ask = Effect.promise(async () => {
      const answer = await fetch(url, { headers: { connection: "close" } })
      return [answer.status, await answer.text()]
    })
    assert.deepStrictEqual(yield* ask, [503, '{"error":"the service is starting"}'])
    server.on("request", (_, response) => response.end("routes"))
    assert.deepStrictEqual(yield* ask, [200, "routes"])
  })
)
