import { SpanStatusCode } from "@opentelemetry/api"
import type { tracing } from "@opentelemetry/sdk-node"
import { Effect } from "effect"

import { memo } from "../../domain/memo.ts"
import { mask, masked } from "../masking.ts"
import { countLost } from "../metrics.ts"
import { isId } from "../names.ts"

type Span = tracing.ReadableSpan

/** Of OpenTelemetry's attributes those whose values are our own words, never anybody's. */
const ours =
  /^(?:db|messaging)\.|^(?:http\.request\.method|server\.(?:address|port)|service\.peer\.name|url\.template)$/

const isToldAsItIs = memo(100, (name: string) => isId(name) || ours.test(name))

const maskedAttributes = (attributes: Span["attributes"]): Span["attributes"] => {
  const seen: Record<string, Span["attributes"][string]> = {}
  for (const name in attributes) {
    const value = attributes[name]
    seen[name] = typeof value === "number" || isToldAsItIs(name) ? value : (masked(value) as typeof value)
  }
  return seen
}

/** Which error it was: said by whoever made the span, or the kind of what it failed with. */
const errorType = ({ attributes, events, status }: Span): Span["attributes"] =>
  status.code !== SpanStatusCode.ERROR || attributes["error.type"] !== undefined
    ? {}
    : {
        "error.type": String(
          events.findLast(({ name }) => name === "exception")?.attributes?.["exception.type"] ?? "_OTHER"
        )
      }

const maskedEvents = (events: Span["events"]): Span["events"] =>
  events.map((event) => ({
    ...event,
    name: mask(event.name),
    ...(event.attributes && { attributes: maskedAttributes(event.attributes) })
  }))

/** The span as it is exported: every error with its `error.type`, texts without personal data (SPEC 9.6). A plain object, for that is read fast. */
export const finishedSpan = (span: Span): Span => {
  const { status } = span
  const context = span.spanContext()
  const parent = span.parentSpanContext
  return {
    name: mask(span.name),
    kind: span.kind,
    spanContext: () => context,
    ...(parent && { parentSpanContext: parent }),
    startTime: span.startTime,
    endTime: span.endTime,
    status: status.message === undefined ? status : { ...status, message: mask(status.message) },
    attributes: Object.assign(maskedAttributes(span.attributes), errorType(span)),
    // An actor's span is linked to its own parent: Jaeger would then show it as no child of it.
    links: span.links.length === 0 ? span.links : span.links.filter((link) => link.context.spanId !== parent?.spanId),
    events: span.events.length === 0 ? span.events : maskedEvents(span.events),
    duration: span.duration,
    ended: span.ended,
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount
  }
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
