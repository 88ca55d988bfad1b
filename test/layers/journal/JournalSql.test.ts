import { Layer } from "effect"

import { Database } from "../../../src/layers/Database.ts"
import { DatabaseStatusRef } from "../../../src/layers/database/DatabaseStatusRef.ts"
import { JournalSql } from "../../../src/layers/JournalSql.ts"
import { journalContract } from "../../contracts/journal.ts"
import { SettingsTest } from "../../support/settings.ts"

journalContract(
  "JournalSql on PGlite",
  JournalSql.pipe(
    Layer.provide(Database),
    Layer.provide([DatabaseStatusRef, SettingsTest({ database: { dataDir: "memory://" } })])
  )
)
