import * as PgConnection from "@effect/sql-pg/PgConnection"
import { assert, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Layer, Redacted, Result } from "effect"

import type { Fact } from "../../src/domain/communication/Fact.ts"
import { FORGET } from "../../src/layers/journal/retention.ts"
import { CustomerCreations } from "../../src/services/CustomerCreations.ts"
import { Fenced, Journal } from "../../src/services/Journal.ts"
import { communicationSearchContract } from "../contracts/communicationSearch.ts"
import { customerCreationsContract } from "../contracts/customerCreations.ts"
import { journalContract } from "../contracts/journal.ts"
import { journalLedgerContract } from "../contracts/journalLedger.ts"
import { journalLogsContract } from "../contracts/journalLogs.ts"
import { journalParkingContract } from "../contracts/journalParking.ts"
import { journalRetentionContract } from "../contracts/journalRetention.ts"
import { journalSearchContract } from "../contracts/journalSearch.ts"
import { operationsContract } from "../contracts/operations.ts"
import { databaseUrl, journalAt, schemaIn } from "../layers/database/postgresSchema.ts"

const ownSchema = Effect.flatMap(databaseUrl, schemaIn)

const OnPostgres = Layer.unwrap(Effect.map(ownSchema, (url) => journalAt(url)))

journalContract("JournalSql on Postgres", OnPostgres)
journalLedgerContract("JournalSql on Postgres", OnPostgres)
journalLogsContract("JournalSql on Postgres", OnPostgres)
journalParkingContract("JournalSql on Postgres", OnPostgres)
journalSearchContract("JournalSql on Postgres", OnPostgres)
communicationSearchContract("JournalSql on Postgres", OnPostgres)
journalRetentionContract("JournalSql on Postgres", OnPostgres)
customerCreationsContract("JournalSql on Postgres", OnPostgres)
operationsContract("JournalSql on Postgres", OnPostgres)

const sessionAt = (url: string) => PgConnection.make({ url: Redacted.make(url) })

const appendBy = (journal: Journal["Service"], id: string, seq: number, writer: string) => {
  const fact: Fact = { _tag: "CaseIntended", at: 1, body: { writer } }
  const view = { journey: "j", status: "working", inDoubt: false, updatedAt: 1 }
  return journal.append({ id, seq, facts: [fact], view, index: [], endings: [] })
}

it.live("DESIGN Fence: two replicas race for the same 300 communications, and one wins each position", () =>
  Effect.gen(function* () {
    const url = yield* ownSchema
    // Both also migrate the empty schema at once.
    const [first, second] = yield* Effect.all([Layer.build(journalAt(url)), Layer.build(journalAt(url))], {
      concurrency: 2
    })
    const [a, b] = [first, second].map((context) => Effect.runSync(Effect.provide(Journal, context)))
    const ids = Array.from({ length: 300 }, (_, index) => `race ${index}`)
    const orders = [ids, [...ids].reverse()] as const
    const race = (journal: Journal["Service"], writer: string, order: ReadonlyArray<string>) =>
      Effect.forEach(
        order,
        (id) => Effect.forEach([0, 1, 2], (seq) => Effect.exit(appendBy(journal, id, seq, `${writer}${seq}`))),
        { concurrency: "unbounded" }
      )
    const [byA, byB] = yield* Effect.all([race(a!, "a", orders[0]), race(b!, "b", orders[1])], { concurrency: 2 })
    const won = [...byA, ...byB].flat().filter(Exit.isSuccess).length
    const facts = yield* Effect.forEach(ids, (id) => a!.load(id), { concurrency: "unbounded" })
    assert.strictEqual(facts.flat().length, won)
    assert.deepStrictEqual(
      facts.map((list) => list.map((fact) => fact._tag === "CaseIntended" && String(fact.body.writer)[1])),
      ids.map(() => ["0", "1", "2"])
    )
  })
)

it.live(
  "SPEC 8.3, DESIGN Fence: an append during the deletion of its communication is fenced, and leaves nothing behind",
  () =>
    Effect.gen(function* () {
      const url = yield* ownSchema
      const journal = Context.get(yield* Layer.build(journalAt(url)), Journal)
      const [deleting, watching] = [yield* sessionAt(url), yield* sessionAt(url)]
      yield* appendBy(journal, "old", 0, "a")
      yield* appendBy(journal, "old", 1, "a")
      yield* deleting.query("BEGIN")
      yield* deleting.query(FORGET, [["old"], ["2"], ["hash"], ["success"], ["1"], ["old"], ["false"]])
      const late = yield* Effect.forkChild(Effect.result(appendBy(journal, "old", 2, "b")))
      const waiting = watching.query(
        "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%facts%'"
      )
      while ((yield* waiting).rows.length === 0) yield* Effect.sleep("5 millis")
      yield* deleting.query("COMMIT")
      assert.deepStrictEqual(yield* Fiber.join(late), Result.fail(new Fenced({ id: "old", seq: 2 })))
      assert.deepStrictEqual(yield* journal.load("old"), [])
      assert.deepStrictEqual((yield* watching.query("SELECT id FROM communications")).rows, [])
      // A new one under the same id is another communication.
      yield* appendBy(journal, "old", 0, "c")
      assert.lengthOf(yield* journal.load("old"), 1)
    }).pipe(Effect.scoped)
)

it.live("SPEC 8.3, DESIGN Fence: a deletion during an append leaves the communication alone", () =>
  Effect.gen(function* () {
    const url = yield* ownSchema
    const context = yield* Layer.build(journalAt(url))
    const journal = Context.get(context, Journal)
    const holding = yield* sessionAt(url)
    yield* appendBy(journal, "old", 0, "a")
    // Holds the row as an append in progress does.
    yield* holding.query("BEGIN")
    yield* holding.query("UPDATE communications SET seq = 2 WHERE id = 'old'")
    assert.strictEqual(yield* journal.forget([{ id: "old", seq: 1, status: "success", number: 1 }]), 0)
    yield* holding.query("COMMIT")
    assert.lengthOf(yield* journal.load("old"), 1)
  }).pipe(Effect.scoped)
)

it.live("SPEC 3.3: of two processes that start a customer's creation at once, at most one has started it", () =>
  Effect.gen(function* () {
    const url = yield* ownSchema
    const creationsAt = Effect.map(Layer.build(journalAt(url)), (built) => Context.get(built, CustomerCreations))
    const [one, other] = [yield* creationsAt, yield* creationsAt]
    for (let round = 1; round <= 100; round++) {
      const [id, email, phone] = [`id ${round}`, `email ${round}`, `phone ${round}`]
      let firsts = 0
      for (const at of [round * 1000, round * 1000 + 500]) {
        const seen = yield* one.find([id, email, phone])
        const begun = yield* Effect.all([one.begin([id, phone], at, seen), other.begin([phone, email], at + 1, seen)], {
          concurrency: "unbounded"
        })
        firsts += begun.filter((won) => won).length
        assert.isFalse(begun[0] && begun[1])
      }
      assert.isAtLeast(firsts, 1)
    }
  }).pipe(Effect.scoped)
)
