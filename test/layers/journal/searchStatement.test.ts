import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

import type { SearchQuery } from "../../../src/domain/search/SearchQuery.ts"
import type { SearchTerm } from "../../../src/domain/search/SearchTerm.ts"
import type { View } from "../../../src/domain/views/View.ts"
import { Database } from "../../../src/layers/database/Database.ts"
import { DatabaseStatusRef } from "../../../src/layers/database/DatabaseStatusRef.ts"
import { JournalSql } from "../../../src/layers/journal/JournalSql.ts"
import { SearchKeySql } from "../../../src/layers/journal/SearchKeySql.ts"
import { searchStatement } from "../../../src/layers/journal/searchStatement.ts"
import { Journal } from "../../../src/services/Journal.ts"
import { SearchKey } from "../../../src/services/SearchKey.ts"
import { SettingsTest } from "../../support/settings.ts"

const OnPglite = Layer.mergeAll(JournalSql, SearchKeySql).pipe(
  Layer.provideMerge(Database),
  Layer.provide([DatabaseStatusRef, SettingsTest({ database: { dataDir: "memory://" } })])
)

const at = 1_763_866_000_123
const phone = "+5511999990000"
const terms: ReadonlyArray<SearchTerm> = [{ kind: "phone", value: phone }]

/** Of one customer, the oldest first, all with one codigo. */
const views: ReadonlyArray<Partial<View>> = [
  { journey: "rara", status: "failure" },
  { status: "failure", inDoubt: true },
  { status: "success", addressee: { phone, sentAt: at } },
  { journey: "rara", status: "success", due: at },
  { status: "failure" },
  { status: "partial_success", held: { weni: at } }
]

const written = Effect.forEach(views, (view, index) =>
  Effect.flatMap(Journal, (journal) =>
    journal.append({
      id: `c${index}`,
      seq: 0,
      facts: [{ _tag: "CaseIntended", at, body: {} }],
      view: { journey: "j", status: "working", inDoubt: false, updatedAt: at + index, ...view },
      index: [],
      endings: [],
      terms,
      codigos: ["TIMEOUT"]
    })
  )
)

/** Each way to find what matches: one by one, all at once, and one by one because too many match the view. */
const ways = [
  { candidates: 500, compared: 20_000 },
  { candidates: 0, compared: 20_000 },
  { candidates: 0, compared: 1 }
]

it.effect("SPEC 12.2: the candidates that match the view are found, in each of the ways", () =>
  Effect.gen(function* () {
    yield* written
    const sql = yield* SqlClient
    const key = yield* SearchKey
    const names: ReadonlyArray<Partial<SearchQuery>> = [
      { q: { ids: [], names: [], terms } },
      { codigo: "TIMEOUT" },
      { q: { ids: [], names: [], terms }, codigo: "TIMEOUT" }
    ]
    for (const bounds of ways) {
      const idsOf = (query: Partial<SearchQuery>, limit = 50, after?: number) => {
        const page = {
          limit,
          awaitingSince: at - 1000,
          ...(after !== undefined && { after: { createdAt: at + after, id: `c${after}` } })
        }
        const { parameters, text } = searchStatement(key, { statuses: [], marks: [], ...query }, page, bounds)
        return Effect.map(sql.unsafe<{ id: string }>(text, parameters), (rows) => rows.map(({ id }) => id).join(" "))
      }
      for (const name of names) {
        assert.strictEqual(yield* idsOf(name), "c5 c4 c3 c2 c1 c0")
        assert.strictEqual(yield* idsOf({ ...name, statuses: ["failure"] }), "c4 c1 c0")
        assert.strictEqual(yield* idsOf({ ...name, statuses: ["failure"] }, 2), "c4 c1")
        assert.strictEqual(yield* idsOf({ ...name, statuses: ["failure"] }, 2, 1), "c0")
        assert.strictEqual(yield* idsOf({ ...name, statuses: ["adopted"] }), "")
        assert.strictEqual(yield* idsOf({ ...name, journey: "rara" }), "c3 c0")
        assert.strictEqual(yield* idsOf({ ...name, journey: "rara", statuses: ["success"] }), "c3")
        assert.strictEqual(
          yield* idsOf({ ...name, statuses: ["failure"], marks: ["in_doubt", "waiting"] }),
          "c5 c4 c3 c1 c0"
        )
        assert.strictEqual(yield* idsOf({ ...name, marks: ["awaiting"] }), "c2")
        assert.strictEqual(yield* idsOf({ ...name, statuses: ["failure"], since: at + 1, until: at + 4 }), "c1")
      }
      assert.strictEqual(yield* idsOf({ ...names[0], codigo: "HTTP_500", statuses: ["failure"] }), "")
    }
  }).pipe(Effect.provide(OnPglite))
)
