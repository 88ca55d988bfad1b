import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

import { readSearch, type SearchFields } from "../../src/domain/search/SearchQuery.ts"
import { Database } from "../../src/layers/database/Database.ts"
import { DatabaseStatusRef } from "../../src/layers/database/DatabaseStatusRef.ts"
import { JournalSql } from "../../src/layers/journal/JournalSql.ts"
import { SearchKeySql } from "../../src/layers/journal/SearchKeySql.ts"
import { searchStatement } from "../../src/layers/journal/searchStatement.ts"
import { CommunicationSearch, type SearchPage } from "../../src/services/CommunicationSearch.ts"
import { SearchKey } from "../../src/services/SearchKey.ts"
import { Tallies } from "../../src/services/Tallies.ts"
import { databaseUrl, schemaIn } from "../../test/layers/database/postgresSchema.ts"
import { SettingsTest } from "../../test/support/settings.ts"
import { digits, table } from "../table.ts"
import { fillSchema, heavyPhone } from "./fill.ts"

/** What is searched for. `q` of the body is personal. */
const searches: ReadonlyArray<readonly [string, SearchFields]> = [
  ["everything", {}],
  ["status=success", { status: ["success"] }],
  ["status=failure", { status: ["failure"] }],
  ["status=adopted", { status: ["adopted"] }],
  ["status=failure and partial_success", { status: ["failure", "partial_success"] }],
  ["status=in_doubt", { status: ["in_doubt"] }],
  ["status=waiting", { status: ["waiting"] }],
  ["status=awaiting", { status: ["awaiting"] }],
  ["journey", { journey: "pedido_atrasado" }],
  ["journey, rare", { journey: "rara" }],
  ["journey, unknown", { journey: "nenhuma" }],
  ["journey and status", { journey: "pedido_atrasado", status: ["failure"] }],
  ["journey and awaiting", { journey: "rara", status: ["awaiting"] }],
  ["codigo", { codigo: "TIMEOUT" }],
  ["codigo, unknown", { codigo: "HTTP_418" }],
  ["codigo and journey", { codigo: "TIMEOUT", journey: "pedido_atrasado" }],
  ["codigo and a status that it never has", { codigo: "TIMEOUT", status: ["adopted"] }],
  ["since=24h", { since: "24h" }],
  ["status, in a week two months ago", { status: ["failure"], since: "60d", until: "53d" }],
  ["case", { case: "cs500000" }],
  ["case and status", { case: "CS500000", status: ["failure"] }],
  ["q: order", { q: "PED-500000" }],
  ["q: shipment", { q: "R777" }],
  ["q: id", { q: "pedido_entregue_amanha|200000|R1PED-500000" }],
  ["q: message", { q: "m500000" }],
  ["q: nothing", { q: "nada" }],
  ["q: phone of 10,000", { q: heavyPhone }],
  ["q: phone of 10,000, and status", { q: heavyPhone, status: ["adopted"] }]
]

const rounds = 15
const count = Number(process.argv[2] ?? 1_000_000)
const withPlans = process.argv.includes("--plans")
const tell = (text: string) => void process.stderr.write(`${text}\n`)

const measure = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const times: Array<number> = []
    for (let round = 0; round < rounds; round++) {
      const begun = performance.now()
      yield* effect
      times.push(performance.now() - begun)
    }
    times.sort((one, other) => one - other)
    return { median: times[Math.floor(rounds / 2)] ?? Number.NaN, most: times.at(-1) ?? Number.NaN }
  })

const run = Effect.gen(function* () {
  const sql = yield* SqlClient
  const key = yield* SearchKey
  const search = yield* CommunicationSearch
  const tallies = yield* Tallies
  yield* fillSchema(count, tell)
  const now = Date.now()
  const page: SearchPage = { limit: 51, awaitingSince: now - 72 * 3_600_000 }
  const rows: Array<ReadonlyArray<string>> = []
  for (const [name, fields] of searches) {
    const { value } = readSearch(fields, now, "body")
    if (value === undefined) throw new Error(name)
    const found = yield* search.find(value, page)
    const { median, most } = yield* measure(search.find(value, page))
    const last = found.at(-1)
    const next = last === undefined ? undefined : yield* measure(search.find(value, { ...page, after: { ...last } }))
    rows.push([name, String(found.length), digits(median, 1), digits(most, 1), next ? digits(next.median, 1) : ""])
    if (withPlans) {
      const { parameters, text } = searchStatement(key, value, page)
      const plan = yield* sql.unsafe<{ "QUERY PLAN": string }>(`EXPLAIN (ANALYZE, BUFFERS) ${text}`, parameters)
        .unprepared
      tell([name, ...plan.map(({ "QUERY PLAN": line }) => line), ""].join("\n"))
    }
  }
  const day = yield* measure(Effect.all([tallies.failures(now - 86_400_000, 100), tallies.flow(now - 3_600_000)]))
  rows.push(["counts of the overview", "", digits(day.median, 1), digits(day.most, 1), ""])
  process.stdout.write(table(["search", "found", "median ms", "most ms", "second page ms"], rows))
})

const main = Effect.gen(function* () {
  const url = yield* schemaIn(yield* databaseUrl)
  const settings = SettingsTest({ database: { url: Redacted.make(url), dataDir: "unused" } })
  const layer = Layer.mergeAll(JournalSql, SearchKeySql).pipe(
    Layer.provideMerge(Database),
    Layer.provide([DatabaseStatusRef, settings])
  )
  yield* Effect.provide(run, layer)
})

/** `node bench/search/main.ts [COUNT] [--plans]`: what each search takes among so many communications on `DATABASE_URL`. */
await Effect.runPromise(Effect.scoped(main))
