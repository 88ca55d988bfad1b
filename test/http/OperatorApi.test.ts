import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServer } from "effect/http"

import { AnswerHeaders } from "../../src/http/answers.ts"
import { OperatorRoutes } from "../../src/http/operator/OperatorRoutes.ts"
import { RunningService } from "../../src/http/operator/RunningService.ts"
import { RuntimeStatus } from "../../src/http/RuntimeStatus.ts"
import { operatorWith } from "../support/operatorHttp.ts"
import { runningWorld } from "../support/scene.ts"
import { SettingsTest } from "../support/settings.ts"

interface Asked {
  readonly bound?: string
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** `GET /api/audit` of a service that is bound to `bound`, asked with these headers. */
const ask = Effect.fnUntraced(function* (
  { bound = "127.0.0.1", headers = {}, token }: Asked,
  runtimeStatus?: RuntimeStatus["Service"]
) {
  const operators = token === undefined ? [] : [operatorWith("operator", token)]
  const http = { host: bound, port: 8080, operators }
  const layer = Layer.merge(OperatorRoutes, AnswerHeaders).pipe(
    Layer.provideMerge([
      SettingsTest({ http }),
      HttpServer.layerServices,
      RunningService.layer,
      runtimeStatus === undefined ? RuntimeStatus.layer : Layer.succeed(RuntimeStatus, runtimeStatus)
    ])
  )
  const { dispose, handler } = HttpRouter.toWebHandler(layer, { disableLogger: true })
  yield* Effect.addFinalizer(() => Effect.promise(dispose))
  const response = yield* Effect.promise(() => handler(new Request("http://service/api/audit", { headers })))
  return { status: response.status, headers: response.headers, body: yield* Effect.promise(() => response.json()) }
})

const statusOf = (asked: Asked) => Effect.map(ask(asked), ({ status }) => status)

/** The request is allowed, but the intake does not exist yet. */
const allowed = 503

describe("GET /api/audit", () => {
  it.effect.each(["127.0.0.1:8080", "localhost:8080", "LOCALHOST", "[::1]:8080", "127.8.8.8"])(
    "CONTRACT OPERATOR_TOKEN: without it, asked as %s on loopback, it answers",
    (host) => Effect.map(statusOf({ headers: { host } }), (status) => assert.strictEqual(status, allowed))
  )

  it.effect.each(["ctx.example:8080", "127.0.0.1.example", "localhost.example:8080", "10.0.0.1:8080", ""])(
    "CONTRACT OPERATOR_TOKEN: without it, asked as %s, it refuses",
    (host) => Effect.map(statusOf({ headers: { host } }), (status) => assert.strictEqual(status, 403))
  )

  it.effect.each(["0.0.0.0", "10.0.0.1", "::", "ctx.example"])(
    "CONTRACT OPERATOR_TOKEN: without it, bound to %s, it refuses every request",
    (bound) =>
      Effect.gen(function* () {
        const { body, status } = yield* ask({ bound, headers: { host: "127.0.0.1:8080" } })
        assert.strictEqual(status, 403)
        assert.deepStrictEqual(body, { error: "HTTP_HOST is not loopback: the operator API needs OPERATOR_TOKEN" })
      })
  )

  it.effect(
    "CONTRACT OPERATOR_TOKEN: with a token, only its bearer is served, whatever the bound address and the Host",
    () =>
      Effect.gen(function* () {
        const token = "s3cret-operator"
        const at = (authorization: string | undefined, bound: string, host: string) =>
          statusOf({ bound, token, headers: { host, ...(authorization !== undefined && { authorization }) } })
        assert.strictEqual(yield* at(`Bearer ${token}`, "0.0.0.0", "ctx.example"), allowed)
        assert.strictEqual(yield* at(`bearer ${token}`, "127.0.0.1", "localhost"), allowed)
        const wrong = [undefined, "", "Bearer", "Bearer ", token, `Basic ${token}`, `Bearer ${token}x`, "Bearer s3cret"]
        for (const authorization of wrong) {
          assert.strictEqual(yield* at(authorization, "127.0.0.1", "127.0.0.1:8080"), 401, authorization)
        }
        const { body, headers } = yield* ask({ token, headers: { authorization: "Bearer no" } })
        assert.strictEqual(headers.get("www-authenticate"), "Bearer")
        assert.deepStrictEqual(body, { error: "this token is not known" })
      })
  )

  it.effect("CONTRACT GET /api/audit: returns the audit of the running service as JSON", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      const { body, status } = yield* ask({ headers: { host: "127.0.0.1:8080" } }, world.runtimeStatus)
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(body, JSON.parse(JSON.stringify(yield* world.audit)))
      assert.deepStrictEqual(Object.keys(Object(body)), ["topics", "unaccounted", "ahead", "stalled", "overdue"])
    })
  )

  it.effect("CONTRACT GET /api/audit: before there is an intake, it reports what it waits for", () =>
    Effect.gen(function* () {
      const { body, status } = yield* ask({ headers: { host: "127.0.0.1:8080" } })
      assert.deepStrictEqual([status, body], [503, { error: "the service waits for its database" }])
    })
  )
})
