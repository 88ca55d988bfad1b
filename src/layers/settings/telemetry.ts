import { type Config, Effect, Redacted } from "effect"

import type { ExportSettings, SamplerSettings } from "../../services/Settings.ts"
import * as parse from "./parsers.ts"
import type { Parser, Reader } from "./parsers.ts"

const sampler: Parser<SamplerSettings["name"]> = parse.oneOf(
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio"
)

const ratio: Parser<number> = {
  expected: "a number from 0 to 1",
  parse: (value) => (/^(?:0|1|[01]?\.\d+|1\.0+)$/.test(value) && Number(value) <= 1 ? Number(value) : undefined)
}

/** A signal's own endpoint may have a query. It may hold a key, so a wrong one is not shown. */
const signalUrl: Parser<string> = {
  expected: "an http or https URL without user",
  secret: true,
  parse: (value) => {
    const url = URL.parse(value)
    return url !== null && /^https?:$/.test(url.protocol) && `${url.username}${url.password}` === ""
      ? url.href
      : undefined
  }
}

const headerName = /^[!#$%&'*+.^_`|~0-9a-zA-Z-]+$/

/** `name=value,name=value`, percent-encoded, as OpenTelemetry writes them. */
const headers: Parser<Redacted.Redacted<Readonly<Record<string, string>>>> = {
  expected: "name=value,name=value with values that an HTTP header can hold",
  secret: true,
  parse: (value) => {
    const pairs = value.split(",").filter((pair) => pair.trim() !== "")
    const read = pairs.flatMap((pair) => {
      const at = pair.indexOf("=")
      const [name, encoded] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
      try {
        const plain = parse.headerSecret.parse(decodeURIComponent(encoded))
        return at > 0 && headerName.test(name) && plain !== undefined ? [[name, Redacted.value(plain)]] : []
      } catch {
        return []
      }
    })
    return read.length === pairs.length ? Redacted.make(Object.fromEntries(read)) : undefined
  }
}

const protocol: Parser<string> = { ...parse.oneOf("http/protobuf"), expected: "http/protobuf, which is used" }
const compression = parse.oneOf("gzip", "none")
const milliseconds = parse.integer(1, 600_000)

/** `console` and others are not supported, neither beside `otlp` nor instead of it. */
const exporter = parse.oneOf("otlp", "none")

const boolean: Parser<boolean> = parse.boolean

/** Milliseconds for one export, less than a shutdown waits. OpenTelemetry's default is 10 s. */
const defaultTimeout = 2000

type Signal = "TRACES" | "METRICS" | "LOGS"

/**
 * Reads those of OpenTelemetry's own variables that decide what is exported (CONTRACT "Environment"). They are often
 * set for a whole cluster, so an unknown value is ignored with a warning. The default sampler is `always_on` and not
 * OpenTelemetry's `parentbased_always_on`, because a producer that does not sample its trace must not decide about
 * ours.
 */
export const readTelemetry = Effect.fnUntraced(function* (reader: Reader) {
  const lenient = Effect.fnUntraced(function* <A>(read: Effect.Effect<A, Config.ConfigError>) {
    const before = reader.problems.length
    const value = yield* read
    const warnings = reader.problems.splice(before).map((problem) => `${problem}: ignored`)
    // A common variable is read for each signal.
    reader.warnings.push(...warnings.filter((warning) => !reader.warnings.includes(warning)))
    return value
  })
  const optional = <A>(name: string, parser: Parser<A>) => lenient(reader.optional(name, parser))
  const withDefault = <A>(name: string, parser: Parser<A>, fallback: A) =>
    lenient(reader.withDefault(name, parser, fallback))
  /** The signal's own variable wins. */
  const either = Effect.fnUntraced(function* <A>(signal: Signal, name: string, parser: Parser<A>) {
    const common = yield* optional(`OTEL_EXPORTER_OTLP_${name}`, parser)
    return (yield* optional(`OTEL_EXPORTER_OTLP_${signal}_${name}`, parser)) ?? common
  })
  const endpoint = yield* optional("OTEL_EXPORTER_OTLP_ENDPOINT", parse.url)
  const common = yield* optional("OTEL_EXPORTER_OTLP_HEADERS", headers)
  const exportOf = Effect.fnUntraced(function* (signal: Signal) {
    const isWanted = (yield* withDefault(`OTEL_${signal}_EXPORTER`, exporter, "otlp")) !== "none"
    const own = yield* optional(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`, signalUrl)
    const url = own ?? (endpoint === undefined ? undefined : `${endpoint}/v1/${signal.toLowerCase()}`)
    const ownHeaders = yield* optional(`OTEL_EXPORTER_OTLP_${signal}_HEADERS`, headers)
    yield* either(signal, "PROTOCOL", protocol)
    yield* either(signal, "COMPRESSION", compression)
    const timeout = (yield* either(signal, "TIMEOUT", milliseconds)) ?? defaultTimeout
    const authority = yield* either(signal, "CERTIFICATE", parse.readableFile)
    const certificate = yield* either(signal, "CLIENT_CERTIFICATE", parse.readableFile)
    const key = yield* either(signal, "CLIENT_KEY", parse.readableFile)
    if (!isWanted || url === undefined) return undefined
    const settings: ExportSettings = {
      url,
      timeout,
      headers: Redacted.make({
        ...(common && Redacted.value(common)),
        ...(ownHeaders && Redacted.value(ownHeaders))
      }),
      ...(authority !== undefined && { authority }),
      ...(certificate !== undefined && { certificate }),
      ...(key !== undefined && { key })
    }
    return settings
  })
  const name = yield* withDefault("OTEL_TRACES_SAMPLER", sampler, "always_on")
  const given = { name, ratio: yield* withDefault("OTEL_TRACES_SAMPLER_ARG", ratio, 1) }
  const isDisabled = yield* withDefault("OTEL_SDK_DISABLED", boolean, false)
  const [traces, metrics, logs] = [yield* exportOf("TRACES"), yield* exportOf("METRICS"), yield* exportOf("LOGS")]
  if (isDisabled || (traces ?? metrics ?? logs) === undefined) return {}
  return {
    telemetry: { sampler: given, ...(traces && { traces }), ...(metrics && { metrics }), ...(logs && { logs }) }
  }
})
