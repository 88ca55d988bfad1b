import { readFileSync } from "node:fs"

import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"

import { databaseUrl } from "../test/integration/support/environment.ts"
import { ownDatabase } from "../test/integration/support/ownDatabase.ts"
import { startService } from "../test/integration/support/service.ts"
import { makeTopics } from "../test/integration/support/topics.ts"
import { startVendors } from "../test/integration/support/vendors.ts"

/**
 * Measures what the service costs while nothing happens: memory and CPU of `npm start` on a real Kafka and Postgres
 * (`KAFKA_BROKERS`, `DATABASE_URL`; Linux). `node bench/idle.ts [seconds]`
 */
const [seconds = 60] = process.argv.slice(2).map(Number)

/** Jiffies of 10 ms. */
const ticks = (pid: number): number => {
  const [, rest = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")
  const fields = rest.split(" ")
  return Number(fields[11]) + Number(fields[12])
}

const memory = (pid: number): string =>
  readFileSync(`/proc/${pid}/status`, "utf8")
    .split("\n")
    .filter((line) => /^(VmHWM|VmRSS|RssAnon|RssFile)/.test(line))
    .map((line) => line.replace(/:\s+(\d+) kB/, (_, kilobytes) => ` ${Math.round(Number(kilobytes) / 1024)} MiB`))
    .join(", ")

const main = Effect.gen(function* () {
  const topics = yield* makeTopics()
  const vendors = yield* startVendors
  yield* topics.create
  const service = yield* startService({
    ...topics.environment,
    ...vendors.environment,
    DATABASE_URL: yield* ownDatabase(databaseUrl),
    LOG_LEVEL: "Info"
  })
  yield* service.ready
  yield* Console.log(`ready after ${(performance.now() / 1000).toFixed(1)} s: ${memory(service.pid)}`)
  yield* Effect.sleep(`${seconds} seconds`)
  const before = ticks(service.pid)
  yield* Effect.sleep(`${seconds} seconds`)
  const cpu = (ticks(service.pid) - before) / seconds
  yield* Console.log(
    `idle: ${memory(service.pid)}; ${cpu.toFixed(2)} % CPU over ${seconds} s (${before * 10} ms before)`
  )
  yield* service.signal("SIGTERM")
  yield* service.exit
}).pipe(Effect.scoped)

NodeRuntime.runMain(main)
