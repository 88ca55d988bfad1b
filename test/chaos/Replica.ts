import type { ChildProcess } from "node:child_process"
import { closeSync, openSync } from "node:fs"

import { Effect } from "effect"

import { eventually } from "../integration/support/service.ts"
import type { Machine } from "./network.ts"

/** One process of the service, which can be killed and started again on the same ports. */
export interface Replica {
  readonly name: string
  readonly logFile: string
  readonly start: Effect.Effect<void>
  /** Returns when the replica is ready. */
  readonly ready: Effect.Effect<void>
  /** Kills it with `kill -9`. Returns when the process has ended. */
  readonly kill: Effect.Effect<void>
  readonly signal: (signal: "SIGSTOP" | "SIGCONT") => Effect.Effect<void>
  readonly machine: Machine
  /** The answer to a request. Fails if there is none within 5 s. */
  readonly get: (path: string) => Effect.Effect<{ readonly status: number; readonly body: string }, unknown>
  /** Exits that the run did not cause. There must be none. */
  readonly unasked: Effect.Effect<ReadonlyArray<string>>
}

interface ReplicaOptions {
  readonly name: string
  readonly logFile: string
  readonly port: string
  readonly environment: Readonly<Record<string, string>>
  readonly machine: Machine
}

const operatorToken = "not-logged-operator-4"

/** `node src/main.ts`, not started yet. It ends with the scope. */
export const makeReplica = Effect.fnUntraced(function* ({ environment, logFile, machine, name, port }: ReplicaOptions) {
  let child: ChildProcess | undefined
  const unasked: Array<string> = []

  const start = Effect.sync(() => {
    const log = openSync(logFile, "a")
    const started = machine.spawn(["src/main.ts"], {
      env: {
        PATH: process.env["PATH"] ?? "",
        ...environment,
        HTTP_HOST: machine.address,
        HTTP_PORT: port,
        OPERATOR_TOKEN: operatorToken
      },
      stdio: ["ignore", log, log]
    })
    closeSync(log)
    child = started
    started.once("exit", (code, signal) => {
      if (child === started) unasked.push(`${name} ended by itself: exit code ${code}, signal ${signal}`)
    })
  })
  const kill = Effect.callback<void>((resume) => {
    const victim = child
    child = undefined
    if (victim === undefined || victim.exitCode !== null || victim.signalCode !== null) return resume(Effect.void)
    victim.once("exit", () => resume(Effect.void))
    victim.kill("SIGKILL")
  })
  yield* Effect.addFinalizer(() => kill)
  const get: Replica["get"] = (path) =>
    Effect.tryPromise(async () => {
      const url = `http://${machine.address}:${port}${path}`
      const headers = { authorization: `Bearer ${operatorToken}` }
      const answer = await fetch(url, { headers, signal: AbortSignal.timeout(5000) })
      return { status: answer.status, body: await answer.text() }
    })
  const isReady = Effect.suspend(() => {
    const [ended] = unasked
    return ended === undefined
      ? Effect.map(get("/health/ready"), ({ status }) => status === 200)
      : Effect.die(new Error(`${ended} (${logFile})`))
  })
  const replica: Replica = {
    name,
    logFile,
    start,
    ready: Effect.orDie(eventually(`${name} is ready`, isReady, 120)),
    kill,
    machine,
    signal: (signal) => Effect.sync(() => child?.kill(signal)),
    get,
    unasked: Effect.sync(() => unasked)
  }
  return replica
})
