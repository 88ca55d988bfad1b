import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"

import { Database } from "../../../src/layers/database/Database.ts"
import { DatabaseStatusRef } from "../../../src/layers/database/DatabaseStatusRef.ts"
import { JournalSql } from "../../../src/layers/journal/JournalSql.ts"
import { RedrivesMemory } from "../../../src/layers/journal/memory/RedrivesMemory.ts"
import { RedrivesSql } from "../../../src/layers/journal/RedrivesSql.ts"
import { Ledger } from "../../../src/services/Ledger.ts"
import { Redrives } from "../../../src/services/Redrives.ts"
import { WaitingCounts } from "../../../src/services/WaitingCounts.ts"
import { redrivesContract } from "../../contracts/redrives.ts"
import { SettingsTest } from "../../support/settings.ts"

const OnPglite = Layer.merge(RedrivesSql, JournalSql).pipe(
  Layer.provide(Database),
  Layer.provide([DatabaseStatusRef, SettingsTest({ database: { dataDir: "memory://" } })])
)

redrivesContract("memory", RedrivesMemory)
redrivesContract("RedrivesSql on PGlite", OnPglite)

it.effect("SPEC 9.10, 12.5: a redriven record is no longer counted, in whichever log of its partition it was", () =>
  Effect.gen(function* () {
    const [redrives, ledger, counts] = [yield* Redrives, yield* Ledger, yield* WaitingCounts]
    const at = 1_759_246_200_123
    const first = { topic: "in", partition: 0, offset: 7 }
    const later = { ...first, generation: 2 }
    yield* ledger.end([
      { origin: first, ending: "dead_letter", at },
      { origin: later, ending: "dead_letter", at: at + 1 }
    ])
    const letter = { topic: "in.dlq", partition: 0, offset: 3, timestamp: at }
    yield* redrives.begin([letter], at, false)
    yield* redrives.done([{ ...letter, original: later }], at)
    assert.deepStrictEqual((yield* counts.now).deadLetters, { count: 1, oldestAt: at })
    yield* redrives.done([{ ...letter, original: first }], at)
    assert.deepStrictEqual((yield* counts.now).deadLetters, { count: 0 })
  }).pipe(Effect.provide(OnPglite))
)
