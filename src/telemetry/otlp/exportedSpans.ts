import * as Resource from "@effect/opentelemetry/Resource"
import type { tracing } from "@opentelemetry/sdk-node"
import { Effect, type Exit, Layer, Tracer } from "effect"

import manifest from "../../../package.json" with { type: "json" }
import { FinishedSpan } from "./FinishedSpan.ts"
import { isSampled } from "./isSampled.ts"

interface ExportedSpansOptions {
  readonly processor: tracing.SpanProcessor
  readonly sampler: tracing.Sampler
  /** Milliseconds that a stop waits for what was not exported yet. */
  readonly shutdownTimeout: number
}

type OnEnd = (span: Tracer.Span, endTime: bigint, exit: Exit.Exit<unknown, unknown>) => void

class ExportedSpan extends Tracer.NativeSpan {
  override readonly sampled: boolean
  readonly #onEnd: OnEnd

  constructor(options: ConstructorParameters<typeof Tracer.NativeSpan>[0], sampler: tracing.Sampler, onEnd: OnEnd) {
    super(options)
    this.sampled = isSampled(sampler, this)
    this.#onEnd = onEnd
  }

  override end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    if (this.status._tag === "Ended") return
    super.end(endTime, exit)
    if (this.sampled) this.#onEnd(this, endTime, exit)
  }
}

/**
 * Effect's own spans, which OpenTelemetry's processor is handed when they end: `@effect/opentelemetry` makes one of OpenTelemetry's
 * for each, too, and that one the active context at every step of every fiber, for instrumentation that there is none of here.
 */
export const exportedSpans = ({ processor, sampler, shutdownTimeout }: ExportedSpansOptions) =>
  Layer.effect(
    Tracer.Tracer,
    Effect.gen(function* () {
      const source = {
        resource: yield* Resource.Resource,
        instrumentationScope: { name: manifest.name, version: manifest.version }
      }
      yield* Effect.addFinalizer(() =>
        Effect.promise(() => processor.forceFlush().finally(() => processor.shutdown())).pipe(
          Effect.interruptible,
          Effect.timeoutOption(shutdownTimeout)
        )
      )
      const onEnd: OnEnd = (span, endTime, exit) => processor.onEnd(new FinishedSpan(span, endTime, exit, source))
      return Tracer.make({ span: (options) => new ExportedSpan(options, sampler, onEnd) })
    })
  )
