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

/** A directory and a script's commands, stopped with the scope by its command `stop`; each returns when it is done. */
export const ownScript = Effect.fnUntraced(function* (
  path: string,
  stop: ReadonlyArray<string>,
  more: Readonly<Record<string, string>> = {}
) {
  const directory = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const made = mkdtempSync(join(tmpdir(), "brom-ctx-"))
      // Postgres runs as a user of its own.
      chmodSync(made, 0o755)
      return made
    }),
    (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true }))
  )
  const command = (name: string, place: string, ...others: ReadonlyArray<string | number>) =>
    Effect.asVoid(
      Effect.promise(() =>
        run("sh", [path, name, join(directory, place), ...others.map(String)], { env: { ...environment, ...more } })
      )
    )
  const [name = "stop", place = "data", ...others] = stop
  yield* Effect.addFinalizer(() => Effect.ignoreCause(command(name, place, ...others)))
  return command
})

const script = Effect.fnUntraced(function* (path: string) {
  const port = yield* freePorts
  const command = yield* ownScript(path, ["stop", "data", String(port)])
  const of = (name: string) => command(name, "data", port)
  return { port, start: of("start"), stop: of("stop"), kill: of("kill") }
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
