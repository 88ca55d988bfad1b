import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, Cause, Exit, Layer, Logger, References } from "effect"
import { CliOutput, CliConfig, CliError, Command, GlobalFlag } from "effect/cli"
import type { Teardown } from "effect/Runtime"

import manifest from "../../package.json" with { type: "json" }
import { readEnvironmentFile } from "../layers/settings/environmentFile.ts"
import { formatLine } from "../telemetry/logs.ts"
import { printableLines } from "../telemetry/printable.ts"
import { ctx } from "./ctx.ts"
import { note } from "./output.ts"

/**
 * Requested help is the result and goes to stdout. After wrong use, help is part of the error and goes to stderr. What
 * was wrong is shown as `print` shows it, because it may have been copied from a customer's words.
 */
export const presenter: CliOutput.Presenter = {
  present: (event) => {
    const shown = CliOutput.defaultPresenter.present(event)
    if (event._tag === "Version" || (event._tag === "Help" && event.reason === "Requested")) return shown
    return shown.pipe(
      Effect.updateService(Console.Console, (console) => {
        const error = (text: string) => console.error(printableLines(text))
        return { ...console, log: error, error }
      }),
      Effect.provideService(CliOutput.Formatter, CliOutput.defaultFormatter({ colors: false }))
    )
  }
}

/** Warnings of the layers go to stderr, because stdout holds only the result. */
const Logs = Layer.merge(
  Logger.layer([Logger.withConsoleError(formatLine)]),
  Layer.succeed(References.MinimumLogLevel, "Warn")
)

/** Prints the errors that effect/cli has not printed itself. */
const report = (cause: Cause.Cause<{ readonly message: string } | CliError.CliError>) => {
  const messages = cause.reasons.flatMap((reason) =>
    Cause.isFailReason(reason)
      ? CliError.isCliError(reason.error)
        ? []
        : [reason.error.message]
      : Cause.isDieReason(reason)
        ? [Cause.pretty(Cause.fromReasons([reason]))]
        : []
  )
  return messages.length === 0 ? Effect.void : note(messages.join("\n"))
}

const isWrongUse = (error: unknown): boolean =>
  CliError.isCliError(error) ||
  (typeof error === "object" && error !== null && "_tag" in error && error._tag === "WrongUse")

const exitCode = (exit: Exit.Exit<unknown, unknown>): number => {
  if (Exit.isSuccess(exit)) return 0
  if (Cause.hasInterruptsOnly(exit.cause)) return 130
  return exit.cause.reasons.some((reason) => Cause.isFailReason(reason) && isWrongUse(reason.error)) ? 2 : 1
}

const teardown: Teardown = (exit, onExit) => onExit(exitCode(exit))

const main = Command.run(ctx, { version: manifest.version }).pipe(
  Effect.tapCause(report),
  Effect.provide(Logs),
  Effect.provideService(CliConfig.CliConfig, { builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.LogLevel] }),
  Effect.provideService(CliOutput.Presenter, presenter),
  Effect.provide(NodeServices.layer)
)

readEnvironmentFile()
NodeRuntime.runMain(main, { disableErrorReporting: true, teardown })
