import { Clock, ConfigProvider, Effect, Layer } from "effect"

import { serveSimulator } from "../simulators/core/serveSimulator.ts"
import { guestSysId, instances } from "../simulators/servicenow/instances.ts"
import { makeServiceNowSimulator } from "../simulators/servicenow/ServiceNowSimulator.ts"
import { makeWeniSimulator } from "../simulators/weni/WeniSimulator.ts"
import { App } from "../src/App.ts"
import { HealthServer } from "../src/http/HealthServer.ts"
import { OperatorServices, RunningService } from "../src/http/operator/RunningService.ts"
import { RuntimeStatus } from "../src/http/RuntimeStatus.ts"
import { BreakersInProcess } from "../src/layers/breaker/BreakersInProcess.ts"
import { DatabasePglite } from "../src/layers/database/DatabasePglite.ts"
import { DatabaseStatusRef } from "../src/layers/database/DatabaseStatusRef.ts"
import { HttpUndici } from "../src/layers/http/HttpUndici.ts"
import { JournalSql } from "../src/layers/journal/JournalSql.ts"
import { RedrivesSql } from "../src/layers/journal/RedrivesSql.ts"
import { JourneysYaml } from "../src/layers/journeys/JourneysYaml.ts"
import { KafkaMemory, KafkaMemoryBroker } from "../src/layers/kafka/memory/KafkaMemory.ts"
import { TopicReaderMemory } from "../src/layers/kafka/memory/TopicReaderMemory.ts"
import { SettingsEnv } from "../src/layers/settings/SettingsEnv.ts"
import { Journal } from "../src/services/Journal.ts"
import { Settings } from "../src/services/Settings.ts"
import { RuntimeMetrics } from "../src/telemetry/runtimeMetrics.ts"
import { makeClock } from "./clock.ts"
import { writeJourneys } from "./journeys.ts"

/** CONTRACT's defaults, except for short time-outs and retries, so that the demo ends soon. */
const environment = (serviceNow: string, weni: string, port: number) => ({
  HTTP_PORT: String(port),
  KAFKA_BROKERS: "in-memory:9092",
  KAFKA_CREATE_TOPICS: "true",
  SERVICENOW_URL: serviceNow,
  SERVICENOW_USERNAME: "demo",
  SERVICENOW_PASSWORD: "demo",
  SERVICENOW_GUEST_CONSUMER: guestSysId,
  SERVICENOW_TIMEOUT: "3 seconds",
  WENI_URL: weni,
  WENI_API_KEY: "demo",
  WENI_API_SECRET: "demo",
  WENI_TIMEOUT: "2 seconds",
  TCP_ORPHAN_TIMEOUT: "1 second",
  RETRY_BASE_DELAY: "200 millis",
  JOURNEYS_FILE: writeJourneys(),
  DATA_DIR: "memory://"
})

/**
 * The service on embedded parts, running until the scope closes, by the given clock. Kafka is in memory, Postgres is in
 * this process, and the two simulators are HTTP servers on loopback, of which ServiceNow is the strict one. The
 * programs, the adapters and the SQL are those of `npm start`. With a port it also serves the operator's API and the
 * console there.
 */
const start = Effect.fnUntraced(function* (port: number | undefined) {
  const { consumers, options } = instances.strict
  const serviceNow = yield* makeServiceNowSimulator({ ...options, consumers })
  const weni = yield* makeWeniSimulator()
  const serviceNowServer = yield* serveSimulator(serviceNow, { port: 0 })
  const weniServer = yield* serveSimulator(weni, { port: 0 })

  const Environment = ConfigProvider.layer(
    ConfigProvider.fromUnknown(environment(serviceNowServer.url, weniServer.url, port ?? 8080))
  )
  const Outside = Layer.mergeAll(KafkaMemory, TopicReaderMemory, JournalSql, RedrivesSql).pipe(
    Layer.provideMerge(DatabasePglite),
    Layer.provideMerge([KafkaMemoryBroker.layer(), DatabaseStatusRef, HttpUndici, JourneysYaml, BreakersInProcess]),
    Layer.provideMerge([RuntimeStatus.layer, RunningService.layer, RuntimeMetrics.layer]),
    Layer.provideMerge(SettingsEnv),
    Layer.provide(Environment)
  )
  const Service = port === undefined ? App : Layer.merge(Layer.provideMerge(OperatorServices, App), HealthServer)
  const context = yield* Layer.build(Layer.provideMerge(Service, Outside))
  return {
    serviceNow,
    weni,
    servers: { serviceNow: serviceNowServer.url, weni: weniServer.url },
    settings: yield* Effect.provideContext(Settings, context),
    broker: yield* Effect.provideContext(KafkaMemoryBroker, context),
    journal: yield* Effect.provideContext(Journal, context)
  }
})

export const startWorld = Effect.fnUntraced(function* (port?: number) {
  const { clock, setTime } = yield* makeClock
  const world = yield* Effect.provideService(start(port), Clock.Clock, clock)
  // The instance's own changes are due by the demo's clock, whichever clock the reader has.
  const cases = Effect.provideService(world.serviceNow.cases, Clock.Clock, clock)
  return { ...world, serviceNow: { ...world.serviceNow, cases }, clock, setTime }
})

export type World = Effect.Success<ReturnType<typeof startWorld>>
