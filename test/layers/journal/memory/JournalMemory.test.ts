import { assert, it } from "@effect/vitest"
import { Effect } from "effect"

import { journalMemory, JournalMemory } from "../../../../src/layers/journal/memory/JournalMemory.ts"
import { makeJournalStore } from "../../../../src/layers/journal/memory/store.ts"
import { Journal } from "../../../../src/services/Journal.ts"
import { communicationSearchContract } from "../../../contracts/communicationSearch.ts"
import { customerCreationsContract } from "../../../contracts/customerCreations.ts"
import { journalContract } from "../../../contracts/journal.ts"
import { journalLedgerContract } from "../../../contracts/journalLedger.ts"
import { journalLogsContract } from "../../../contracts/journalLogs.ts"
import { journalParkingContract } from "../../../contracts/journalParking.ts"
import { journalRetentionContract } from "../../../contracts/journalRetention.ts"
import { journalSearchContract } from "../../../contracts/journalSearch.ts"
import { operationsContract } from "../../../contracts/operations.ts"
import { everyFact } from "../factExamples.ts"

journalContract("JournalMemory", JournalMemory)
journalLedgerContract("JournalMemory", JournalMemory)
journalLogsContract("JournalMemory", JournalMemory)
journalParkingContract("JournalMemory", JournalMemory)
journalSearchContract("JournalMemory", JournalMemory)
communicationSearchContract("JournalMemory", JournalMemory)
journalRetentionContract("JournalMemory", JournalMemory)
customerCreationsContract("JournalMemory", JournalMemory)
operationsContract("JournalMemory", JournalMemory)

const write = Journal.use((journal) =>
  journal.append({
    id: "a",
    seq: 0,
    facts: everyFact,
    view: { journey: "j", status: "working", inDoubt: true, updatedAt: 1 },
    index: [],
    endings: []
  })
)
const read = Journal.use((journal) => journal.load("a"))

it.effect("SPEC 9.3: a store outlives the layer; without one each build starts empty", () =>
  Effect.gen(function* () {
    const store = makeJournalStore()
    yield* Effect.provide(write, journalMemory(store))
    assert.deepStrictEqual(yield* Effect.provide(read, journalMemory(store)), everyFact)
    yield* Effect.provide(write, JournalMemory)
    assert.deepStrictEqual(yield* Effect.provide(read, JournalMemory), [])
  })
)
