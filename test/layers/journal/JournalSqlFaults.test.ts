import { assert, layer } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

import type { Fact } from "../../../src/domain/communication/Fact.ts"
import { Database } from "../../../src/layers/database/Database.ts"
import { DatabaseStatusRef } from "../../../src/layers/database/DatabaseStatusRef.ts"
import { JournalSql } from "../../../src/layers/journal/JournalSql.ts"
import { DatabaseStatus } from "../../../src/services/DatabaseStatus.ts"
import { Journal, type Append } from "../../../src/services/Journal.ts"
import { SettingsTest } from "../../support/settings.ts"
import { FaultySql, SqlFaults } from "./faultySql.ts"

const JournalFaulty = JournalSql.pipe(
  Layer.provideMerge(FaultySql),
  Layer.provide(Database),
  Layer.provideMerge(DatabaseStatusRef),
  Layer.provide(SettingsTest({ database: { dataDir: "memory://" } }))
)

const fact: Fact = { _tag: "CaseIntended", at: 1, body: {} }

const append = (id: string, seq: number, more: Partial<Append> = {}): Append => ({
  id,
  seq,
  facts: [fact],
  view: { journey: "j", status: "working", inDoubt: false, updatedAt: 1 },
  index: [],
  endings: [],
  ...more
})

/** Text that no Postgres stores: the server refuses the statement that holds it (22021). */
const refused = { index: [{ kind: "message_id", value: "NUL \u0000" }] } as const

layer(JournalFaulty, { timeout: "60 seconds", excludeTestServices: true })("JournalSql with faults", (it) => {
  it.effect("SPEC 9.1: a statement that did not reach the database is repeated until it is written, once", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const faults = yield* SqlFaults
      faults.push("refused before", "refused before")
      yield* journal.append(append("away", 0))
      assert.deepStrictEqual(faults, [])
      assert.deepStrictEqual(yield* journal.load("away"), [fact])
    })
  )

  it.effect("DESIGN Fence: a lost answer does not fence its own writer, and writes nothing twice", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const faults = yield* SqlFaults
      faults.push("answer lost")
      yield* journal.append(append("lost", 0))
      assert.deepStrictEqual(yield* journal.load("lost"), [fact])
      // The answer to the query for its own row is lost, too.
      faults.push("answer lost", "refused before", "answer lost")
      yield* journal.append(append("lost", 1))
      assert.deepStrictEqual(faults, [])
      assert.deepStrictEqual(yield* journal.load("lost"), [fact, fact])
    })
  )

  it.effect("DESIGN Fence: after a lost answer another writer at that position is fenced", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const faults = yield* SqlFaults
      faults.push("answer lost")
      yield* journal.append(append("raced", 0))
      const error = yield* Effect.flip(journal.append(append("raced", 0)))
      assert.strictEqual(error._tag, "Fenced")
    })
  )

  it.effect("SPEC 9.5: an append that the database refuses fails alone; the others of its batch are written", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const ids = Array.from({ length: 40 }, (_, index) => `batch ${index}`)
      const bad = new Set([7, 8, 31])
      const exits = yield* Effect.forEach(
        ids,
        (id, index) => Effect.exit(journal.append(append(id, 0, bad.has(index) ? refused : {}))),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        exits.flatMap((exit, index) => (Exit.hasDies(exit) ? [index] : [])),
        [...bad]
      )
      const loaded = yield* Effect.forEach(ids, (id) => journal.load(id), { concurrency: "unbounded" })
      assert.deepStrictEqual(
        loaded,
        ids.map((_, index) => (bad.has(index) ? [] : [fact]))
      )
    })
  )

  it.effect("SPEC 9.5: facts that are not JSON fail only their own call", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const exit = yield* Effect.exit(
        journal.append(append("no json", 0, { facts: [{ _tag: "CaseIntended", at: 1, body: { big: 1n } }] }))
      )
      assert.isTrue(Exit.hasDies(exit))
    })
  )

  it.effect("DESIGN Facts are the memory: stored text that is not a fact fails only its own load", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const sql = yield* SqlClient
      yield* journal.append(append("broken", 0))
      yield* journal.append(append("whole", 0))
      yield* sql`UPDATE facts SET facts = '[{"_tag":"CaseIntended"}]' WHERE id = 'broken'`
      const load = (id: string) => Effect.exit(journal.load(id))
      const [broken, whole] = yield* Effect.all([load("broken"), load("whole")], { concurrency: "unbounded" })
      assert.isTrue(Exit.hasDies(broken))
      assert.deepStrictEqual(whole, Exit.succeed([fact]))
    })
  )

  it.effect("CONTRACT RUNNER_HOST: without the database's lock writes wait, reads do not", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const status = yield* DatabaseStatus
      yield* status.report({ holder: false })
      const writing = yield* Effect.forkChild(journal.append(append("held", 0)))
      for (let turn = 0; turn < 20; turn++) assert.deepStrictEqual(yield* journal.load("held"), [])
      assert.isUndefined(writing.pollUnsafe())
      yield* status.report({ holder: true })
      yield* Fiber.join(writing)
      assert.deepStrictEqual(yield* journal.load("held"), [fact])
    })
  )

  it.effect("docs/database.md: the read model holds what the last append wrote", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const sql = yield* SqlClient
      const addressee = { phone: "+5511999990000", sentAt: 3_500, answeredAt: 4_500, knownMessage: "vendor" } as const
      const view = { journey: "j", status: "working", inDoubt: false, due: 9_000, updatedAt: 1_000 }
      yield* journal.append(append("view", 0, { view }))
      yield* journal.append(
        append("view", 1, {
          facts: [fact, fact],
          view: {
            journey: "j",
            status: "success",
            caseNumber: "CS1",
            caseSysId: "s1",
            inDoubt: true,
            addressee,
            updatedAt: 2_500
          }
        })
      )
      const rows =
        yield* sql`SELECT id, seq, journey, status, case_number, case_sys_id, in_doubt, due, phone, known_message,
        extract(epoch FROM sent_at)::text AS sent, extract(epoch FROM answered_at)::text AS answered, extract(epoch FROM created_at)::text AS created, extract(epoch FROM updated_at)::text AS updated
        FROM communications WHERE id = 'view'`
      assert.deepStrictEqual(rows, [
        {
          id: "view",
          seq: 3,
          journey: "j",
          status: "success",
          case_number: "CS1",
          case_sys_id: "s1",
          in_doubt: true,
          due: null,
          phone: "+5511999990000",
          known_message: "vendor",
          sent: "3.500000",
          answered: "4.500000",
          created: "1.000000",
          updated: "2.500000"
        }
      ])
    })
  )
})
