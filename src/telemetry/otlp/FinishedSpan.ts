import {
  type HrTime,
  type Link,
  type SpanContext,
  SpanKind,
  type SpanStatus,
  SpanStatusCode,
  TraceFlags
} from "@opentelemetry/api"
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

/** There are few names, but for what a URL's template leaves in. */
const maskedName = memo(1000, mask)

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

const contextOf = ({ _tag, sampled, spanId, traceId }: Tracer.AnySpan): SpanContext => ({
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
const refused: SpanStatus = { code: SpanStatusCode.ERROR }
const unset: SpanStatus = { code: SpanStatusCode.UNSET }
const ok: SpanStatus = { code: SpanStatusCode.OK }

const none: Array<never> = []

/** How it ended, with what the attributes and events say of it: which error it was is said by whoever made the span, else by its kind. */
const endOf = (exit: Exit.Exit<unknown, unknown>, attributes: Finished["attributes"], time: HrTime) => {
  if (exit._tag === "Success") {
    return { status: attributes["error.type"] === undefined ? ok : refused, events: none }
  }
  if (Cause.hasInterruptsOnly(exit.cause)) {
    attributes["effect.fiber.interrupted"] = true
    return { status: unset, events: none }
  }
  const errors = Cause.prettyErrors(exit.cause, { includeCauseInStack: true })
  attributes["error.type"] ??= errors.at(-1)?.name ?? "_OTHER"
  return { status: failed(errors[0]?.message ?? ""), events: errors.map((error) => exception(error, time)) }
}

/**
 * An ended span as it is exported: every error with its `error.type`, texts without personal data (SPEC 9.6). Nothing of the span
 * itself is kept, which would hold what its work ended with until its batch goes.
 */
export class FinishedSpan implements Finished {
  readonly name: string
  readonly kind: SpanKind
  readonly parentSpanContext?: SpanContext
  readonly startTime: HrTime
  readonly endTime: HrTime
  readonly attributes: Finished["attributes"]
  readonly status: SpanStatus
  readonly events: Finished["events"]
  readonly links: Array<Link>
  readonly resource: resources.Resource
  readonly instrumentationScope: Finished["instrumentationScope"]
  readonly ended = true
  readonly droppedAttributesCount = 0
  readonly droppedEventsCount = 0
  readonly droppedLinksCount = 0
  readonly #context: SpanContext

  constructor(span: Tracer.Span, endTime: bigint, exit: Exit.Exit<unknown, unknown>, source: SpanSource) {
    const parent = Option.getOrUndefined(span.parent)
    this.name = maskedName(span.name)
    this.kind = kinds[span.kind]
    this.#context = contextOf(span)
    if (parent !== undefined) this.parentSpanContext = contextOf(parent)
    this.startTime = hrTime(span.status.startTime)
    this.endTime = hrTime(endTime)
    this.attributes = attributesOf(span)
    const { events, status } = endOf(exit, this.attributes, this.endTime)
    this.status = status
    this.events = events
    this.links = span.links.length === 0 ? none : linksOf(span, parent)
    this.resource = source.resource
    this.instrumentationScope = source.instrumentationScope
  }

  spanContext(): SpanContext {
    return this.#context
  }

  get duration(): HrTime {
    const [seconds, nanos] = this.endTime
    const [since, more] = this.startTime
    return nanos < more ? [seconds - since - 1, nanos - more + 1e9] : [seconds - since, nanos - more]
  }
}
