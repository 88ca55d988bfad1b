import { type HrTime, type Link, type SpanContext, SpanKind, type SpanStatus } from "@opentelemetry/api"
import type { resources, tracing } from "@opentelemetry/sdk-node"
import { type Exit, Option, type Tracer } from "effect"

import { memo } from "../../domain/memo.ts"
import { mask } from "../masking.ts"
import { toldAttributes } from "./spanAttributes.ts"
import { spanContextOf } from "./spanContextOf.ts"
import { spanEnd } from "./spanEnd.ts"

type Finished = tracing.ReadableSpan

/** Who made the spans, as an exporter tells it. */
export interface SpanSource {
  readonly resource: resources.Resource
  readonly instrumentationScope: Finished["instrumentationScope"]
}

/** There are few names, but for what a URL's template leaves in. */
const maskedName = memo(1000, mask)

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER
}

const second = 1_000_000_000n
const hrTime = (nanos: bigint): HrTime => [Number(nanos / second), Number(nanos % second)]

/** An actor's span is linked to its own parent: Jaeger would then show it as no child of it. */
const linksOf = ({ links }: Tracer.Span, parent: Tracer.AnySpan | undefined): Array<Link> =>
  links.filter(({ span }) => span.spanId !== parent?.spanId).map(({ span }) => ({ context: spanContextOf(span) }))

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
    this.#context = spanContextOf(span)
    if (parent !== undefined) this.parentSpanContext = spanContextOf(parent)
    this.startTime = hrTime(span.status.startTime)
    this.endTime = hrTime(endTime)
    this.attributes = toldAttributes(span.attributes)
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
