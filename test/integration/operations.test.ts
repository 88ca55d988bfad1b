import { join } from "node:path"

import * as PgConnection from "@effect/sql-pg/PgConnection"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Redacted } from "effect"

import { lockKey } from "../../src/layers/database/locks/pgLockKeeper.ts"
import { idOf, order } from "./support/customers.ts"
import { databaseUrl } from "./support/environment.ts"
import { connectsFrom } from "./support/listeningPorts.ts"
import { ownDatabase } from "./support/ownDatabase.ts"
import { eventually, type Service, startService } from "./support/service.ts"
import { temporaryDirectory } from "./support/temporaryFile.ts"
import { makeTopics } from "./support/topics.ts"
import { startVendors } from "./support/vendors.ts"

const journey = "pedido_entregue_amanha"

interface Operation {
  readonly id: string
  readonly state: string
  readonly total: number
  readonly done: number
  readonly failures: ReadonlyArray<unknown>
}

const asked = (service: Service, path: string, body?: object) =>
  Effect.promise(async () => {
    const answer = await fetch(`http://127.0.0.1:${service.port}${path}`, {
      method: body === undefined ? "GET" : "POST",
      ...(body !== undefined && { body: JSON.stringify(body), headers: { "content-type": "application/json" } })
    })
    return { status: answer.status, body: (await answer.json()) as Operation }
  })

const operationAt = (service: Service, id: string) =>
  Effect.map(asked(service, `/api/operations/${id}`), ({ body }) => body)

/** `count` orders whose dispatches Weni has refused, and `replicas` processes with this `OPERATION_RATE`. */
const refusedOrders = Effect.fnUntraced(function* (
  database: Readonly<Record<string, string>>,
  { count, rate, replicas }: { readonly count: number; readonly rate: number; readonly replicas: number }
) {
  const topics = yield* makeTopics()
  const vendors = yield* startVendors
  yield* topics.open
  yield* vendors.weni.faults.add({ kind: "status", status: 400, times: count, match: { path: "/v1/campaigns" } })
  const start = startService({
    ...topics.environment,
    ...vendors.environment,
    ...database,
    OPERATION_RATE: String(rate)
  })
  const services = yield* Effect.all(
    Array.from({ length: replicas }, () => start),
    { concurrency: "unbounded" }
  )
  yield* Effect.forEach(services, ({ ready }) => ready)
  yield* topics.send(Array.from({ length: count }, (_, index) => order(journey, index)))
  yield* topics.responded(count, 180)
  const ids = Array.from({ length: count }, (_, index) => idOf(journey, index)).toSorted()
  /** Each order has its one Case, one refused and one accepted dispatch, and a second response. */
  const onceEach = Effect.gen(function* () {
    yield* topics.responded(2 * count, 180)
    assert.deepStrictEqual(
      [...(yield* vendors.weni.accepted)].toSorted(([one], [other]) => (one < other ? -1 : 1)),
      ids.map((id) => [id, 1])
    )
    assert.lengthOf(yield* vendors.weni.requests, 2 * count)
    assert.lengthOf(yield* vendors.serviceNow.cases, count)
    const responses = (yield* topics.responses).map(({ headers }) => headers.id_resposta).toSorted()
    assert.deepStrictEqual(responses, ids.flatMap((id) => [`${id}#1`, `${id}#2`]).toSorted())
  })
  return { services, start, onceEach }
})

/** The progress of the operation until it has `done` items: each look with its time. */
const progressTo = Effect.fnUntraced(function* (service: Service, id: string, done: number) {
  const looks: Array<{ readonly at: number; readonly done: number }> = []
  yield* eventually(
    `${done} items`,
    Effect.gen(function* () {
      const at = yield* Clock.currentTimeMillis
      const operation = yield* operationAt(service, id)
      looks.push({ at, done: operation.done })
      return operation.done >= done
    }),
    120
  )
  return looks
})

/** How many items ended between any two looks beyond the rate. Items in progress at once may end at once. */
const excess = (looks: ReadonlyArray<{ readonly at: number; readonly done: number }>, rate: number): number =>
  Math.max(
    ...looks.flatMap((from, index) =>
      looks.slice(index).map((to) => to.done - from.done - (rate * (to.at - from.at)) / 1000)
    )
  )

/** Items that one process acts on at once. */
const atOnce = 8

