import { type HrTime, type Link, SpanKind, type SpanStatus, SpanStatusCode, TraceFlags } from "@opentelemetry/api"
import type { resources, tracing } from "@opentelemetry/sdk-node"
import { Cause, type Exit, Formatter, Option, type Tracer } from "effect"

import { memo } from "../../domain/memo.ts"
import { mask, masked } from "../masking.ts"
import { isId } from "../names.ts"

type Finished = tracing.ReadableSpan

/** Who made the spans, as an exporter tells it. */
export interface SpanSource {
  readonly resource: resources.Resource
  readonly instrumentationScope: Finished["instrumentationScope"]
}

/** Of OpenTelemetry's attributes those whose values are our own words, never anybody's. */
const ours =
  /^(?:db|messaging)\.|^(?:http\.request\.method|server\.(?:address|port)|service\.peer\.name|url\.template)$/

const isToldAsItIs = memo(100, (name: string) => isId(name) || ours.test(name))

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER
}

const second = 1_000_000_000n
const hrTime = (nanos: bigint): HrTime => [Number(nanos / second), Number(nanos % second)]

const told = (name: string, value: unknown): Finished["attributes"][string] => {
  if (typeof value === "number" || typeof value === "boolean") return value
  if (typeof value === "string") return isToldAsItIs(name) ? value : mask(value)
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.map(mask)
  return mask(Formatter.format(masked(value)))
}

const contextOf = ({ _tag, sampled, spanId, traceId }: Tracer.AnySpan) => ({
  traceId,
  spanId,
  traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
  isRemote: _tag === "ExternalSpan"
})

const attributesOf = ({ attributes }: Tracer.Span): Finished["attributes"] => {
  const seen: Record<string, Finished["attributes"][string]> = {}
  for (const [name, value] of attributes) seen[name] = told(name, value)
  return seen
}

/** An actor's span is linked to its own parent: Jaeger would then show it as no child of it. */
const linksOf = ({ links }: Tracer.Span, parent: Tracer.AnySpan | undefined): Array<Link> =>
  links.filter(({ span }) => span.spanId !== parent?.spanId).map(({ span }) => ({ context: contextOf(span) }))

const exception = ({ message, name, stack = "" }: Error, time: HrTime): Finished["events"][number] => ({
  name: "exception",
  time,
  attributes: {
    "exception.type": mask(name),
    "exception.message": mask(message),
    "exception.stacktrace": mask(stack)
  }
})

const failed = (error: string): SpanStatus => ({ code: SpanStatusCode.ERROR, message: mask(error) })
const ok: SpanStatus = { code: SpanStatusCode.OK }

/** How it ended, with what the attributes and events say of it: which error it was is said by whoever made the span, else by its kind. */
const endOf = (exit: Exit.Exit<unknown, unknown>, attributes: Finished["attributes"], time: HrTime) => {
  if (exit._tag === "Success") {
    return { status: attributes["error.type"] === undefined ? ok : { code: SpanStatusCode.ERROR }, events: [] }
  }
  if (Cause.hasInterruptsOnly(exit.cause)) {
    attributes["effect.fiber.interrupted"] = true
    return { status: { code: SpanStatusCode.UNSET }, events: [] }
  }
  const errors = Cause.prettyErrors(exit.cause, { includeCauseInStack: true })
  attributes["error.type"] ??= errors.at(-1)?.name ?? "_OTHER"
  return { status: failed(errors[0]?.message ?? ""), events: errors.map((error) => exception(error, time)) }
}

/** The ended span as it is exported: every error with its `error.type`, texts without personal data (SPEC 9.6). A plain object, for that is read fast. */
export const finishedSpan = (
  span: Tracer.Span,
  endTime: bigint,
  exit: Exit.Exit<unknown, unknown>,
  { instrumentationScope, resource }: SpanSource
): Finished => {
  const { startTime } = span.status
  const context = contextOf(span)
  const parent = Option.getOrUndefined(span.parent)
  const end = hrTime(endTime)
  const attributes = attributesOf(span)
  const { events, status } = endOf(exit, attributes, end)
  return {
    name: mask(span.name),
    kind: kinds[span.kind],
    spanContext: () => context,
    ...(parent && { parentSpanContext: contextOf(parent) }),
    startTime: hrTime(startTime),
    endTime: end,
    status,
    attributes,
    links: span.links.length === 0 ? [] : linksOf(span, parent),
    events,
    duration: hrTime(endTime - startTime),
    ended: true,
    resource,
    instrumentationScope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0
  }
}
