import { NodeServices } from "@effect/platform-node"
import { ConfigProvider, Console, Effect, Exit, Layer } from "effect"
import { Command } from "effect/cli"

interface Ran {
  readonly out: string
  readonly err: string
  /** The message of the failure, `undefined` for exit code 0. */
  readonly failure: string | undefined
  /** `ProblemFound` is exit code 1. Any other error is wrong use, exit code 2. */
  readonly tag: string | undefined
}

/** Runs one command in this process, with only these arguments and this environment. */
export const runCommand = <
  const Name extends string,
  Input,
  E extends { readonly _tag: string; readonly message: string }
>(
  command: Command.Command<Name, Input, {}, E, Command.Environment>,
  args: ReadonlyArray<string>,
  environment: Readonly<Record<string, string>> = {}
) =>
  Effect.gen(function* () {
    const out: Array<string> = []
    const err: Array<string> = []
    const run = Command.runWith(command, { version: "0" })(args)
    const exit = yield* Effect.exit(
      Effect.updateService(run, Console.Console, (console) => ({
        ...console,
        log: (text: string) => void out.push(text),
        error: (text: string) => void err.push(text)
      }))
    )
    const error = Exit.isFailure(exit) ? yield* Effect.flip(exit) : undefined
    const ran: Ran = { out: out.join("\n"), err: err.join("\n"), failure: error?.message, tag: error?._tag }
    return ran
  }).pipe(
    Effect.provide(Layer.merge(NodeServices.layer, ConfigProvider.layer(ConfigProvider.fromUnknown(environment))))
  )
