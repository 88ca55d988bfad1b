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

/** Real topics, a real database and the vendors. `start` starts one more replica. */
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
      // A write in doubt is looked for that long.
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

/**
 * Every customer from 0 on has one Case, one note on the Case, one response and one dispatch. A dispatch in progress may be in
 * doubt if its process lost its locks: then it may be missing, or one more note and response say how the doubt ended. Returns
 * the customers in doubt.
 */
const atMostOnceEach = Effect.fnUntraced(function* ({ answered, topics, vendors }: Cluster, count: number) {
  const ids = Array.from({ length: count }, (_, customer) => idOf(journey, customer)).sort()
  const cases = yield* vendors.serviceNow.cases
  const dispatched = (yield* vendors.weni.requests).map(({ body }) => JSON.stringify(JSON.parse(body ?? "{}")))
  assert.deepStrictEqual(cases.map(({ fields }) => fields.u_id_correlacao).sort(), ids)
  const inDoubt = cases.filter(({ notes }) => notes[0]?.startsWith("Envio do WhatsApp sem confirmação"))
  assert.deepStrictEqual(
    cases.filter(({ notes }) => new Set(notes).size !== notes.length),
    []
  )
  assert.deepStrictEqual(
    cases.filter((one) => one.notes.length !== 1 && !(inDoubt.includes(one) && one.notes.length === 2)),
    []
  )
  assert.strictEqual(new Set(dispatched).size, dispatched.length)
  assert.isAtLeast(dispatched.length, count - inDoubt.length)
  assert.deepStrictEqual([...(yield* answered)].sort(), ids)
  const doubted = inDoubt.map(({ fields }) => String(fields.u_id_correlacao))
  const ends = new Set(doubted.map((id) => `${id}#2`))
  const contents = new Set((yield* topics.responses).map(({ headers }) => headers.id_resposta ?? ""))
  assert.deepStrictEqual([...contents].filter((id) => !ends.has(id)).sort(), ids.map((id) => `${id}#1`).sort())
  assert.lengthOf(yield* topics.deadLetters, 0)
  return doubted
})

/** The same, and nothing is in doubt. */
const onceEach = (all: Cluster, count: number) =>
  Effect.map(atMostOnceEach(all, count), (doubted) => assert.deepStrictEqual(doubted, []))

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
  it.live("SPEC 9.3: three processes with one environment share the work, and each listens only on its HTTP_PORT", () =>
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

  it.live("SPEC 9.3, 9.4: a rolling restart under load loses nothing and does nothing twice", () =>
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

  it.live("SPEC 9.3: the other replica takes over the work of a killed one within seconds", () =>
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

  it.live("SPEC 9.3: a replica is stopped for longer than its locks last and then resumes: nothing is done twice", () =>
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
      const doubted = yield* atMostOnceEach(all, 200)
      yield* Effect.logInfo(`${doubted.length} in doubt`)
    })
  )

  it.live(
    "SPEC 9.3: the server repeatedly ends the lock sessions of three processes: nothing is lost or done twice",
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
    // On a busy machine the looks for writes in doubt take time after each lost session.
    300_000
  )
})
