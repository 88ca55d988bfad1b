import { Effect, Layer, Logger, References, Tracer } from "effect"

import { Settings } from "../services/Settings.ts"
import { mask, masked, maskedField } from "./masking.ts"
import { printableJson } from "./printable.ts"
import { tracingOf } from "./traced.ts"

/** The ids of the span in which the line was written, named as in OpenTelemetry. */
const traceOf = (span: Tracer.AnySpan | undefined) =>
  span === undefined || !span.sampled ? {} : { trace_id: span.traceId, span_id: span.spanId }

/**
 * Formats one log entry as one line of JSON: `timestamp`, `level`, `message`, `trace_id` and `span_id` inside a span,
 * the annotations, `cause` (SPEC 9.6).
 */
export const formatLine = Logger.make<unknown, string>((options) => {
  const { annotations, cause, level, message, timestamp } = Logger.formatStructured.log(options)
  const line: Record<string, unknown> = {
    timestamp,
    level,
    message: masked(message),
    ...traceOf(tracingOf(options.fiber).span)
  }
  for (const [key, value] of Object.entries(annotations)) line[key] = maskedField(key, value)
  if (cause !== undefined) line.cause = mask(cause)
  return printableJson(JSON.stringify(line))
})

/** Writes JSON lines to stdout, from `LOG_LEVEL` up. */
export const LogsJson = Layer.unwrap(
  Effect.map(Settings, ({ logLevel }) =>
    Layer.mergeAll(
      Logger.layer([Logger.withConsoleLog(formatLine)]),
      Layer.succeed(References.MinimumLogLevel, logLevel)
    )
  )
)
