import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { Reactivity } from "effect/reactivity"

import { describeSqlError } from "../../src/layers/database/availability.ts"
import { databaseAccess } from "../../src/layers/database/databaseAccess.ts"
import { delivered, humanGroup, order, read, yes } from "./support/customers.ts"
import { databaseUrl } from "./support/environment.ts"
import { ownDatabase } from "./support/ownDatabase.ts"
import { eventually, startService } from "./support/service.ts"
import { silentProxy, type Afterwards } from "./support/silentProxy.ts"
import { temporaryFile } from "./support/temporaryFile.ts"
import { makeTopics } from "./support/topics.ts"
import { startVendors } from "./support/vendors.ts"

const journey = "sempre_aberta"
const journeys = `
journeys:
  ${journey}:
    deliveryOffsetDays: 1
    case: { short_description: Pedido, description: Entrega, priority: 3, state: 10 }
    answers: { yes: [sim], no: [não] }
    humanGroup: ${humanGroup}
`

/** Events wait for their order while the database is silent. The order comes when the database answers again. */
const throughSilence = Effect.fnUntraced(function* (afterwards: Afterwards) {
  const topics = yield* makeTopics()
  const vendors = yield* startVendors
  yield* topics.open
  const url = new URL(yield* ownDatabase(databaseUrl))
  const proxy = yield* silentProxy(Number(url.port))
  url.port = String(proxy.port)
  const service = yield* startService({
    ...topics.environment,
    ...vendors.environment,
    DATABASE_URL: url.href,
    JOURNEYS_FILE: yield* temporaryFile("journeys.yaml", journeys)
  })
  yield* service.ready
  const early = (customer: number) =>
    topics.sendEvents(
      [delivered(journey, customer), read(journey, customer), yes(customer)].map((value) => ({ key: "k", value }))
    )
  const parked = eventually(
    "three events parked",
    Effect.map(service.get("/metrics"), ({ body }) => body.includes("ctx_parked 3\n"))
  )
  const reported = Effect.map(topics.responses, (all) => all.map(({ value }) => String(value.evento)).toSorted())
  const allReported = (customers: number) =>
    eventually(
      `every event of ${customers} reported`,
      Effect.map(reported, (all) => all.length >= 4 * customers),
      45
    )
  yield* early(1)
  yield* parked

  yield* proxy.silence
  yield* eventually(
    "not ready",
    Effect.map(service.get("/health/ready"), ({ status }) => status === 503)
  )
  // Every statement of the upkeep runs into the silence within this time.
  yield* Effect.sleep("20 seconds")
  yield* proxy.heal(afterwards)

  yield* service.ready
  yield* topics.send([order(journey, 1)])
  yield* allReported(1)
  // The query that ran into the silence may have found those events, so a later one must find more.
  yield* early(2)
  yield* parked
  yield* topics.send([order(journey, 2)])
  yield* allReported(2)
  const once = ["comunicacao", "entregue", "lida", "retorno_sim"]
  assert.deepStrictEqual(
    yield* reported,
    once.flatMap((evento) => [evento, evento])
  )
})

/** The `BEGIN` of a transaction cannot be interrupted, and the dead connection holds the pool's only place. */
const transactionOnDeadConnection = Effect.gen(function* () {
  const url = new URL(databaseUrl())
  const proxy = yield* silentProxy(Number(url.port))
  url.port = String(proxy.port)
  const { config } = databaseAccess(Redacted.make(url.href))
  const sql = yield* PgClient.make({ ...config("1 second"), maxConnections: 1 })
  yield* sql`SELECT 1`
  yield* proxy.silence
  const error = yield* Effect.flip(sql.withTransaction(sql`SELECT 2`))
  yield* proxy.heal("dead")
  return [describeSqlError(error), yield* sql`SELECT 3 AS three`] as const
})

describe.concurrent("a network that drops the packets to Postgres for 20 s", () => {
  it.live(
    "SPEC 9.1: statements in progress are answered late: parked events are still applied",
    () => Effect.scoped(throughSilence("late")),
    180_000
  )

  it.live(
    "SPEC 9.1: the connections stay silent forever: parked events are still applied",
    () => Effect.scoped(throughSilence("dead")),
    180_000
  )

  it.live("SPEC 9.1: a transaction on such a connection ends with it, and the pool gets its place back", () =>
    Effect.gen(function* () {
      const [error, rows] = yield* Effect.provide(Effect.scoped(transactionOnDeadConnection), Reactivity.layer)
      assert.strictEqual(error, "no answer within 1 seconds")
      assert.deepStrictEqual(rows, [{ three: 3 }])
    })
  )
})
