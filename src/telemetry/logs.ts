import { Effect, Layer, Logger, References, Tracer } from "effect"

import { formatDateTime, saoPaulo } from "../domain/values/localTime.ts"
import { Settings } from "../services/Settings.ts"
import { mask, masked, maskedField } from "./masking.ts"
import { printable, printableJson, printableLines } from "./printable.ts"
import { tracingOf } from "./traced.ts"

/** The ids of the span in which the line was written, named as in OpenTelemetry. */
const traceOf = (span: Tracer.AnySpan | undefined) =>
  span === undefined || !span.sampled ? {} : { trace_id: span.traceId, span_id: span.spanId }

/** One log entry as plain data without personal data (SPEC 9.6). */
const entryOf = (options: Logger.Options<unknown>) => {
  const { annotations, cause, level, message, timestamp } = Logger.formatStructured.log(options)
  const fields: Record<string, unknown> = traceOf(tracingOf(options.fiber).span)
  for (const [key, value] of Object.entries(annotations)) fields[key] = maskedField(key, value)
  return { timestamp, level, message: masked(message), fields, cause: cause === undefined ? undefined : mask(cause) }
}

/**
 * Formats one log entry as one line of JSON: `timestamp`, `level`, `message`, `trace_id` and `span_id` inside a span,
 * the annotations, `cause` (SPEC 9.6).
 */
export const formatLine = Logger.make<unknown, string>((options) => {
  const { cause, fields, level, message, timestamp } = entryOf(options)
  return printableJson(JSON.stringify({ timestamp, level, message, ...fields, cause }))
})

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value))

/**
 * Formats one log entry for people: local time (America/Sao_Paulo), level, message, `name=value` for each annotation,
 * and below it the cause. A terminal interprets no character of it (SPEC 9.9).
 */
export const formatPretty = Logger.make<unknown, string>((options) => {
  const { cause, fields, level, message } = entryOf(options)
  const details = Object.entries(fields).map(([name, value]) => `${name}=${printable(textOf(value))}`)
  const line = [
    formatDateTime(options.date.getTime(), saoPaulo),
    level.padEnd(5),
    printable(textOf(message)),
    ...details
  ]
  return [line.join("  "), ...(cause === undefined ? [] : [printableLines(cause).replaceAll(/^/gm, "    ")])].join("\n")
})

/** Writes log lines to stdout, from `LOG_LEVEL` up, in `LOG_FORMAT`. */
export const LogsToStdout = Layer.unwrap(
  Effect.map(Settings, ({ logFormat, logLevel }) =>
    Layer.mergeAll(
      Logger.layer([Logger.withConsoleLog(logFormat === "pretty" ? formatPretty : formatLine)]),
      Layer.succeed(References.MinimumLogLevel, logLevel)
    )
  )
)
