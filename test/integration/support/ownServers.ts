import { execFile } from "node:child_process"
import { chmodSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"

import { Effect } from "effect"

import { freePorts } from "../../support/freePorts.ts"
import { temporaryDirectory } from "./temporaryFile.ts"

const run = promisify(execFile)

/** The cluster accepts a killed broker again after 3 s instead of 9. */
const environment = {
  ...process.env,
  KAFKA_EXTRA: "broker.session.timeout.ms=3000\nbroker.heartbeat.interval.ms=500"
}

/** A directory and a script's commands, each of which returns when it is done. The end of the scope runs the command `stop`. */
export const ownScript = Effect.fnUntraced(function* (
  path: string,
  stop: ReadonlyArray<string>,
  more: Readonly<Record<string, string>> = {}
) {
  const directory = yield* temporaryDirectory
  // Postgres runs as another user.
  chmodSync(directory, 0o755)
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
  // Kafka's controller uses the second port.
  const port = yield* freePorts(2)
  const command = yield* ownScript(path, ["stop", "data", String(port)])
  const of = (name: string) => command(name, "data", port)
  return { port, start: of("start"), stop: of("stop"), kill: of("kill") }
})

/** A broker and a database that a test starts and kills. Both are down at first. */
export const ownServers = Effect.gen(function* () {
  const kafka = yield* script("tools/kafka/kafka.sh")
  const postgres = yield* script("tools/postgres/postgres.sh")
  return {
    kafka: { ...kafka, brokers: `127.0.0.1:${kafka.port}` },
    postgres: { ...postgres, url: `postgres://postgres@127.0.0.1:${postgres.port}/postgres` }
  }
})
