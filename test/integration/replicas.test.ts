import * as PgConnection from "@effect/sql-pg/PgConnection"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Redacted } from "effect"

import { idOf, order } from "./support/customers.ts"
import { databaseUrl } from "./support/environment.ts"
import { listeningPorts } from "./support/listeningPorts.ts"
import { ownDatabase } from "./support/ownDatabase.ts"
import { eventually, type Service, startService } from "./support/service.ts"
import { makeTopics } from "./support/topics.ts"
import { startVendors } from "./support/vendors.ts"

const journey = "pedido_entregue_amanha"

/** Real topics, a real database and the vendors; `start` starts one replica more. */
const cluster = Effect.gen(function* () {
  const topics = yield* makeTopics()
  const vendors = yield* startVendors
  const DATABASE_URL = yield* ownDatabase(databaseUrl)
  yield* topics.open
  const start = Effect.fnUntraced(function* (more: Readonly<Record<string, string>> = {}) {
    const service = yield* startService({
      ...topics.environment,
      ...vendors.environment,
      DATABASE_URL,
      // What is in doubt is looked for that long.
      SERVICENOW_TIMEOUT: "5 seconds",
      ...more
    })
    return service
  })
  /** The journey's customers whose communication has its own response. */
  const answered = Effect.map(
    topics.responses,
    (all) => new Set(all.filter(({ headers }) => headers.duplicado === undefined).map(({ key }) => key))
  )
  const produce = (first: number, count: number) =>
    topics.send(Array.from({ length: count }, (_, index) => order(journey, first + index)))
  const allAnswered = (count: number, seconds = 90) =>
    eventually(
      `${count} communications answered`,
      Effect.map(answered, (ids) => ids.size >= count),
      seconds
    )
  return { topics, vendors, start, DATABASE_URL, produce, answered, allAnswered }
})

type Cluster = Effect.Success<typeof cluster>

const times = (values: ReadonlyArray<unknown>) => Map.groupBy(values, (value) => value)

/** Every customer from 0 has one Case, one note on the Case and one response; a dispatch, unless it is in doubt. */
const atMostOnceEach = Effect.fnUntraced(function* ({ answered, topics, vendors }: Cluster, count: number) {
  const ids = Array.from({ length: count }, (_, customer) => idOf(journey, customer)).sort()
  const cases = yield* vendors.serviceNow.cases
  const dispatched = (yield* vendors.weni.requests).map(({ body }) => JSON.parse(body ?? "{}"))
  assert.deepStrictEqual(cases.map(({ fields }) => fields.u_id_correlacao).sort(), ids)
  assert.deepStrictEqual(
    cases.map(({ notes }) => notes.length),
    cases.map(() => 1)
  )
  assert.strictEqual(times(dispatched.map((body) => JSON.stringify(body))).size, dispatched.length)
  assert.deepStrictEqual([...(yield* answered)].sort(), ids)
  const contents = times((yield* topics.responses).map(({ headers }) => headers.id_resposta))
  assert.deepStrictEqual([...contents.keys()].sort(), ids.map((id) => `${id}#1`).sort())
  assert.lengthOf(yield* topics.deadLetters, 0)
  return dispatched.length
})

/** As above, and nothing is in doubt. */
const onceEach = (all: Cluster, count: number) =>
  Effect.map(atMostOnceEach(all, count), (dispatched) => assert.strictEqual(dispatched, count))

const started = Effect.fnUntraced(function* ({ start }: Cluster, count: number) {
  const services = yield* Effect.all(
    Array.from({ length: count }, () => start()),
    { concurrency: "unbounded" }
  )
  yield* Effect.forEach(services, ({ ready }) => ready)
  return services
})

const stops = (service: Service) =>
  Effect.gen(function* () {
    yield* service.signal("SIGTERM")
    assert.deepStrictEqual(yield* service.exit, { code: 0, signal: null })
  })

describe("replicas on real Kafka and Postgres", () => {
  it.live(
    "SPEC 9.3: three processes with one environment share the work, and each listens on its HTTP_PORT alone",
    () =>
      Effect.gen(function* () {
        const all = yield* cluster
        const services = yield* started(all, 3)
        yield* all.produce(0, 60)
        yield* all.allAnswered(60)
        assert.deepStrictEqual(
          services.map(({ pid }) => listeningPorts(pid)),
          services.map(({ port }) => [Number(port)])
        )
        yield* onceEach(all, 60)
      })
  )

  it.live("SPEC 9.3, 9.4: a rolling restart under load loses nothing and repeats nothing", () =>
    Effect.gen(function* () {
      const all = yield* cluster
      let running = yield* started(all, 2)
      let produced = 0
      for (let round = 0; round < 2; round++) {
        for (const old of running) {
          yield* all.produce(produced, 60)
          produced += 60
          yield* stops(old)
          const next = yield* all.start()
          running = [...running.filter((service) => service !== old), next]
          yield* next.ready
        }
      }
      yield* all.allAnswered(produced)
      yield* onceEach(all, produced)
    })
  )

  it.live("SPEC 9.3: a replica that is killed: the other works on what it had within seconds", () =>
    Effect.gen(function* () {
      const all = yield* cluster
      const [first, second] = yield* started(all, 2)
      yield* all.produce(0, 50)
      yield* all.allAnswered(50)
      yield* first!.signal("SIGKILL")
      const killed = yield* Clock.currentTimeMillis
      yield* all.produce(50, 50)
      yield* all.allAnswered(100)
      const took = (yield* Clock.currentTimeMillis) - killed
      yield* Effect.logInfo(`killed → all worked on again: ${took} ms`)
      yield* onceEach(all, 100)
      yield* stops(second!)
    })
  )

  it.live(
    "SPEC 9.3: a replica that is stopped for longer than its locks last and then resumes: nothing happens twice",
    () =>
      Effect.gen(function* () {
        const all = yield* cluster
        const [first, second] = yield* started(all, 2)
        yield* all.vendors.serviceNow.faults.add({ kind: "slow", delayMs: 300, times: -1 })
        yield* all.produce(0, 150)
        yield* all.allAnswered(20)
        yield* first!.signal("SIGSTOP")
        yield* all.allAnswered(150)
        yield* first!.signal("SIGCONT")
        yield* all.produce(150, 50)
        yield* all.allAnswered(200)
        yield* stops(second!)
        yield* stops(first!)
        yield* atMostOnceEach(all, 200)
      })
  )

  it.live(
    "SPEC 9.3: three processes whose lock sessions the server ends, again and again: nothing twice, nothing lost",
    () =>
      Effect.gen(function* () {
        const all = yield* cluster
        const services = yield* started(all, 3)
        const server = yield* PgConnection.make({ url: Redacted.make(all.DATABASE_URL) })
        const endSessions = server.query(
          "SELECT count(pg_terminate_backend(pid))::integer AS ended FROM pg_stat_activity WHERE application_name = 'brom-ctx lock' AND datname = current_database()"
        )
        yield* all.vendors.serviceNow.faults.add({ kind: "slow", delayMs: 100, times: -1 })
        yield* all.produce(0, 150)
        for (let round = 1; round <= 4; round++) {
          yield* all.allAnswered(round * 25)
          const { rows } = yield* endSessions
          assert.deepStrictEqual(rows, [{ ended: 3 }])
          yield* Effect.sleep("1 second")
        }
        yield* all.allAnswered(150, 240)
        yield* Effect.forEach(services, stops)
        yield* onceEach(all, 150)
      }),
    // On a busy machine each lost session costs its looks for what may still be running.
    300_000
  )
})
