import { Layer } from "effect"

import { Database } from "../../../src/layers/database/Database.ts"
import { DatabaseStatusRef } from "../../../src/layers/database/DatabaseStatusRef.ts"
import { JournalSql } from "../../../src/layers/journal/JournalSql.ts"
import { SettingsTest } from "../../support/settings.ts"

/** The journal on PGlite in a directory, as the service has it; each call is a start of its own. */
export const journalIn = (dataDir: string) =>
  Layer.fresh(
    JournalSql.pipe(
      Layer.provide(Database),
      Layer.provideMerge(DatabaseStatusRef),
      Layer.provide(SettingsTest({ database: { dataDir } }))
    )
  )
