import { diag, DiagLogLevel } from "@opentelemetry/api"
import { Clock, Effect, Layer } from "effect"

import { countLost } from "../metrics.ts"

/** Milliseconds: a collector that is away would have a line for every batch. */
const every = 60_000

/** What the processors say of a full queue, once it has room again. */
const dropped = /^Dropped (\d+) /

const ignored = () => {}

/** Tells operators of what the exporters cannot do, once a minute, and counts the spans that found their queue full. */
export const Diagnostics = Layer.effectDiscard(
  Effect.gen(function* () {
    const run = Effect.runForkWith(yield* Effect.context<never>())
    let toldAt = Number.NEGATIVE_INFINITY
    const tell = (text: string) => {
      const lost = dropped.exec(text)?.[1]
      const told = Effect.flatMap(Clock.currentTimeMillis, (now) => {
        if (now - toldAt < every) return Effect.void
        toldAt = now
        return Effect.logWarning(`telemetry is not exported as it should be: ${text.slice(0, 300)}`)
      })
      run(Effect.andThen(lost === undefined ? Effect.void : countLost("queue", Number(lost)), told))
    }
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        const logger = { error: tell, warn: tell, info: ignored, debug: ignored, verbose: ignored }
        diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
      }),
      () => Effect.sync(() => diag.disable())
    )
  })
)
