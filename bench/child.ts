import { type ChildProcess, type Serializable, spawn } from "node:child_process"
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

import { Data, Effect } from "effect"

/** A process of the bench, which ends with the scope. */
export interface Child {
  readonly pid: number
  send(message: Serializable): void
  /** Receives its IPC messages. */
  listen(listener: (message: object) => void): void
  /** Fails if it ends by itself. */
  readonly ended: Effect.Effect<never, BenchFailed>
}

/** Why there is no result. */
export class BenchFailed extends Data.TaggedError("BenchFailed")<{ readonly message: string }> {}

/** A directory that is removed with the scope. */
export const ownDirectory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "brom-ctx-bench-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
)

const gone = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

const stop = (child: ChildProcess) =>
  Effect.callback<void>((resume) => {
    if (gone(child)) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
    child.kill("SIGKILL")
  })

/** Starts a program with only this environment. Its output is shown only if it ends by itself. */
export const startProgram = Effect.fnUntraced(function* (
  command: string,
  args: ReadonlyArray<string>,
  environment: Readonly<Record<string, string>>
) {
  const log = join(yield* ownDirectory, "log")
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const out = openSync(log, "a")
      const started = spawn(command, [...args], {
        env: { PATH: process.env["PATH"] ?? "", ...environment },
        stdio: ["ignore", out, out, "ipc"]
      })
      closeSync(out)
      return started
    }),
    stop
  )
  const said = () => readFileSync(log, "utf8").trim().split("\n").slice(-20).join("\n")
  const ended = Effect.callback<never, BenchFailed>((resume) => {
    const tell = () =>
      resume(Effect.fail(new BenchFailed({ message: `${args.join(" ")} ended by itself:\n${said()}` })))
    if (gone(child)) return tell()
    child.once("exit", tell)
    return Effect.sync(() => child.off("exit", tell))
  })
  const started: Child = {
    pid: child.pid ?? 0,
    send: (message) => void child.send(message),
    listen: (listener) =>
      void child.on("message", (message) => {
        if (typeof message === "object" && message !== null) listener(message)
      }),
    ended
  }
  return started
})

/** The same with `node …`. */
export const startChild = (args: ReadonlyArray<string>, environment: Readonly<Record<string, string>>) =>
  startProgram(process.execPath, args, environment)
