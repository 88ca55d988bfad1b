import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { HttpRouter } from "effect/http"

import { HealthRoutes } from "../../src/http/HealthServer.ts"
import { RuntimeStatus } from "../../src/http/RuntimeStatus.ts"
import { DatabaseStatusRef } from "../../src/layers/database/DatabaseStatusRef.ts"
import { RuntimeMetrics } from "../../src/telemetry/runtimeMetrics.ts"
import { SettingsTest } from "../support/settings.ts"

/** What a service that is bound to `bound` answers to `GET path`, asked by this `Host`. */
const ask = Effect.fnUntraced(function* (bound: string, path: string, host: string) {
  const layer = HealthRoutes.pipe(
    Layer.provideMerge([
      SettingsTest({ http: { host: bound, port: 8080 } }),
      RuntimeStatus.layer,
      RuntimeMetrics.layer,
      DatabaseStatusRef
    ])
  )
  const { dispose, handler } = HttpRouter.toWebHandler(layer, { disableLogger: true })
  yield* Effect.addFinalizer(() => Effect.promise(dispose))
  const response = yield* Effect.promise(() => handler(new Request(`http://service${path}`, { headers: { host } })))
  return { status: response.status, body: yield* Effect.promise(() => response.text()) }
})

const paths = ["/health/live", "/health/ready", "/metrics"] as const
const loopbackHosts = ["127.0.0.1:8080", "localhost:8080", "LOCALHOST", "[::1]:8080", "127.8.8.8"]
const otherHosts = [
  "ctx.example:8080",
  "127.0.0.1.example",
  "localhost.example:8080",
  "10.0.0.1:8080",
  "[::2]:8080",
  ""
]

describe("health and metrics", () => {
  it.effect.each(paths)("CONTRACT HTTP: bound to loopback, %s answers only to a loopback Host", (path) =>
    Effect.gen(function* () {
      for (const bound of ["127.0.0.1", "localhost", "::1"]) {
        for (const host of loopbackHosts) assert.notStrictEqual((yield* ask(bound, path, host)).status, 403, host)
        for (const host of otherHosts) {
          const { body, status } = yield* ask(bound, path, host)
          assert.strictEqual(status, 403, host)
          assert.deepStrictEqual(JSON.parse(body), {
            error: "HTTP_HOST is loopback: health and metrics answer to a loopback Host only"
          })
        }
      }
    })
  )

  it.effect.each(paths)("CONTRACT HTTP: bound to the network, %s answers to every Host", (path) =>
    Effect.gen(function* () {
      for (const bound of ["0.0.0.0", "::", "10.0.0.1"]) {
        for (const host of [...loopbackHosts, ...otherHosts])
          assert.notStrictEqual((yield* ask(bound, path, host)).status, 403, host)
      }
    })
  )
})
