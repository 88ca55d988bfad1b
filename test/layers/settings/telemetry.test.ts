import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect } from "effect"

import { makeReader } from "../../../src/layers/settings/parsers.ts"
import { readTelemetry } from "../../../src/layers/settings/SettingsEnv.ts"

const read = Effect.fnUntraced(function* (environment: Readonly<Record<string, string>>) {
  const reader = makeReader()
  const settings = yield* Effect.provide(
    readTelemetry(reader),
    ConfigProvider.layer(ConfigProvider.fromUnknown(environment))
  )
  return { settings, problems: reader.problems }
})

const endpoint = "http://otel-collector:4318"

describe("OTEL_…", () => {
  it.effect("CONTRACT Environment: without an endpoint nothing is exported", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* read({ OTEL_TRACES_SAMPLER: "always_off" }), { settings: {}, problems: [] })
    })
  )

  it.effect("CONTRACT Environment: every trace is recorded, unless a sampler says less", () =>
    Effect.gen(function* () {
      const byDefault = yield* read({ OTEL_EXPORTER_OTLP_ENDPOINT: `${endpoint}/` })
      assert.deepStrictEqual(byDefault.settings, { telemetry: { endpoint, sampler: { name: "always_on", ratio: 1 } } })
      const less = yield* read({
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
        OTEL_TRACES_SAMPLER_ARG: "0.25"
      })
      assert.deepStrictEqual(less.settings.telemetry?.sampler, { name: "parentbased_traceidratio", ratio: 0.25 })
    })
  )

  it.effect("CONTRACT Environment: a wrong variable is named, with what was read and expected", () =>
    Effect.gen(function* () {
      const { problems } = yield* read({
        OTEL_EXPORTER_OTLP_ENDPOINT: "otel-collector",
        OTEL_TRACES_SAMPLER: "sometimes",
        OTEL_TRACES_SAMPLER_ARG: "1.5"
      })
      assert.deepStrictEqual(
        problems.map((problem) => problem.replace(/, expected.*/, "")),
        [
          `OTEL_EXPORTER_OTLP_ENDPOINT: read "a text that is no URL"`,
          `OTEL_TRACES_SAMPLER: read "sometimes"`,
          `OTEL_TRACES_SAMPLER_ARG: read "1.5"`
        ]
      )
    })
  )
})
