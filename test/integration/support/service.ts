import { type ChildProcess, spawn } from "node:child_process"

import { Effect, Schedule } from "effect"

import manifest from "../../../package.json" with { type: "json" }
import { defaultJourneysFile } from "../../support/defaultJourneys.ts"
import { freePort } from "../../support/freePorts.ts"

/** One line of the service's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly message?: unknown }

const exited = (child: ChildProcess) =>
  Effect.callback<{ readonly code: number | null; readonly signal: string | null }>((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      return resume(Effect.succeed({ code: child.exitCode, signal: child.signalCode }))
    }
    child.once("exit", (code, signal) => resume(Effect.succeed({ code, signal })))
  })

const lines = (text: string): ReadonlyArray<LogLine> =>
  text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line))

/** Polls until the condition holds. After `seconds` it dies with a message that contains `what`. */
export const eventually = <E, R>(what: string, condition: Effect.Effect<boolean, E, R>, seconds = 60) =>
  condition.pipe(
    Effect.orElseSucceed(() => false),
    Effect.flatMap((holds) => (holds ? Effect.void : Effect.fail("not yet"))),
    Effect.retry(Schedule.spaced("50 millis")),
    Effect.timeoutOrElse({
      duration: `${seconds} seconds`,
      orElse: () => Effect.die(new Error(`${what}: not within ${seconds} s`))
    })
  )

/** The service as `npm start` runs it, until the scope ends. `directory` has its sources; the default is this tree. */
export const startService = Effect.fnUntraced(function* (
  environment: Readonly<Record<string, string>>,
  directory: string = process.cwd()
) {
  const port = environment.HTTP_PORT ?? String(yield* freePort)
  const output = { out: "", err: "" }
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const started = spawn(process.execPath, manifest.scripts.start.split(" ").slice(1), {
        cwd: directory,
        // On loopback a kernel holds nothing back.
        env: {
          PATH: process.env.PATH ?? "",
          JOURNEYS_FILE: defaultJourneysFile(),
          TCP_ORPHAN_TIMEOUT: "1 second",
          ...environment,
          HTTP_PORT: port
        },
        stdio: ["ignore", "pipe", "pipe"]
      })
      started.stdout.on("data", (chunk: Buffer) => (output.out += chunk.toString("utf8")))
      started.stderr.on("data", (chunk: Buffer) => (output.err += chunk.toString("utf8")))
      return started
    }),
    (started) =>
      Effect.andThen(
        Effect.sync(() => started.kill("SIGKILL")),
        exited(started)
      )
  )
  const get = (path: string) =>
    Effect.tryPromise(async () => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`)
      return { status: answer.status, body: await answer.text() }
    })
  return {
    port,
    pid: child.pid ?? 0,
    get,
    ready: eventually(
      "ready",
      Effect.map(get("/health/ready"), ({ status }) => status === 200)
    ).pipe(Effect.tapCause(() => Effect.flatMap(get("/health/ready"), ({ body }) => Effect.logInfo(body)))),
    logs: Effect.sync(() => lines(output.out)),
    stderr: Effect.sync(() => output.err),
    signal: (signal: NodeJS.Signals) => Effect.sync(() => child.kill(signal)),
    exit: Effect.timeoutOrElse(exited(child), {
      duration: "60 seconds",
      orElse: () => Effect.die(new Error("the service did not exit"))
    })
  }
})

export type Service = Effect.Success<ReturnType<typeof startService>>
