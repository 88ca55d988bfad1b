import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

import { Cause, Console, Effect, Exit, Fiber } from "effect"
import type { Teardown } from "effect/Runtime"

import { DatabaseStatus } from "./services/DatabaseStatus.ts"
import { Settings } from "./services/Settings.ts"
import { printableLines } from "./telemetry/printable.ts"
import { exportGrace } from "./telemetry/Telemetry.ts"

/** Milliseconds of `SHUTDOWN_GRACE` that the process itself needs to exit. */
const reserve = 250

/** 0 after a signal, 1 after anything else, because the service never ends by itself. */
const codeOf = (exit: Exit.Exit<unknown, unknown>): number =>
  Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause) ? 0 : 1

/**
 * Runs the app until a signal, or until this process can never use its database again. The app's scope then closes
 * within `SHUTDOWN_GRACE` (SPEC 9.4), or is abandoned.
 */
export const untilStopped = Effect.fnUntraced(function* <E, R>(app: Effect.Effect<never, E, R>) {
  const { lost } = yield* DatabaseStatus
  const { shutdownGrace, telemetry } = yield* Settings
  const afterwards = telemetry === undefined ? reserve : reserve + exportGrace
  const fiber = yield* Effect.forkDetach(app)
  const stop = Effect.interruptible(Fiber.interrupt(fiber)).pipe(
    Effect.timeoutOrElse({
      duration: shutdownGrace - afterwards,
      orElse: () => Effect.logError("SHUTDOWN_GRACE passed before all work ended, the next start resumes it")
    })
  )
  return yield* Effect.raceFirst(
    Effect.onInterrupt(Fiber.join(fiber), () => Effect.andThen(Effect.logInfo("stopping"), stop)),
    lost
  ).pipe(Effect.onExit((exit) => Effect.annotateLogs(Effect.logInfo("stopped"), { exit: codeOf(exit) })))
})

/** Prints to stderr why the service cannot start or continue, one line for every problem and nothing else. */
export const reportStart = <A, E extends { readonly message: string }, R>(main: Effect.Effect<A, E, R>) =>
  Effect.tapCause(main, (cause) =>
    Cause.hasInterruptsOnly(cause)
      ? Effect.void
      : Console.error(
          printableLines(
            cause.reasons
              .map((reason) =>
                Cause.isFailReason(reason) ? reason.error.message : Cause.pretty(Cause.fromReasons([reason]))
              )
              .join("\n")
          )
        )
  )

export const exitCode: Teardown = (exit, onExit) => onExit(codeOf(exit))

/**
 * Runs one full garbage collection that returns memory to the system. While modules load, nearly all new objects
 * survive. V8 therefore lets the young generation grow to twice its limit, keeps that size, and shrinks it only after
 * 100 s without a collection. Run it once, when the service is built: it takes 0.1 s, before the first record
 * (docs/performance.md "Idle"). Has no effect if V8 does not expose its collector.
 */
export const compactHeap = Effect.ignore(
  Effect.try(() => {
    setFlagsFromString("--expose-gc")
    // Only `last-resort` returns memory. Only a context that is created while the flag is set has `gc`, so only this
    // one has it.
    try {
      runInNewContext(`gc({ type: "major", flavor: "last-resort" })`)
    } finally {
      setFlagsFromString("--no-expose-gc")
    }
  })
)
