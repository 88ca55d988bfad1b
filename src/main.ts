import { NodeRuntime } from "@effect/platform-node"
import { Effect, Layer } from "effect"

import { Communicating } from "./Communicating.ts"
import { HealthServer } from "./http/HealthServer.ts"
import { Vitals } from "./http/Vitals.ts"
import { Cluster } from "./layers/Cluster.ts"
import { Database } from "./layers/Database.ts"
import { DatabaseStatusRef } from "./layers/database/DatabaseStatusRef.ts"
import { HttpUndici } from "./layers/HttpUndici.ts"
import { JournalSql } from "./layers/JournalSql.ts"
import { JourneysYaml } from "./layers/JourneysYaml.ts"
import { KafkaJs } from "./layers/KafkaJs.ts"
import { SettingsEnv } from "./layers/SettingsEnv.ts"
import { warnings } from "./programs/warnings.ts"
import { exitCode, reportStart, untilStopped } from "./service.ts"
import { LogsJson } from "./telemetry/logs.ts"

const Service = Communicating.pipe(Layer.provide([KafkaJs, Cluster, JournalSql, HttpUndici]), Layer.provide(Database))

/** Health answers while the service still waits for its database; a wrong journeys file stops both. */
const Main = Layer.mergeAll(HealthServer, Service, Layer.effectDiscard(warnings)).pipe(
  Layer.provide([Vitals.layer, DatabaseStatusRef, JourneysYaml])
)

const main = untilStopped(Layer.launch(Main)).pipe(
  Effect.provide(Layer.provideMerge(LogsJson, SettingsEnv)),
  reportStart
)

NodeRuntime.runMain(main, { disableErrorReporting: true, teardown: exitCode })
