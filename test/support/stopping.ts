import { Deferred, Effect, Exit } from "effect"

import type { Lease } from "../../src/services/Ownership.ts"
import type { Around } from "./interposed.ts"
import type { World } from "./World.ts"

/**
 * A process that is stopped (SIGSTOP) when Weni's first answer arrives, before it knows the answer. No outside call starts
 * or returns until it continues.
 */
export const stoppedAtAnswer = (world: Pick<World, "weni">) => {
  const resumed = Deferred.makeUnsafe<void>()
  let state: "running" | "stopped" | "recording" | "dead" = "running"
  let wasStopped = false
  const running = Effect.suspend(() => {
    if (state === "dead") return Effect.never
    return state === "stopped" ? Deferred.await(resumed) : Effect.void
  })
  const around: Around = (call, effect) =>
    Effect.gen(function* () {
      yield* running
      const exit = yield* Effect.exit(effect)
      if (!wasStopped && call === "Http.send" && (yield* world.weni.requests).length > 0) {
        wasStopped = true
        state = "stopped"
      }
      if (state === "recording" && call === "Journal.append" && Exit.isSuccess(exit)) state = "dead"
      yield* running
      return yield* exit
    })
  const goOn = (next: typeof state) =>
    Effect.andThen(
      Effect.sync(() => {
        state = next
      }),
      Deferred.succeed(resumed, undefined)
    )
  return {
    around,
    isStopped: Effect.sync(() => wasStopped),
    /** Continues it, as SIGCONT does. */
    resume: goOn("running"),
    /** Continues it. It dies as soon as the answer is recorded. */
    resumeToRecord: goOn("recording")
  }
}

/** A lease that can be lost. */
export const losableLease = () => {
  let held = true
  const lease: Lease = {
    holds: () => held,
    awaitValid: Effect.suspend(() => (held ? Effect.void : Effect.never)),
    validFrom: -Infinity,
    tenure: {}
  }
  return { lease, lose: Effect.sync(() => (held = false)) }
}
