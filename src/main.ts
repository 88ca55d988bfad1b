import { NodeRuntime } from "@effect/platform-node"
import { Effect, Layer } from "effect"

import { App } from "./app.ts"
import { Cluster } from "./layers/Cluster.ts"
import { Database } from "./layers/Database.ts"
import { DatabaseStatusRef } from "./layers/database/DatabaseStatusRef.ts"
import { HttpUndici } from "./layers/HttpUndici.ts"
import { JournalSql } from "./layers/JournalSql.ts"
import { JourneysYaml } from "./layers/JourneysYaml.ts"
import { KafkaJs } from "./layers/KafkaJs.ts"
import { SettingsEnv } from "./layers/SettingsEnv.ts"
import { exitCode, reportStart, untilStopped } from "./service.ts"
import { LogsJson } from "./telemetry/logs.ts"

const Main = App.pipe(
  Layer.provide([KafkaJs, Cluster, JournalSql]),
  Layer.provide(Database),
  Layer.provide([DatabaseStatusRef, HttpUndici, JourneysYaml])
)

const main = untilStopped(Layer.launch(Main)).pipe(
  Effect.provide(Layer.provideMerge(LogsJson, SettingsEnv)),
  reportStart
)

NodeRuntime.runMain(main, { disableErrorReporting: true, teardown: exitCode })
