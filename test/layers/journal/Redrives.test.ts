import { Layer } from "effect"

import { Database } from "../../../src/layers/database/Database.ts"
import { DatabaseStatusRef } from "../../../src/layers/database/DatabaseStatusRef.ts"
import { RedrivesMemory } from "../../../src/layers/journal/memory/RedrivesMemory.ts"
import { RedrivesSql } from "../../../src/layers/journal/RedrivesSql.ts"
import { redrivesContract } from "../../contracts/redrives.ts"
import { SettingsTest } from "../../support/settings.ts"

redrivesContract("memory", RedrivesMemory)
redrivesContract(
  "RedrivesSql on PGlite",
  RedrivesSql.pipe(
    Layer.provide(Database),
    Layer.provide([DatabaseStatusRef, SettingsTest({ database: { dataDir: "memory://" } })])
  )
)
