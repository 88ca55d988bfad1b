import { assert, it } from "@effect/vitest"
import { Effect } from "effect"

import { startingServer } from "../../src/http/startingServer.ts"

it.live("CONTRACT HTTP: a request before the routes exist is answered as by a service that is starting", () =>
  Effect.gen(function* () {
    const server = yield* Effect.acquireRelease(Effect.sync(startingServer), (it) => Effect.sync(() => it.close()))
    yield* Effect.callback<void>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.void))
    })
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    const ask = (path: string) =>
      Effect.promise(async () => {
        const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: "close" } })
        return [answer.status, JSON.parse(await answer.text())]
      })
    const part = { ready: false, detail: "the service is starting" }
    const parts = { database: part, kafka: part, topics: part, servicenow: part }
    assert.deepStrictEqual(yield* ask("/health/ready"), [503, { ready: false, parts, breakers: {} }])
    assert.deepStrictEqual(yield* ask("/health/live"), [200, { live: true }])
    assert.deepStrictEqual(yield* ask("/api/overview"), [503, { error: "the service is starting" }])
    server.on("request", (_, response) => response.end('"routes"'))
    assert.deepStrictEqual(yield* ask("/health/ready"), [200, "routes"])
  })
)
