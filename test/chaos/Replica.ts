import type { ChildProcess } from "node:child_process"
import { closeSync, openSync } from "node:fs"

import { Effect } from "effect"

import { eventually } from "../integration/support/service.ts"
import type { Machine } from "./network.ts"

/** One process of the service that is killed and started again on the same ports. */
export interface Replica {
  readonly name: string
  readonly logFile: string
  readonly start: Effect.Effect<void>
  /** Returns when it can work. */
  readonly ready: Effect.Effect<void>
  /** `kill -9`; returns when it is gone. */
  readonly kill: Effect.Effect<void>
  readonly signal: (signal: "SIGSTOP" | "SIGCONT") => Effect.Effect<void>
  readonly machine: Machine
  /** What it answers; fails when it does not within 5 s. */
  readonly get: (path: string) => Effect.Effect<{ readonly status: number; readonly body: string }, unknown>
  /** Ends that nobody asked for; empty for ever in a service that keeps its promise. */
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

/** `node src/main.ts`, not started yet; ended with the scope. */
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
