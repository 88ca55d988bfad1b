import { readFileSync } from "node:fs"

import { assert, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"

import { serveSimulator } from "../../simulators/core/serveSimulator.ts"
import { makeServiceNowSimulator } from "../../simulators/servicenow/ServiceNowSimulator.ts"
import { makeWeniSimulator } from "../../simulators/weni/WeniSimulator.ts"
import { freePort } from "../support/freePorts.ts"
import { ownServers } from "./support/ownServers.ts"
import { eventually, type Service, startService } from "./support/service.ts"
import { makeTopics } from "./support/topics.ts"

const fixture = JSON.parse(readFileSync("fixtures/comunicacaoTransacional.json", "utf8"))

/** The record of a new communication. */
const order = (number: number) =>
  JSON.stringify({ ...fixture, dados_jornada: { ...fixture.dados_jornada, num_pedido: `PED${number}` } })

const logged = (service: Service, text: string) =>
  eventually(
    `a log line with "${text}"`,
    Effect.map(service.logs, (lines) => lines.some((line) => JSON.stringify(line).includes(text)))
  )

const part = (service: Service, name: string, ready: boolean) =>
  eventually(
    `${name} ${ready ? "ready" : "not ready"}`,
    Effect.map(service.get("/health/ready"), ({ body }) => JSON.parse(body).parts[name].ready === ready),
    30
  )

it.live(
  "SPEC 9.1: brokers, database and vendors are unavailable at start and later: clear log lines, recovery, nothing lost or done twice",
  () =>
    Effect.gen(function* () {
      const { kafka, postgres } = yield* ownServers
      const vendorPorts = [yield* freePort, yield* freePort] as const
      const service = yield* startService({
        KAFKA_BROKERS: kafka.brokers,
        KAFKA_CREATE_TOPICS: "true",
        DATABASE_URL: postgres.url,
        SERVICENOW_URL: `http://127.0.0.1:${vendorPorts[0]}`,
        SERVICENOW_USERNAME: "integration",
        SERVICENOW_PASSWORD: "integration",
        WENI_URL: `http://127.0.0.1:${vendorPorts[1]}`,
        WENI_API_KEY: "integration",
        WENI_API_SECRET: "integration",
        WENI_TIMEOUT: "2 seconds",
        RETRY_BASE_DELAY: "100 millis",
        RETRY_ATTEMPTS: "3",
        BREAKER_RESET: "2 seconds",
        SHUTDOWN_GRACE: "10 seconds",
        ...ownTopics
      })
      yield* logged(service, `database 127.0.0.1:${postgres.port}/postgres does not answer`)
      yield* part(service, "database", false)

      yield* postgres.start
      yield* part(service, "database", true)
      yield* logged(service, `brokers ${kafka.brokers} do not answer`)

      yield* kafka.start
      yield* service.ready
      const topics = yield* makeTopics(kafka.brokers, ownTopics)
      yield* topics.open
      const responses = (count: number) => Effect.map(topics.responded(count), (all) => all.map(({ value }) => value))

      // Vendors are unavailable: the order waits for ServiceNow, and continues by itself once it answers.
      yield* topics.send([order(1)])
      yield* eventually(
        "an order that waits for ServiceNow",
        Effect.map(service.get("/metrics"), ({ body }) => body.includes(`ctx_held{dependency="servicenow"} 1\n`))
      )
      assert.deepStrictEqual(yield* topics.responses, [])

      const vendors = yield* Scope.make()
      const serviceNow = yield* makeServiceNowSimulator()
      const weni = yield* makeWeniSimulator()
      yield* Scope.provide(serveSimulator(serviceNow, { port: vendorPorts[0] }), vendors)
      yield* Scope.provide(serveSimulator(weni, { port: vendorPorts[1] }), vendors)
      yield* topics.send([order(2)])
      yield* responses(2)

      yield* postgres.kill
      yield* topics.send([order(3), order(4)])
      yield* part(service, "database", false)
      yield* postgres.start
      yield* responses(4)

      yield* kafka.kill
      yield* part(service, "kafka", false)
      yield* kafka.start
      yield* part(service, "kafka", true)
      yield* topics.send([order(5)])
      const all = yield* responses(5)
      assert.deepStrictEqual(
        all.map(({ response_status }) => response_status),
        ["success", "success", "success", "success", "success"]
      )
      assert.lengthOf(yield* serviceNow.cases, 5)
      assert.lengthOf(yield* weni.dispatches, 5)
      for (const { notes } of yield* serviceNow.cases) assert.lengthOf(notes, 1)
      yield* service.signal("SIGTERM")
      assert.deepStrictEqual(yield* service.exit, { code: 0, signal: null })
      yield* Scope.close(vendors, Exit.void)
    }).pipe(Effect.scoped),
  240_000
)

const ownTopics = {
  TOPIC_IN: "in",
  TOPIC_RESPONSE: "response",
  TOPIC_INBOUND: "inbound",
  TOPIC_IN_DLQ: "in.dlq",
  TOPIC_INBOUND_DLQ: "inbound.dlq"
}
