import { Effect, Layer, Schedule } from "effect"

import manifest from "../../../package.json" with { type: "json" }
import type { Json } from "../../domain/record/ChannelResult.ts"
import { Breakers } from "../../services/Breakers.ts"
import { Processes } from "../../services/Processes.ts"
import { Intake } from "../intake/Intake.ts"
import { catchNonInterrupt } from "../runtime/retryOnDefect.ts"

const stateNow = Effect.gen(function* () {
  const { connected, inFlight, joined, lag, missingTopics } = yield* (yield* Intake).status
  const { servicenow, weni } = yield* Breakers
  const breakers = yield* Effect.all({ servicenow: servicenow.status, weni: weni.status })
  const state: Json = {
    version: manifest.version,
    ready: connected && joined && missingTopics.length === 0,
    joined,
    partitions: JSON.parse(JSON.stringify(lag)),
    inFlight: { ...inFlight },
    breakers: JSON.parse(JSON.stringify(breakers))
  }
  return state
})

/** Reports every five seconds what this process is doing, to the other processes and the operator. */
export const Presence = Layer.effectDiscard(
  Effect.gen(function* () {
    const processes = yield* Processes
    yield* Effect.flatMap(stateNow, processes.report).pipe(
      catchNonInterrupt((cause) => Effect.logError("status of this process could not be written, retrying", cause)),
      Effect.repeat(Schedule.spaced("5 seconds")),
      Effect.withTracerEnabled(false),
      Effect.forkScoped
    )
  })
)
