import { Layer } from "effect"

import { Database } from "../../../src/layers/database/Database.ts"
import { DatabaseStatusRef } from "../../../src/layers/database/DatabaseStatusRef.ts"
import { JournalSql } from "../../../src/layers/journal/JournalSql.ts"
import { communicationSearchContract } from "../../contracts/communicationSearch.ts"
import { customerCreationsContract } from "../../contracts/customerCreations.ts"
import { journalContract } from "../../contracts/journal.ts"
import { journalLedgerContract } from "../../contracts/journalLedger.ts"
import { journalLogsContract } from "../../contracts/journalLogs.ts"
import { journalParkingContract } from "../../contracts/journalParking.ts"
import { journalRetentionContract } from "../../contracts/journalRetention.ts"
import { journalSearchContract } from "../../contracts/journalSearch.ts"
import { operationsContract } from "../../contracts/operations.ts"
import { SettingsTest } from "../../support/settings.ts"

const OnPglite = JournalSql.pipe(
  Layer.provide(Database),
  Layer.provide([DatabaseStatusRef, SettingsTest({ database: { dataDir: "memory://" } })])
)

journalContract("JournalSql on PGlite", OnPglite)
journalLedgerContract("JournalSql on PGlite", OnPglite)
journalLogsContract("JournalSql on PGlite", OnPglite)
journalParkingContract("JournalSql on PGlite", OnPglite)
journalSearchContract("JournalSql on PGlite", OnPglite)
communicationSearchContract("JournalSql on PGlite", OnPglite)
journalRetentionContract("JournalSql on PGlite", OnPglite)
customerCreationsContract("JournalSql on PGlite", OnPglite)
operationsContract("JournalSql on PGlite", OnPglite)
