import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"

import { freePort } from "../support/freePorts.ts"
import { collectorBinary, startSink } from "./support/collector.ts"
import { idOf, order } from "./support/customers.ts"
import { databaseUrl } from "./support/environment.ts"
import { ownDatabase } from "./support/ownDatabase.ts"
import { eventually, type Service, startService } from "./support/service.ts"
import { temporaryDirectory, temporaryFile } from "./support/temporaryFile.ts"
import { makeTopics } from "./support/topics.ts"
import { startVendors } from "./support/vendors.ts"

const journey = "sempre_aberta"
const journeys = `
journeys:
  ${journey}:
    deliveryOffsetDays: 1
    case: { short_description: Pedido, description: Entrega, priority: 3, state: 10 }
    answers: { yes: [sim], no: [não] }
`

const numbers = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index)

const gauge = (service: Service, name: string) =>
  Effect.map(service.get("/metrics"), ({ body }) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(body)?.[1] ?? 0))

const lost = (service: Service) =>
  Effect.map(service.get("/metrics"), ({ body }) =>
    [...body.matchAll(/^ctx_spans_lost_total\{.*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0)
  )

/** A collector on that port, in a scope of its own, whose end is a `kill -9`. */
const startAt = Effect.fnUntraced(function* (port: number) {
  const scope = yield* Effect.acquireRelease(Scope.make(), (made) => Scope.close(made, Exit.void))
  const sink = yield* Scope.provide(startSink(yield* temporaryDirectory, port), scope)
  return { received: sink.tempo, kill: Scope.close(scope, Exit.void) }
})

describe.runIf(collectorBinary !== undefined)("the collector is unavailable", () => {
  it.live(
    "no record is lost, memory is bounded and lost spans are counted; spans resume by themselves, and a stop does not wait",
    () =>
      Effect.gen(function* () {
        const topics = yield* makeTopics()
        const vendors = yield* startVendors
        yield* topics.open
        const port = yield* freePort
        const collector = yield* startAt(port)
        const service = yield* startService({
          ...topics.environment,
          ...vendors.environment,
          DATABASE_URL: yield* ownDatabase(databaseUrl),
          JOURNEYS_FILE: yield* temporaryFile("journeys.yaml", journeys),
          OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`
        })
        yield* service.ready
        const ended = (count: number) => topics.responded(count, 120)
        const send = (first: number, count: number) => topics.send(numbers(first, count).map((n) => order(journey, n)))
        const told = (received: Effect.Effect<string>, customer: number) =>
          eventually(
            `spans of customer ${customer}`,
            Effect.map(received, (text) => text.includes(idOf(journey, customer)))
          )

        yield* send(0, 50)
        yield* ended(50)
        yield* told(collector.received, 0)
        const before = yield* gauge(service, "process_resident_memory_bytes")

        // The collector is killed while records are in progress.
        yield* send(50, 500)
        yield* ended(100)
        yield* collector.kill
        yield* ended(550)
        yield* eventually(
          "lost spans are counted",
          Effect.map(lost(service), (count) => count > 0)
        )
        const away = yield* gauge(service, "process_resident_memory_bytes")
        assert.isBelow((away - before) / 1e6, 150, "MB more than before")

        const again = yield* startAt(port)
        yield* send(550, 50)
        yield* ended(600)
        yield* told(again.received, 599)

        const responses = yield* topics.responses
        assert.lengthOf([...new Set(responses.map(({ headers }) => headers.id_correlacao))], 600)
        assert.lengthOf(responses, 600)
        assert.lengthOf(yield* vendors.serviceNow.cases, 600)
        assert.lengthOf(yield* vendors.weni.dispatches, 600)

        yield* again.kill
        yield* send(600, 20)
        yield* ended(620)
        yield* service.signal("SIGTERM")
        assert.deepStrictEqual(yield* service.exit, { code: 0, signal: null })
      }).pipe(Effect.scoped),
    300_000
  )
})