/** The process that holds the lock of the operations. */
const runnerOf = Effect.fnUntraced(function* (url: string, services: ReadonlyArray<Service>) {
  const server = yield* PgConnection.make({ url: Redacted.make(url) })
  const key = lockKey("public", "operation", "all")
  const { rows } = yield* server.query(
    `SELECT a.client_port FROM pg_locks l JOIN pg_stat_activity a USING (pid) JOIN pg_database d ON d.oid = l.database
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND d.datname = current_database()
      AND ((l.classid::bigint << 32) | l.objid::bigint) = $1::bigint`,
    [key]
  )
  const ports = rows.map((row) => Number(row["client_port"]))
  const [runner, ...more] = services.filter(({ pid }) => ports.some((port) => connectsFrom(pid, port)))
  assert.deepStrictEqual([ports.length, runner === undefined, more.length], [1, false, 0])
  return runner as Service
})

describe("operations on real parts", () => {
  // Three replicas are run with LONG_TESTS=true.
  for (const replicas of process.env["LONG_TESTS"] === "true" ? [2, 3] : [2]) {
    it.live(
      `SPEC 10.3: of ${replicas} processes the working one is killed: another continues, each item once, at OPERATION_RATE`,
      () =>
        Effect.gen(function* () {
          const url = yield* ownDatabase(databaseUrl)
          const [count, rate] = [replicas * 100, 20]
          const { onceEach, services } = yield* refusedOrders({ DATABASE_URL: url }, { count, rate, replicas })
          const filter = { codigo: "HTTP_400" }
          const begun = yield* asked(services[0]!, "/api/operations", { action: "retry", filter, reason: "mended" })
          assert.deepStrictEqual([begun.status, begun.body.total], [202, count])
          const { id } = begun.body
          const before = yield* progressTo(services[0]!, id, count / 4)
          const runner = yield* runnerOf(url, services)
          yield* runner.signal("SIGKILL")
          yield* runner.exit
          const left = services.filter((service) => service !== runner)
          const after = yield* progressTo(left[0]!, id, count)
          assert.isAtMost(excess([...before, ...after], rate), 2 * atOnce)
          const { done, failures, state, total } = yield* operationAt(left.at(-1)!, id)
          assert.deepStrictEqual([state, total, done, failures], ["done", count, count, []])
          yield* onceEach
        }),
      300_000
    )
  }

  it.live(
    "SPEC 10.3: any process can stop an operation",
    () =>
      Effect.gen(function* () {
        const url = yield* ownDatabase(databaseUrl)
        const { services } = yield* refusedOrders({ DATABASE_URL: url }, { count: 60, rate: 4, replicas: 3 })
        for (const asker of services) {
          const ids = Array.from({ length: 40 }, (_, index) => `nobody-${index}`)
          const body = { action: "retry", ids, reason: "a mistake" }
          const { id } = (yield* asked(services[0]!, "/api/operations", body)).body
          yield* progressTo(asker, id, 1)
          const stopped = yield* asked(asker, `/api/operations/${id}/stop`, {})
          assert.deepStrictEqual([stopped.status, stopped.body.state], [200, "stopped"])
          const later = (yield* asked(asker, "/api/operations", { ...body, ids: ["nobody"] })).body
          yield* progressTo(asker, later.id, 1)
          const { done, state } = yield* operationAt(services[1]!, id)
          assert.strictEqual(state, "stopped")
          assert.isAtMost(done, stopped.body.done + atOnce)
        }
      }),
    300_000
  )

  it.live(
    "SPEC 10.3: on PGlite an operation continues after kill -9 and a start, each item once",
    () =>
      Effect.gen(function* () {
        const DATA_DIR = join(yield* temporaryDirectory, "data")
        const { onceEach, services, start } = yield* refusedOrders({ DATA_DIR }, { count: 60, rate: 10, replicas: 1 })
        const [first] = services
        const body = { action: "retry", filter: { codigo: "HTTP_400" }, reason: "mended" }
        const { id } = (yield* asked(first!, "/api/operations", body)).body
        yield* progressTo(first!, id, 20)
        yield* first!.signal("SIGKILL")
        yield* first!.exit
        const second = yield* start
        yield* second.ready
        yield* progressTo(second, id, 60)
        const { failures, state } = yield* operationAt(second, id)
        assert.deepStrictEqual([state, failures], ["done", []])
        yield* onceEach
      }),
    300_000
  )
})
