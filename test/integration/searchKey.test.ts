import { assert, it } from "@effect/vitest"
import { Effect, Layer, Logger, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

import type { SearchTerm } from "../../src/domain/search/SearchTerm.ts"
import { CommunicationSearch } from "../../src/services/CommunicationSearch.ts"
import { Journal } from "../../src/services/Journal.ts"
import { SearchIndex } from "../../src/services/SearchIndex.ts"
import { databaseUrl, journalAt, schemaIn } from "../layers/database/postgresSchema.ts"

const terms: ReadonlyArray<SearchTerm> = [
  { kind: "phone", value: "+5511999998888" },
  { kind: "order", value: "PED-1" }
]
const listing = { codigos: [] }

const found = (term: SearchTerm | undefined) =>
  Effect.flatMap(CommunicationSearch, (search) =>
    search.idsOf({ ids: [], names: [], terms: term === undefined ? [] : [term] }, 9)
  )

const keys = Effect.flatMap(
  SqlClient,
  (sql) =>
    sql<{ number: number; kept: boolean }>`SELECT number, key IS NOT NULL AS kept FROM search_keys ORDER BY number`
)

const write = Effect.flatMap(Journal, (journal) =>
  journal.append({
    id: "a",
    seq: 0,
    facts: [{ _tag: "CaseIntended", at: 1, body: {} }],
    view: { journey: "j", status: "working", inDoubt: false, updatedAt: 1, listing },
    index: [],
    endings: [],
    terms
  })
)

it.live(
  "SPEC 12.4: with another SEARCH_KEY personal terms are missing until they are written again, and a warning says so",
  () =>
    Effect.gen(function* () {
      const url = yield* schemaIn(yield* databaseUrl)
      const start = (key?: string) => journalAt(url, key === undefined ? {} : { searchKey: Redacted.make(key) })
      const [phone, order] = terms
      yield* Effect.gen(function* () {
        yield* write
        assert.deepStrictEqual(yield* keys, [{ number: 1, kept: true }])
        assert.deepStrictEqual([yield* found(phone), yield* found(order)], [["a"], ["a"]])
        const sql = yield* SqlClient
        const [row] = yield* sql<{ terms: ReadonlyArray<string> }>`SELECT terms FROM search_terms`
        assert.include(row?.terms ?? [], "order:PED-1")
        assert.notInclude(JSON.stringify(row), "99999")
      }).pipe(Effect.provide(start()))
      const logs: Array<string> = []
      const logger = Logger.make(({ message }) => void logs.push(String(message)))
      const withOther = Layer.provide(start("a key of sixteen characters"), Logger.layer([logger]))
      yield* Effect.gen(function* () {
        const index = yield* SearchIndex
        assert.deepStrictEqual([yield* found(phone), yield* found(order)], [[], ["a"]])
        assert.deepStrictEqual(yield* index.missing(9, []), [{ id: "a", seq: 1 }])
        const fills = [{ id: "a", seq: 1, listing, codigos: [], terms }]
        assert.strictEqual(yield* index.complete(fills), 1)
        assert.deepStrictEqual(yield* index.missing(9, []), [])
        assert.deepStrictEqual([yield* found(phone), yield* found(order)], [["a"], ["a"]])
      }).pipe(Effect.provide(withOther))
      assert.isTrue(logs.some((line) => line.includes("SEARCH_KEY has changed, rebuilding the search index")))
      // The same key again gives no warning. Without a key in the environment, the key that the database had made is gone.
      yield* Effect.provide(found(phone), start("a key of sixteen characters")).pipe(
        Effect.map((ids) => assert.deepStrictEqual(ids, ["a"]))
      )
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(yield* keys, [
          { number: 1, kept: true },
          { number: 2, kept: false },
          { number: 3, kept: true }
        ])
        assert.deepStrictEqual(yield* found(phone), [])
      }).pipe(Effect.provide(start()))
    }).pipe(Effect.scoped)
)
