import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Effect, Layer, References } from "effect"

import { App } from "./App.ts"
import { HealthServer } from "./http/HealthServer.ts"
import { OperatorServices, RunningService } from "./http/operator/RunningService.ts"
import { ReadyLog } from "./http/ReadyLog.ts"
import { RuntimeStatus } from "./http/RuntimeStatus.ts"
import { MetricsRefresher } from "./http/scrape.ts"
import { BreakersInProcess } from "./layers/breaker/BreakersInProcess.ts"
import { Database } from "./layers/database/Database.ts"
import { DatabaseStatusRef } from "./layers/database/DatabaseStatusRef.ts"
import { HttpUndici } from "./layers/http/HttpUndici.ts"
import { JournalSql } from "./layers/journal/JournalSql.ts"
import { RedrivesSql } from "./layers/journal/RedrivesSql.ts"
import { JourneysYaml } from "./layers/journeys/JourneysYaml.ts"
import { KafkaJs } from "./layers/kafka/js/KafkaJs.ts"
import { TopicReaderKafkaJs } from "./layers/kafka/js/TopicReaderKafkaJs.ts"
import { readEnvironmentFile } from "./layers/settings/environmentFile.ts"
import { SettingsEnv } from "./layers/settings/SettingsEnv.ts"
import { exitCode, reportStart, untilStopped, compactHeap } from "./lifecycle.ts"
import { configWarnings, journeyWarnings } from "./programs/upkeep/configWarnings.ts"
import { LogsToStdout } from "./telemetry/logs.ts"
import { RuntimeMetrics } from "./telemetry/runtimeMetrics.ts"
import { Telemetry } from "./telemetry/Telemetry.ts"

/** Disables tracing for background polling, which belongs to no communication and would fill the traces. */
const Untraced = Layer.succeed(References.TracerEnabled, false)

const Service = Layer.effectDiscard(compactHeap).pipe(
  Layer.provide(Layer.provide(OperatorServices, App)),
  Layer.provide([KafkaJs, TopicReaderKafkaJs, JournalSql, RedrivesSql, HttpUndici, BreakersInProcess]),
  Layer.provide(Layer.provide(Database, Untraced))
)

/** Health responds while the service still waits for its database. An invalid journeys file stops both. */
const Main = Layer.mergeAll(
  Layer.provide(Layer.mergeAll(HealthServer, MetricsRefresher, ReadyLog), Untraced),
  Service,
  Layer.effectDiscard(Effect.andThen(configWarnings, journeyWarnings))
).pipe(Layer.provide([RuntimeStatus.layer, RunningService.layer, JourneysYaml, RuntimeMetrics.layer]))

const main = untilStopped(Layer.launch(Main)).pipe(
  Effect.provide(DatabaseStatusRef),
  Effect.provide(Layer.provideMerge(Layer.provideMerge(Telemetry, LogsToStdout), SettingsEnv)),
  reportStart
)

readEnvironmentFile()
NodeRuntime.runMain(main, { disableErrorReporting: true, teardown: exitCode })
