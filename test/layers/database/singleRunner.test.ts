import { Layer } from "effect"

import { Database } from "../../../src/layers/database/Database.ts"
import { DatabaseStatusRef } from "../../../src/layers/database/DatabaseStatusRef.ts"
import { SettingsTest } from "../../support/settings.ts"
import { singleRunnerContract } from "./singleRunner.ts"

singleRunnerContract(
  "PGlite",
  Database.pipe(Layer.provide([DatabaseStatusRef, SettingsTest({ database: { dataDir: "memory://" } })]))
)
