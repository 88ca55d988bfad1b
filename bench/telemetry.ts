import { createServer } from "node:http"

import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"

import { order } from "../test/integration/support/customers.ts"
import { databaseUrl } from "../test/integration/support/environment.ts"
import { ownDatabase } from "../test/integration/support/ownDatabase.ts"
import { eventually, type Service, startService } from "../test/integration/support/service.ts"
import { makeTopics } from "../test/integration/support/topics.ts"
import { startVendors } from "../test/integration/support/vendors.ts"

/**
 * What telemetry costs: CPU of the service per communication, exporting nothing and exporting everything, in turns of one run on
 * a real Kafka and Postgres (`KAFKA_BROKERS`, `DATABASE_URL`). `node bench/telemetry.ts [communications] [turns]`
 */
const [count = 1000, turns = 3] = process.argv.slice(2).map(Number)
const warmUp = 300
const journey = "pedido_entregue_amanha"

/** Takes everything and says nothing. */
const sink = Effect.acquireRelease(
  Effect.callback<{ readonly url: string; readonly bytes: () => number; readonly close: () => void }>((resume) => {
    let bytes = 0
    const server = createServer((request, response) => {
      request.on("data", (chunk: Buffer) => (bytes += chunk.length))
      request.on("end", () => response.end())
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      resume(
        Effect.succeed({
          url: `http://127.0.0.1:${port}`,
          bytes: () => bytes,
          close: () => server.closeAllConnections()
        })
      )
    })
  }),
  ({ close }) => Effect.sync(close)
)

const cpuSeconds = (service: Service) =>
  Effect.map(service.get("/metrics"), ({ body }) => Number(/^process_cpu_seconds_total (\S+)$/m.exec(body)?.[1]))

/** Milliseconds of CPU per communication. */
const turn = Effect.fnUntraced(function* (environment: Readonly<Record<string, string>>) {
  const topics = yield* makeTopics()
  const vendors = yield* startVendors
  yield* topics.open
  const service = yield* startService({
    ...topics.environment,
    ...vendors.environment,
    DATABASE_URL: yield* ownDatabase(databaseUrl),
    LOG_LEVEL: "Info",
    ...environment
  })
  yield* service.ready
  const ended = (first: number, many: number) =>
    Effect.andThen(
      topics.send(Array.from({ length: many }, (_, index) => order(journey, first + index))),
      eventually(
        `${first + many} responses`,
        Effect.map(topics.responses, (all) => all.length >= first + many),
        300
      )
    )
  yield* ended(0, warmUp)
  const before = yield* cpuSeconds(service)
  yield* ended(warmUp, count)
  return (((yield* cpuSeconds(service)) - before) * 1000) / count
}, Effect.scoped)

const main = Effect.gen(function* () {
  const { bytes, url } = yield* sink
  let [without, exporting] = [0, 0]
  for (let index = 0; index < turns; index++) {
    const off = yield* turn({})
    const on = yield* turn({ OTEL_EXPORTER_OTLP_ENDPOINT: url })
    yield* Console.log(`turn ${index + 1}: ${off.toFixed(2)} ms without, ${on.toFixed(2)} ms with telemetry`)
    without += off / turns
    exporting += on / turns
  }
  const share = ((exporting / without - 1) * 100).toFixed(0)
  const size = (bytes() / turns / (count + warmUp) / 1024).toFixed(1)
  yield* Console.log(
    `CPU per communication: ${without.toFixed(2)} ms without, ${exporting.toFixed(2)} ms with telemetry (+${share} %); ${size} KiB exported`
  )
}).pipe(Effect.scoped)

NodeRuntime.runMain(main)
