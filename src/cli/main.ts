import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, Cause, Exit, Layer, Logger, References } from "effect"
import { CliOutput, CliConfig, CliError, Command, GlobalFlag } from "effect/cli"
import type { Teardown } from "effect/Runtime"

import { readEnvironmentFile } from "../layers/settings/environmentFile.ts"
import { formatLine } from "../telemetry/logs.ts"
import { printableLines } from "../telemetry/printable.ts"
import { auditCommand } from "./audit.ts"
import { deadLetters } from "./deadLetters.ts"
import { decideCommand } from "./decide.ts"
import { doctorCommand } from "./doctor.ts"
import { journeysCommand } from "./journeys.ts"
import { listCommand } from "./list.ts"
import { operationsCommand } from "./operations.ts"
import { previewCommand } from "./preview.ts"
import { privacyCommand } from "./privacy.ts"
import { retryCommand } from "./retry.ts"
import { show } from "./show.ts"

/** Requested help is the result and goes to stdout. After wrong use, help is part of the error and goes to stderr. */
export const presenter: CliOutput.Presenter = {
  present: (event) =>
    event._tag === "Version" || (event._tag === "Help" && event.reason === "Requested")
      ? CliOutput.defaultPresenter.present(event)
      : Effect.updateService(CliOutput.defaultPresenter.present(event), Console.Console, (console) => ({
          ...console,
          log: console.error
        }))
}

const ctx = Command.make("ctx").pipe(
  Command.withDescription(
    "The operator's command line. Exit codes: 0 done, 1 a problem was found or the command failed, 2 wrong use."
  ),
  Command.withSubcommands([
    listCommand,
    show,
    retryCommand,
    operationsCommand,
    auditCommand,
    decideCommand,
    deadLetters,
    doctorCommand,
    journeysCommand,
    previewCommand,
    privacyCommand
  ])
)

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
  return messages.length === 0 ? Effect.void : Console.error(printableLines(messages.join("\n")))
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

const main = Command.run(ctx, { version: "0.1.0" }).pipe(
  Effect.tapCause(report),
  Effect.provide(Logs),
  Effect.provideService(CliConfig.CliConfig, { builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.LogLevel] }),
  Effect.provideService(CliOutput.Presenter, presenter),
  Effect.provide(NodeServices.layer)
)

readEnvironmentFile()
NodeRuntime.runMain(main, { disableErrorReporting: true, teardown })
