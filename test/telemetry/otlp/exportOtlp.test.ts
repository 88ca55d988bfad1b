import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"

import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"

import type { Proxies } from "../../../src/domain/values/proxyFor.ts"
import type { ExportSettings, TelemetrySettings } from "../../../src/services/Settings.ts"
import { exportOtlp } from "../../../src/telemetry/otlp/exportOtlp.ts"

/** A collector, or a proxy in front of one: its URL, and the paths and tenants that it was asked for. */
const collector = Effect.gen(function* () {
  const asked: Array<string> = []
  const server = createServer((incoming: IncomingMessage, response) => {
    asked.push(`${incoming.url} ${String(incoming.headers["x-tenant"])}`)
    incoming.resume()
    response.end()
  })
  const url = yield* Effect.acquireRelease(
    Effect.callback<string>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        resume(Effect.succeed(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
      })
    }),
    () =>
      Effect.sync(() => {
        server.closeAllConnections()
        server.close()
      })
  )
  return { url, asked }
})

const to = (url: string, tenant: string): ExportSettings => ({
  url,
  timeout: 2000,
  headers: Redacted.make({ "x-tenant": tenant })
})

/** One span and one log line, exported until the layer ends. */
const exported = (signals: Omit<TelemetrySettings, "sampler">, proxies: Proxies = { except: "" }) => {
  const telemetry = Layer.unwrap(exportOtlp({ ...signals, sampler: { name: "always_on", ratio: 1 } }, proxies, 2500))
  return Effect.logInfo("line").pipe(Effect.withSpan("span"), Effect.provide(telemetry), Effect.scoped)
}

describe("exportOtlp", () => {
  it.live("CONTRACT Environment: each signal goes to its own endpoint with its own headers", () =>
    Effect.gen(function* () {
      const { asked, url } = yield* collector
      yield* exported({ traces: to(`${url}/in`, "t"), metrics: to(`${url}/v1/metrics`, "m"), logs: to(url, "l") })
      assert.deepStrictEqual(asked.toSorted(), ["/ l", "/in t", "/v1/metrics m"])
    })
  )

  it.live("CONTRACT Environment: a signal without an endpoint is not exported", () =>
    Effect.gen(function* () {
      const { asked, url } = yield* collector
      yield* exported({ logs: to(`${url}/v1/logs`, "l") })
      assert.deepStrictEqual(asked, ["/v1/logs l"])
    })
  )

  it.live("CONTRACT HTTP_PROXY: the collector is reached through the proxy, unless NO_PROXY excepts it", () =>
    Effect.gen(function* () {
      const { asked, url } = yield* collector
      const http = Redacted.make(url)
      yield* exported({ traces: to("http://otel.invalid:4318/v1/traces", "t") }, { http, except: "" })
      assert.deepStrictEqual(asked, ["http://otel.invalid:4318/v1/traces t"])
      yield* exported({ traces: to(`${url}/v1/traces`, "d") }, { http, except: "127.0.0.1" })
      assert.deepStrictEqual(asked.slice(1), ["/v1/traces d"])
    })
  )
})
