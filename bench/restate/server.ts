import { writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"

import { Effect } from "effect"

import { eventually } from "../../test/integration/support/service.ts"
import { freePort } from "../../test/support/freePorts.ts"
import { ownDirectory, startChild, startProgram } from "../child.ts"

const binary = `@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`

interface Ports {
  readonly admin: number
  readonly ingress: number
  readonly node: number
}

const configuration = (directory: string, ports: Ports, brokers: string) => `
disable-telemetry = true
log-filter = "warn"
node-name = "bench"
cluster-name = "bench"
base-dir = ${JSON.stringify(join(directory, "data"))}
bind-address = "127.0.0.1:${ports.node}"

[admin]
bind-address = "127.0.0.1:${ports.admin}"

[ingress]
bind-address = "127.0.0.1:${ports.ingress}"

[[ingress.kafka-clusters]]
name = "bench"
brokers = ${JSON.stringify(brokers.split(","))}
`

const post = (url: string, body: object) =>
  Effect.promise(async () => {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body)
    })
    if (!answer.ok) throw new Error(`POST ${url}: ${answer.status} ${await answer.text()}`)
  })

/**
 * Starts Restate's server and the process that it calls, reading `TOPIC_IN`. It is one node that keeps its state in a
 * directory of its own.
 */
export const startRestate = Effect.fnUntraced(function* (environment: Readonly<Record<string, string>>) {
  const directory = yield* ownDirectory
  const ports: Ports = { admin: yield* freePort, ingress: yield* freePort, node: yield* freePort }
  const endpoint = yield* freePort
  const file = join(directory, "restate.toml")
  writeFileSync(file, configuration(directory, ports, environment["KAFKA_BROKERS"] ?? ""))
  const service = yield* startChild(["bench/restate/service.ts"], { ...environment, ENDPOINT_PORT: String(endpoint) })
  const server = yield* startProgram(createRequire(import.meta.url).resolve(binary), ["--config-file", file], {})
  const admin = `http://127.0.0.1:${ports.admin}`
  const registered = eventually(
    "Restate",
    Effect.as(
      Effect.tryPromise(async () => {
        const answer = await fetch(`${admin}/health`)
        if (!answer.ok) throw new Error(`health: ${answer.status}`)
      }),
      true
    )
  ).pipe(
    Effect.orDie,
    Effect.andThen(post(`${admin}/deployments`, { uri: `http://127.0.0.1:${endpoint}` })),
    Effect.andThen(
      post(`${admin}/subscriptions`, {
        source: `kafka://bench/${environment["TOPIC_IN"]}`,
        sink: "service://communication/outbound",
        options: { "auto.offset.reset": "earliest", "group.id": environment["KAFKA_GROUP_ID"] }
      })
    )
  )
  yield* Effect.raceAllFirst([registered, service.ended, server.ended])
  return [service, server] as const
})
