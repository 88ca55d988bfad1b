import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Redacted } from "effect"

import { makeReader } from "../../../src/layers/settings/parsers.ts"
import { readTelemetry } from "../../../src/layers/settings/telemetry.ts"
import type { ExportSettings } from "../../../src/services/Settings.ts"

/** What is exported where, with the headers in plain text. */
const read = Effect.fnUntraced(function* (environment: Readonly<Record<string, string>>) {
  const reader = makeReader()
  const { telemetry } = yield* Effect.provide(
    readTelemetry(reader),
    ConfigProvider.layer(ConfigProvider.fromUnknown(environment))
  )
  assert.deepStrictEqual(reader.problems, [])
  const shown = (settings: ExportSettings | undefined) =>
    settings && { ...settings, headers: Redacted.value(settings.headers) }
  return {
    warnings: reader.warnings,
    sampler: telemetry?.sampler,
    traces: shown(telemetry?.traces),
    metrics: shown(telemetry?.metrics),
    logs: shown(telemetry?.logs)
  }
})

const urls = (environment: Readonly<Record<string, string>>) =>
  Effect.map(read(environment), ({ logs, metrics, traces }) => [traces?.url, metrics?.url, logs?.url])

const endpoint = "http://otel-collector:4318"
const all = [`${endpoint}/v1/traces`, `${endpoint}/v1/metrics`, `${endpoint}/v1/logs`]
const base = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }

describe("OTEL_…", () => {
  it.effect("CONTRACT Environment: without an endpoint nothing is exported", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* urls({ OTEL_TRACES_SAMPLER: "always_off" }), [undefined, undefined, undefined])
    })
  )

  it.effect("CONTRACT Environment: a signal's own endpoint is used as it is, the common one with a path", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* urls({ OTEL_EXPORTER_OTLP_ENDPOINT: `${endpoint}/` }), all)
      assert.deepStrictEqual(yield* urls({ OTEL_EXPORTER_OTLP_ENDPOINT: "https://o.example/otlp" }), [
        "https://o.example/otlp/v1/traces",
        "https://o.example/otlp/v1/metrics",
        "https://o.example/otlp/v1/logs"
      ])
      const own = { ...base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://traces.example/in?key=k" }
      assert.deepStrictEqual(yield* urls(own), ["https://traces.example/in?key=k", all[1], all[2]])
      assert.deepStrictEqual(yield* urls({ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "http://logs.example:4318" }), [
        undefined,
        undefined,
        "http://logs.example:4318/"
      ])
    })
  )

  it.effect("CONTRACT Environment: OTEL_SDK_DISABLED and …_EXPORTER=none switch exports off", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* urls({ ...base, OTEL_SDK_DISABLED: "TRUE" }), [undefined, undefined, undefined])
      assert.deepStrictEqual(yield* urls({ ...base, OTEL_SDK_DISABLED: "false" }), all)
      assert.deepStrictEqual(yield* urls({ ...base, OTEL_TRACES_EXPORTER: "otlp", OTEL_METRICS_EXPORTER: "none" }), [
        all[0],
        undefined,
        all[2]
      ])
      assert.deepStrictEqual(yield* urls({ ...base, OTEL_TRACES_EXPORTER: "none", OTEL_LOGS_EXPORTER: "none" }), [
        undefined,
        all[1],
        undefined
      ])
    })
  )

  it.effect("CONTRACT Environment: headers and time-outs, a signal's own before the common ones", () =>
    Effect.gen(function* () {
      const plain = yield* read(base)
      assert.deepStrictEqual(plain.traces, { url: `${endpoint}/v1/traces`, timeout: 2000, headers: {} })
      const { logs, traces } = yield* read({
        ...base,
        OTEL_EXPORTER_OTLP_HEADERS: "x-tenant=loja, authorization=Basic%20czNjcmV0",
        OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-tenant=traces",
        OTEL_EXPORTER_OTLP_TIMEOUT: "5000",
        OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: "7000"
      })
      assert.deepStrictEqual(traces?.headers, { "x-tenant": "traces", authorization: "Basic czNjcmV0" })
      assert.deepStrictEqual(logs?.headers, { "x-tenant": "loja", authorization: "Basic czNjcmV0" })
      assert.deepStrictEqual([traces?.timeout, logs?.timeout], [7000, 5000])
    })
  )

  it.effect("CONTRACT Environment: every trace is recorded, unless a sampler says less", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* read(base)).sampler, { name: "always_on", ratio: 1 })
      const less = yield* read({
        ...base,
        OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
        OTEL_TRACES_SAMPLER_ARG: "0.25"
      })
      assert.deepStrictEqual(less.sampler, { name: "parentbased_traceidratio", ratio: 0.25 })
    })
  )

  it.effect(
    "CONTRACT Environment: unknown values are reported and ignored, even a whole cluster's sampler or protocol",
    () =>
      Effect.gen(function* () {
        const { sampler, warnings, ...exported } = yield* read({
          ...base,
          OTEL_TRACES_SAMPLER: "parentbased_jaeger_remote",
          OTEL_TRACES_SAMPLER_ARG: "endpoint=http://localhost:14250",
          OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
          OTEL_EXPORTER_OTLP_TIMEOUT: "10s",
          OTEL_EXPORTER_OTLP_HEADERS: "x-key=s3%0Acret",
          OTEL_EXPORTER_OTLP_CERTIFICATE: "/no/ca.pem",
          OTEL_LOGS_EXPORTER: "otlp,console",
          OTEL_SDK_DISABLED: "yes"
        })
        assert.deepStrictEqual(sampler, { name: "always_on", ratio: 1 })
        assert.deepStrictEqual(exported.logs, { url: `${endpoint}/v1/logs`, timeout: 2000, headers: {} })
        assert.deepStrictEqual(
          [...new Set(warnings)].map((warning) => warning.replace(/, expected.*: ignored/, "")).toSorted(),
          [
            `OTEL_EXPORTER_OTLP_CERTIFICATE: read "/no/ca.pem"`,
            `OTEL_EXPORTER_OTLP_HEADERS: read a value that is not shown`,
            `OTEL_EXPORTER_OTLP_PROTOCOL: read "grpc"`,
            `OTEL_EXPORTER_OTLP_TIMEOUT: read "10s"`,
            `OTEL_LOGS_EXPORTER: read "otlp,console"`,
            `OTEL_SDK_DISABLED: read "yes"`,
            `OTEL_TRACES_SAMPLER: read "parentbased_jaeger_remote"`,
            `OTEL_TRACES_SAMPLER_ARG: read "endpoint=http://localhost:14250"`
          ]
        )
        assert.strictEqual(new Set(warnings).size, warnings.length)
        assert.deepStrictEqual((yield* read({ OTEL_EXPORTER_OTLP_ENDPOINT: "otel-collector" })).warnings, [
          `OTEL_EXPORTER_OTLP_ENDPOINT: read "a text that is no URL", expected an http or https URL without user, query or fragment: ignored`
        ])
      })
  )
})
