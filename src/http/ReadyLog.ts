import { Effect, Layer, Option, Schedule } from "effect"

import manifest from "../../package.json" with { type: "json" }
import { monotonicMillis } from "../domain/values/monotonicTime.ts"
import { Settings } from "../services/Settings.ts"
import { isReady, readiness } from "./readiness.ts"
import { RuntimeStatus } from "./RuntimeStatus.ts"

const partitions = Effect.gen(function* () {
  const intake = yield* Effect.flatMap(RuntimeStatus, (runtimeStatus) => runtimeStatus.intake)
  if (Option.isNone(intake)) return []
  const { assigned } = yield* intake.value.kafka
  return assigned.toSorted()
})

const untilReady = Effect.repeat(isReady, { schedule: Schedule.spaced("500 millis"), until: (ready) => ready })

/** Logs "ready" once, when `/health/ready` first answers 200: where this process listens, and what it works on. */
export const ReadyLog = Layer.effectDiscard(
  Effect.gen(function* () {
    const { http } = yield* Settings
    const began = yield* monotonicMillis
    yield* Effect.gen(function* () {
      yield* untilReady
      const { parts } = yield* readiness
      yield* Effect.annotateLogs(Effect.logInfo("ready"), {
        version: manifest.version,
        http: `http://${http.host}:${http.port}`,
        database: parts.database.detail,
        partitions: yield* partitions,
        after_ms: Math.round((yield* monotonicMillis) - began)
      })
    }).pipe(Effect.withTracerEnabled(false), Effect.forkScoped)
  })
)
