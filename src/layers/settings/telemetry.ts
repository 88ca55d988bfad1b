import { Effect } from "effect"

import type { SamplerSettings } from "../../services/Settings.ts"
import { oneOf, type Parser, url } from "./parsers.ts"
import type { Reader } from "./Reader.ts"

const sampler: Parser<SamplerSettings["name"]> = oneOf(
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio"
)

const ratio: Parser<number> = {
  expected: "a number from 0 to 1",
  parse: (value) => (/^(?:0|1|[01]?\.\d+)$/.test(value) && Number(value) <= 1 ? Number(value) : undefined)
}

/**
 * OpenTelemetry's own variables, as far as they decide what is exported (CONTRACT "Environment"). A producer that does not sample
 * its trace says nothing about ours: the default is `always_on`, not OpenTelemetry's `parentbased_always_on`.
 */
export const readTelemetry = Effect.fnUntraced(function* (reader: Reader) {
  const endpoint = yield* reader.optional("OTEL_EXPORTER_OTLP_ENDPOINT", url)
  const name = yield* reader.withDefault("OTEL_TRACES_SAMPLER", sampler, "always_on")
  const settings = { name, ratio: yield* reader.withDefault("OTEL_TRACES_SAMPLER_ARG", ratio, 1) }
  return endpoint === undefined ? {} : { telemetry: { endpoint, sampler: settings } }
})
