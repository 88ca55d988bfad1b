import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Effect, Layer, References } from "effect"

import { App } from "../src/App.ts"
import { recordHeadersOf } from "../src/domain/record/RecordHeaders.ts"
import { HealthServer } from "../src/http/HealthServer.ts"
import { RunningService } from "../src/http/operator/RunningService.ts"
import { RuntimeStatus } from "../src/http/RuntimeStatus.ts"
import { MetricsRefresher } from "../src/http/scrape.ts"
import { BreakersInProcess } from "../src/layers/breaker/BreakersInProcess.ts"
import { Database } from "../src/layers/database/Database.ts"
import { DatabaseStatusRef } from "../src/layers/database/DatabaseStatusRef.ts"
import { HttpUndici } from "../src/layers/http/HttpUndici.ts"
import { JournalSql } from "../src/layers/journal/JournalSql.ts"
import { RedrivesSql } from "../src/layers/journal/RedrivesSql.ts"
import { JourneysYaml } from "../src/layers/journeys/JourneysYaml.ts"
import { KafkaMemory, KafkaMemoryBroker } from "../src/layers/kafka/memory/KafkaMemory.ts"
import { TopicReaderMemory } from "../src/layers/kafka/memory/TopicReaderMemory.ts"
import { SettingsEnv } from "../src/layers/settings/SettingsEnv.ts"
import { exitCode, reportStart, untilStopped } from "../src/lifecycle.ts"
import { compactHeap } from "../src/lifecycle.ts"
import { configWarnings } from "../src/programs/upkeep/configWarnings.ts"
import { Kafka } from "../src/services/Kafka.ts"
import { Settings } from "../src/services/Settings.ts"
import { LogsToStdout } from "../src/telemetry/logs.ts"
import { RuntimeMetrics } from "../src/telemetry/runtimeMetrics.ts"
import { Telemetry } from "../src/telemetry/Telemetry.ts"
import { hearDriver, tellDriver } from "./heard.ts"

/** Puts the driver's records into the topics, and sends every published response to the driver. */
const KafkaDriven = Layer.effect(
  Kafka,
  Effect.gen(function* () {
    const kafka = yield* Kafka
    const broker = yield* KafkaMemoryBroker
    const { topics } = yield* Settings
    const names = { TOPIC_IN: topics.in, TOPIC_INBOUND: topics.inbound }
    hearDriver(({ records, topic }) => {
      for (const { key, value } of records) {
        Effect.runSync(broker.append({ topic: names[topic], key, value, headers: {} }))
      }
    })
    return Kafka.of({
      ...kafka,
      publish: (record) =>
        Effect.tap(kafka.publish(record), () =>
          Effect.sync(() => {
            if (record.topic !== topics.response) return
            const headers = recordHeadersOf(record.headers)
            const [evento, status] = [headers.get("evento"), headers.get("response_status")]
            tellDriver({
              key: String(record.key),
              evento: String(Buffer.from(evento ?? "")),
              status: String(Buffer.from(status ?? ""))
            })
          })
        )
    })
  })
).pipe(
  Layer.provide(KafkaMemory),
  Layer.merge(TopicReaderMemory),
  Layer.provide(KafkaMemoryBroker.layer({ partitions: 6, commitEvery: 500 }))
)

/** `src/main.ts` with Kafka in its own process, driven over IPC. */
const Untraced = Layer.succeed(References.TracerEnabled, false)

const Service = Layer.effectDiscard(compactHeap).pipe(
  Layer.provide(App),
  Layer.provide([KafkaDriven, JournalSql, RedrivesSql, HttpUndici, BreakersInProcess]),
  Layer.provide(Layer.provide(Database, Untraced))
)

const Main = Layer.mergeAll(
  Layer.provide(Layer.merge(HealthServer, MetricsRefresher), Untraced),
  Service,
  Layer.effectDiscard(configWarnings)
).pipe(Layer.provide([RuntimeStatus.layer, RunningService.layer, JourneysYaml, RuntimeMetrics.layer]))

const main = untilStopped(Layer.launch(Main)).pipe(
  Effect.provide(DatabaseStatusRef),
  Effect.provide(Layer.provideMerge(Layer.provideMerge(Telemetry, LogsToStdout), SettingsEnv)),
  reportStart
)

NodeRuntime.runMain(main, { disableErrorReporting: true, teardown: exitCode })
