import { execFile } from "node:child_process"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"

import { Effect } from "effect"

const run = promisify(execFile)

/** A port that is free, with a free one above it (Kafka's controller). */
export const freePorts = Effect.promise(async () => {
  const listen = (port: number) =>
    new Promise<{ port: number; close: () => Promise<void> } | undefined>((resolve) => {
      const server = createServer()
      server.once("error", () => resolve(undefined))
      server.listen(port, "127.0.0.1", () => {
        const address = server.address()
        resolve({
          port: typeof address === "object" && address !== null ? address.port : 0,
          close: () => new Promise((done) => server.close(() => done()))
        })
      })
    })
  for (;;) {
    const first = await listen(0)
    const second = first && (await listen(first.port + 1))
    await Promise.all([first?.close(), second?.close()])
    if (first !== undefined && second !== undefined) return first.port
  }
})

/** A broker that was killed is let back in after 3 s instead of 9. */
const environment = {
  ...process.env,
  KAFKA_EXTRA: "broker.session.timeout.ms=3000\nbroker.heartbeat.interval.ms=500"
}

const script = (path: string) =>
  Effect.gen(function* () {
    const directory = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const made = mkdtempSync(join(tmpdir(), "brom-ctx-"))
        // Postgres runs as a user of its own.
        chmodSync(made, 0o755)
        return made
      }),
      (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true }))
    )
    const port = yield* freePorts
    const command = (name: string) =>
      Effect.promise(() => run("sh", [path, name, join(directory, "data"), String(port)], { env: environment }))
    const stop = Effect.asVoid(command("stop"))
    yield* Effect.addFinalizer(() => Effect.ignore(stop))
    return { port, stop, start: Effect.asVoid(command("start")), kill: Effect.asVoid(command("kill")) }
  })

/** A broker and a database that a test starts and kills as it likes; both are down at first. */
export const ownServers = Effect.gen(function* () {
  const kafka = yield* script("tools/kafka/kafka.sh")
  const postgres = yield* script("tools/postgres/postgres.sh")
  return {
    kafka: { ...kafka, brokers: `127.0.0.1:${kafka.port}` },
    postgres: { ...postgres, url: `postgres://postgres@127.0.0.1:${postgres.port}/postgres` }
  }
})
