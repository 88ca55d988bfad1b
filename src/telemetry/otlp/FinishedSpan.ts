import {
  type Attributes,
  type AttributeValue,
  type HrTime,
  type SpanStatus,
  SpanStatusCode,
  type SpanContext,
  TraceFlags,
  type Link,
  SpanKind
} from "@opentelemetry/api"
import type { tracing, resources } from "@opentelemetry/sdk-node"
import { Formatter, Cause, type Exit, type Tracer, Option } from "effect"

import { shownId } from "../../domain/personal/personalData.ts"
import { memo } from "../../domain/values/memo.ts"
import { mask, masked } from "../masking.ts"
import { holdsCorrelation, isId } from "../names.ts"

type Finished = tracing.ReadableSpan

/** The origin of the spans, as an exporter reports it. */
export interface SpanSource {
  readonly resource: resources.Resource
  readonly instrumentationScope: Finished["instrumentationScope"]
}

/** Matches the OpenTelemetry attributes whose values are our own words, or are already masked where they are set. */
const safeNames =
  /^(?:db|messaging)\.|^(?:http\.request\.method|server\.(?:address|port)|service\.peer\.name|url\.(?:full|template))$/

/** How a text of this name is exported. */
const exportedText = memo(100, (name: string): ((text: string) => string) =>
  holdsCorrelation(name) ? shownId : isId(name) || safeNames.test(name) ? (text) => text : mask
)

const exportedValue = (name: string, value: unknown): AttributeValue => {
  if (typeof value === "number" || typeof value === "boolean") return value
  if (typeof value === "string") return exportedText(name)(value)
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.map(mask)
  return mask(Formatter.format(masked(value)))
}

/**
 * A span's attributes as they are exported, without personal data (SPEC 9.6). A value that is not valid in
 * OpenTelemetry becomes text.
 */
const exportedAttributes = (attributes: ReadonlyMap<string, unknown>): Attributes => {
  const exported: Record<string, AttributeValue> = {}
  for (const [name, value] of attributes) exported[name] = exportedValue(name, value)
  return exported
}

type Events = tracing.ReadableSpan["events"]

/** The data that a span's end adds to it. */
interface SpanEnd {
  readonly status: SpanStatus
  /** One for each error. */
  readonly events: Events
  readonly attributes: Attributes
}

const exception = ({ message, name, stack = "" }: Error, time: HrTime): Events[number] => ({
  name: "exception",
  time,
  attributes: {
    "exception.type": mask(name),
    "exception.message": mask(message),
    "exception.stacktrace": mask(stack)
  }
})

const succeeded: SpanEnd = { status: { code: SpanStatusCode.OK }, events: [], attributes: {} }
const refused: SpanEnd = { ...succeeded, status: { code: SpanStatusCode.ERROR } }
const interrupted: SpanEnd = {
  status: { code: SpanStatusCode.UNSET },
  events: [],
  attributes: { "effect.fiber.interrupted": true }
}

/**
 * How a span ended at `time`. The error type is the one that the span already has, `errorType`, or else the error's
 * name.
 */
const spanEnd = (exit: Exit.Exit<unknown, unknown>, errorType: Attributes["error.type"], time: HrTime): SpanEnd => {
  if (exit._tag === "Success") return errorType === undefined ? succeeded : refused
  if (Cause.hasInterruptsOnly(exit.cause)) return interrupted
  const errors = Cause.prettyErrors(exit.cause, { includeCauseInStack: true })
  return {
    status: { code: SpanStatusCode.ERROR, message: mask(errors[0]?.message ?? "") },
    events: errors.map((error) => exception(error, time)),
    attributes: errorType === undefined ? { "error.type": errors.at(-1)?.name ?? "_OTHER" } : {}
  }
}

/** The span's identity in OpenTelemetry's terms. */
export const spanContextOf = ({ _tag, sampled, spanId, traceId }: Tracer.AnySpan): SpanContext => ({
  traceId,
  spanId,
  traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
  isRemote: _tag === "ExternalSpan"
})

/** Memoized, because there are few names except for the parts that a URL's template does not replace. */
const maskedName = memo(1000, mask)

const spanKinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER
}

const second = 1_000_000_000n
const hrTime = (nanos: bigint): HrTime => [Number(nanos / second), Number(nanos % second)]

/**
 * The span's links without one to its own parent, which an actor's span has. With that link, Jaeger would not show the
 * span as its parent's child.
 */
const linksOf = ({ links }: Tracer.Span, parent: Tracer.AnySpan | undefined): Array<Link> =>
  links.filter(({ span }) => span.spanId !== parent?.spanId).map(({ span }) => ({ context: spanContextOf(span) }))

/**
 * An ended span as it is exported: every error with its `error.type`, texts without personal data (SPEC 9.6). It keeps
 * no reference to the span itself, which would retain the result of the work until the batch is exported.
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
    this.kind = spanKinds[span.kind]
    this.#context = spanContextOf(span)
    if (parent !== undefined) this.parentSpanContext = spanContextOf(parent)
    this.startTime = hrTime(span.status.startTime)
    this.endTime = hrTime(endTime)
    this.attributes = exportedAttributes(span.attributes)
    const { attributes, events, status } = spanEnd(exit, this.attributes["error.type"], this.endTime)
    Object.assign(this.attributes, attributes)
    this.status = status
    this.events = events
    this.links = linksOf(span, parent)
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
