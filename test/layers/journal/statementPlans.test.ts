import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

import { Database } from "../../../src/layers/database/Database.ts"
import { DatabaseStatusRef } from "../../../src/layers/database/DatabaseStatusRef.ts"
import { JournalSql } from "../../../src/layers/journal/JournalSql.ts"
import { CommunicationIndex } from "../../../src/services/CommunicationIndex.ts"
import { CustomerCreations } from "../../../src/services/CustomerCreations.ts"
import { Journal } from "../../../src/services/Journal.ts"
import { Ledger } from "../../../src/services/Ledger.ts"
import { ParkedEvents } from "../../../src/services/ParkedEvents.ts"
import { SettingsTest } from "../../support/settings.ts"

/** The statements that were sent, each with the parameters of its first time. */
const sent = new Map<string, ReadonlyArray<unknown>>()
let statements = 0

const Recorded = Layer.effect(
  SqlClient,
  Effect.map(
    SqlClient,
    (client) =>
      new Proxy(client, {
        get: (target, property) => {
          if (property !== "unsafe") return Reflect.get(target, property)
          return (text: string, parameters?: ReadonlyArray<unknown>) => {
            statements += 1
            if (parameters !== undefined && !sent.has(text)) sent.set(text, parameters)
            return target.unsafe(text, parameters)
          }
        }
      })
  )
)

const OnPglite = JournalSql.pipe(
  Layer.provideMerge(Recorded),
  Layer.provideMerge(Database),
  Layer.provide([DatabaseStatusRef, SettingsTest({ database: { dataDir: "memory://" } })])
)

const at = 1_763_866_000_123
const origin = { topic: "in", partition: 0, offset: 1 }

/** The journal calls of a communication of a new customer, and of its events. */
const work = Effect.gen(function* () {
  const journal = yield* Journal
  const creations = yield* CustomerCreations
  const index = yield* CommunicationIndex
  const ledger = yield* Ledger
  const parked = yield* ParkedEvents
  yield* journal.load("a")
  yield* journal.forgotten("a")
  yield* journal.append({
    id: "a",
    seq: 0,
    facts: [{ _tag: "ConsumerFound", at, sysId: "s", origem: "email", avisos: [] }],
    view: { journey: "j", status: "working", inDoubt: false, updatedAt: at },
    index: [{ kind: "case_number", value: "n" }],
    endings: [{ origin, ending: "response", id: "a", at }]
  })
  yield* creations.find(["email"])
  yield* creations.begin(["email"], at, [])
  yield* creations.settle(["email"], at, "s")
  yield* index.find({ kind: "case_number", value: "n" })
  yield* index.knows("a")
  yield* index.bearers(
    [
      { kind: "phone", value: "+55" },
      { kind: "id", value: "a" },
      { kind: "case_number", value: "n" }
    ],
    at
  )
  yield* index.knowsBusiness("1")
  yield* ledger.ending(origin)
  yield* parked.stillParked(["k"])
})

it.effect(
  "DESIGN Group commit: each record's queries use an index, in a plan that was made when the tables were empty",
  () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient
      yield* work
      // A server knows nothing of its new tables. PGlite's tables are known to be empty.
      yield* sql`UPDATE pg_class SET relpages = 0, reltuples = -1 WHERE relnamespace = current_schema()::regnamespace`
      yield* sql`SET plan_cache_mode = force_generic_plan`
      const scans: Array<string> = []
      for (const [text, parameters] of sent) {
        if (!/^(SELECT|WITH|INSERT)/.test(text)) continue
        const name = `plan_${scans.length}_${parameters.length}_${text.length}`
        yield* sql.unsafe(`PREPARE ${name} AS ${text}`)
        const values = parameters.map((value) =>
          Array.isArray(value) ? `ARRAY[${value.map((one) => `'${one}'`).join(",")}]::text[]` : `'${String(value)}'`
        )
        const plan = yield* sql.unsafe<{ "QUERY PLAN": string }>(
          `EXPLAIN (costs off) EXECUTE ${name}${values.length === 0 ? "" : `(${values.join(", ")})`}`
        )
        for (const { "QUERY PLAN": line } of plan)
          if (line.includes("Seq Scan")) scans.push(`${text.slice(0, 60)} … ${line.trim()}`)
      }
      assert.deepStrictEqual(scans, [])
    }).pipe(Effect.provide(OnPglite)),
  120_000
)

it.effect(
  "DESIGN Group commit: appends, beginnings and outcomes of creations are one statement, and look-ups are one",
  () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const creations = yield* CustomerCreations
      const counted = <A, E>(calls: ReadonlyArray<Effect.Effect<A, E>>) =>
        Effect.suspend(() => {
          const before = statements
          return Effect.map(Effect.all(calls, { concurrency: "unbounded" }), () => statements - before)
        })
      const append = (id: string) =>
        journal.append({
          id,
          seq: 0,
          facts: [{ _tag: "ConsumerFound", at, sysId: "s", origem: "email", avisos: [] }],
          view: { journey: "j", status: "working", inDoubt: false, updatedAt: at },
          index: [],
          endings: []
        })
      assert.isTrue(yield* creations.begin(["of the other"], at, []))
      const other = creations.settle(["of the other"], at, "s")
      const writes = [append("one"), append("two"), creations.begin(["mine", "also mine"], at, []), other]
      assert.strictEqual(yield* counted<unknown, unknown>(writes), 1)
      assert.deepStrictEqual(yield* creations.find(["mine", "of the other"]), [
        { identity: "mine", begunAt: at },
        { identity: "of the other", begunAt: at, sysId: "s" }
      ])
      const reads = [journal.load("one"), journal.forgotten("two"), creations.find(["mine"])]
      assert.strictEqual(yield* counted<unknown, unknown>(reads), 1)
    }).pipe(Effect.provide(OnPglite))
)

it.effect("SPEC 3.3: a beginning that shares an identity with an outcome of the same statement has lost", () =>
  Effect.gen(function* () {
    const creations = yield* CustomerCreations
    const [begun] = yield* Effect.all([creations.begin(["x", "y"], at, []), creations.settle(["y"], at - 1, "s")], {
      concurrency: "unbounded"
    })
    assert.isFalse(begun)
    assert.deepStrictEqual(yield* creations.find(["x", "y"]), [{ identity: "y", begunAt: at - 1, sysId: "s" }])
  }).pipe(Effect.provide(OnPglite))
)
