import { SpanStatusCode } from "@opentelemetry/api"
import type { tracing } from "@opentelemetry/sdk-node"
import { Effect } from "effect"

import { mask, masked } from "../masking.ts"
import { countLost } from "../metrics.ts"
import { isId } from "../names.ts"

type Span = tracing.ReadableSpan

const maskedAttributes = (attributes: Span["attributes"]): Span["attributes"] =>
  Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [key, isId(key) ? value : (masked(value) as typeof value)])
  )

/** Which error it was: said by whoever made the span, or the kind of what it failed with. */
const errorType = ({ attributes, events, status }: Span): Span["attributes"] =>
  status.code !== SpanStatusCode.ERROR || attributes["error.type"] !== undefined
    ? {}
    : {
        "error.type": String(
          events.findLast(({ name }) => name === "exception")?.attributes?.["exception.type"] ?? "_OTHER"
        )
      }

/** The span as it is exported: every error with its `error.type`, texts without personal data (SPEC 9.6). */
export const finishedSpan = (span: Span): Span => {
  const { message } = span.status
  return Object.create(span, {
    name: { value: mask(span.name) },
    attributes: { value: { ...maskedAttributes(span.attributes), ...errorType(span) } },
    status: { value: message === undefined ? span.status : { ...span.status, message: mask(message) } },
    // An actor's span is linked to its own parent: Jaeger would then show it as no child of it.
    links: { value: span.links.filter(({ context }) => context.spanId !== span.parentSpanContext?.spanId) },
    events: {
      value: span.events.map((event) => ({
        ...event,
        name: mask(event.name),
        ...(event.attributes && { attributes: maskedAttributes(event.attributes) })
      }))
    }
  })
}

/** Exports spans as they may be seen, and counts those that the collector did not take. */
export const finishedSpans = (exporter: tracing.SpanExporter): tracing.SpanExporter => ({
  export: (spans, done) =>
    exporter.export(spans.map(finishedSpan), (result) => {
      if (result.error !== undefined) Effect.runSync(countLost("export", spans.length))
      done(result)
    }),
  shutdown: () => exporter.shutdown(),
  forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve()
})
