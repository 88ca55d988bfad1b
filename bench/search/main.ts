import { parseArgs } from "node:util"

import * as PgConnection from "@effect/sql-pg/PgConnection"
import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

import { readSearch } from "../../src/domain/search/SearchQuery.ts"
import { Database } from "../../src/layers/database/Database.ts"
import { DatabaseStatusRef } from "../../src/layers/database/DatabaseStatusRef.ts"
import { JournalSql } from "../../src/layers/journal/JournalSql.ts"
import { SearchKeySql } from "../../src/layers/journal/SearchKeySql.ts"
import { searchStatement } from "../../src/layers/journal/searchStatement.ts"
import { detailsFor, idOf } from "../../src/programs/operator/details.ts"
import { idsMatching } from "../../src/programs/operator/findCommunications.ts"
import { customerTerms, heldOfCustomer } from "../../src/programs/operator/heldOfCustomer.ts"
import { overviewNow } from "../../src/programs/operator/overview.ts"
import { CommunicationSearch, type SearchPage } from "../../src/services/CommunicationSearch.ts"
import { SearchKey } from "../../src/services/SearchKey.ts"
import { databaseUrl, schemaIn } from "../../test/layers/database/postgresSchema.ts"
import { SettingsTest } from "../../test/support/settings.ts"
import { median, percentile } from "../statistics.ts"
import { digits, table } from "../table.ts"
import { scheduledMillis } from "../usage.ts"
import { fillSchema, heavyPhone, usual } from "./fill.ts"
import { searches } from "./searches.ts"

const rounds = 21
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { plans: { type: "boolean" }, schema: { type: "string" } }
})
const count = Number(positionals[0] ?? 1_000_000)
const tell = (text: string) => void process.stderr.write(`${text}\n`)

/** Milliseconds of CPU that Postgres has used for this process. 0 if its backends cannot be seen from here. */
const postgresCpu = Effect.gen(function* () {
  const sql = yield* SqlClient
  const backends = yield* sql<{ pid: number }>`SELECT pid FROM pg_stat_activity
    WHERE application_name = current_setting('application_name') AND datname = current_database()`
  return backends.reduce((sum, { pid }) => sum + scheduledMillis(pid), 0)
})

/** Milliseconds of this many rounds: the median, the 95th percentile, and Postgres' CPU. The first round is not counted. */
const measure = <A, E, R>(effect: Effect.Effect<A, E, R>, many = rounds) =>
  Effect.gen(function* () {
    yield* effect
    const times: Array<number> = []
    const before = yield* postgresCpu
    for (let round = 0; round < many; round++) {
      const begun = performance.now()
      yield* effect
      times.push(performance.now() - begun)
    }
    const cpu = ((yield* postgresCpu) - before) / many
    return [digits(median(times), 1), digits(percentile(times, 0.95), 1), digits(cpu, 1)]
  })

/** A position in the middle of all communications, of which one begins every seven seconds. */
const farDown = (now: number) => ({ createdAt: now - (count / 2) * 7_000, id: "" })

const measureSearches = Effect.gen(function* () {
  const sql = yield* SqlClient
  const key = yield* SearchKey
  const search = yield* CommunicationSearch
  const now = Date.now()
  const page: SearchPage = { limit: 51, awaitingSince: now - 72 * 3_600_000 }
  const rows: Array<ReadonlyArray<string>> = []
  for (const [name, fields] of searches) {
    const { value } = readSearch(fields, now, "body")
    if (value === undefined) throw new Error(name)
    // A page from the middle of all communications has rows, whatever time a mark has.
    const far: SearchPage = { ...page, after: farDown(now) }
    const found = yield* search.find(value, page)
    const first = yield* measure(search.find(value, page))
    rows.push([name, String(found.length), ...first, ...(yield* measure(search.find(value, far)))])
    tell(rows.at(-1)?.join(" | ") ?? "")
    if (values.plans === true) {
      const { parameters, text } = searchStatement(key, value, page)
      const plan = yield* sql.unsafe<{ "QUERY PLAN": string }>(`EXPLAIN (ANALYZE, BUFFERS) ${text}`, parameters)
        .unprepared
      tell([name, text, ...plan.map(({ "QUERY PLAN": line }) => line), ""].join("\n"))
    }
  }
  return table(
    ["search", "found", "median ms", "p95 ms", "Postgres CPU ms", "far down: median ms", "p95 ms", "Postgres CPU ms"],
    rows
  )
})

/** The work of the routes besides the searches. */
const measureOthers = Effect.gen(function* () {
  const others = [
    ["the overview", overviewNow({ unaccounted: 0, stalled: 0, overdue: 0 }), rounds],
    ["one communication, by id", show("pedido_entregue_amanha|200000|R1PED-500000"), rounds],
    ["one communication, by order number", show("PED-500000"), rounds],
    ["one communication, by Case number", show("CS500000"), rounds],
    ["an order number that is none", Effect.flip(idOf("nada", "url")), rounds],
    ["what is held of a customer of three", heldOfCustomer(customerTerms(usual.phone)), rounds],
    ["what is held of a customer of 10,000", heldOfCustomer(customerTerms(heavyPhone)), 3],
    ["an operation's 9,950 of a codigo", idsMatching({ codigo: "TIMEOUT" }), 3],
    ["an operation's 20,000 of a status", idsMatching({ status: ["partial_success"] }), 3],
    ["an operation's 10,000 of a mark", idsMatching({ status: ["waiting"] }), 3]
  ] as const
  const rows: Array<ReadonlyArray<string>> = []
  for (const [name, effect, many] of others) {
    rows.push([name, ...(yield* measure<unknown, unknown, Effect.Services<typeof effect>>(effect, many))])
    tell(rows.at(-1)?.join(" | ") ?? "")
  }
  return table(["besides", "median ms", "p95 ms", "Postgres CPU ms"], rows)
})

const show = (name: string) => Effect.flatMap(idOf(name, "url"), detailsFor)

const run = Effect.gen(function* () {
  const sql = yield* SqlClient
  const [row] = yield* sql<{ empty: boolean }>`SELECT NOT EXISTS (SELECT FROM communications) AS empty`
  if (row?.empty === true) yield* fillSchema(count, tell)
  process.stdout.write(`${yield* measureSearches}\n\n${yield* measureOthers}\n`)
})

/** The schema with this name, which stays. */
const keptSchema = Effect.fnUntraced(function* (url: string, name: string) {
  const own = new URL(url)
  own.searchParams.set("options", `-c search_path=${name}`)
  const session = yield* PgConnection.make({ url: Redacted.make(own.href) })
  yield* session.query(`CREATE SCHEMA IF NOT EXISTS ${name}`)
  return own.href
})

const main = Effect.gen(function* () {
  const named = new URL(yield* databaseUrl)
  named.searchParams.set("application_name", `search ${process.pid}`)
  const given = named.href
  const url = yield* values.schema === undefined ? schemaIn(given) : keptSchema(given, values.schema)
  const settings = SettingsTest({ database: { url: Redacted.make(url), dataDir: "unused" } })
  const layer = Layer.mergeAll(JournalSql, SearchKeySql).pipe(
    Layer.provideMerge(Database),
    Layer.provideMerge(settings),
    Layer.provide([DatabaseStatusRef])
  )
  yield* Effect.provide(run, layer)
})

/**
 * `node bench/search/main.ts [COUNT] [--plans] [--schema NAME]`: measures what each search takes among this many
 * communications on `DATABASE_URL`, with the plans. A named schema stays, and is filled only once.
 */
await Effect.runPromise(Effect.scoped(main))
