import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schedule } from "effect"
import { Reactivity } from "effect/reactivity"

import type { Audit } from "../../src/programs/upkeep/audit.ts"
import { idOf, order } from "./support/customers.ts"
import { databaseUrl } from "./support/environment.ts"
import { ownDatabase } from "./support/ownDatabase.ts"
import { ownServers } from "./support/ownServers.ts"
import { eventually, type Service, startService } from "./support/service.ts"
import { makeTopics } from "./support/topics.ts"
import { startVendors } from "./support/vendors.ts"

const journey = "pedido_entregue_amanha"

type Topics = Effect.Success<ReturnType<typeof makeTopics>>

const produce = (topics: Topics, first: number, count: number) =>
  topics.send(Array.from({ length: count }, (_, index) => order(journey, first + index)))

/** Waits until each of these customers has a response. */
const answered = (topics: Topics, first: number, count: number) =>
  eventually(
    `customers ${first} to ${first + count - 1} answered`,
    Effect.map(topics.responses, (all) => {
      const ids = new Set(all.map(({ key }) => key))
      return Array.from({ length: count }, (_, index) => idOf(journey, first + index)).every((id) => ids.has(id))
    }),
    90
  )

const auditOf = (service: Service) => Effect.map(service.get("/api/audit"), ({ body }): Audit => JSON.parse(body))

/** Waits until all produced orders are accounted for, and returns the log of each partition. */
const accounted = Effect.fnUntraced(function* (service: Service, topic: string, count: number) {
  yield* eventually(
    `${count} records accounted for`,
    Effect.map(auditOf(service), ({ topics, unaccounted }) => {
      const ended = topics.filter((it) => it.topic === topic).reduce((sum, it) => sum + it.ended, 0)
      return ended === count && unaccounted === 0
    })
  )
  const { topics } = yield* Effect.orDie(auditOf(service))
  return topics.filter((it) => it.topic === topic)
})

const linesWith = (service: Service, text: string) =>
  Effect.map(service.logs, (lines) => lines.filter(({ message }) => String(message).includes(text)))

const stops = (service: Service) =>
  Effect.gen(function* () {
    yield* service.signal("SIGTERM")
    assert.deepStrictEqual(yield* service.exit, { code: 0, signal: null })
  })

const another = "partition's log was replaced"

describe("the identity of records, on real Kafka and Postgres", () => {
  it.live(
    "SPEC 9.10: a topic is deleted and created again under two replicas: every record of both logs ends once",
    () =>
      Effect.gen(function* () {
        const topics = yield* makeTopics()
        const vendors = yield* startVendors
        const DATABASE_URL = yield* ownDatabase(databaseUrl)
        yield* topics.open
        const start = startService({ ...topics.environment, ...vendors.environment, DATABASE_URL })
        const services = yield* Effect.all([start, start], { concurrency: "unbounded" })
        yield* Effect.forEach(services, ({ ready }) => ready)
        yield* produce(topics, 0, 30)
        yield* answered(topics, 0, 30)

        const { TOPIC_IN } = topics.names
        yield* Effect.promise(() => topics.admin.deleteTopics({ topics: [TOPIC_IN] }))
        yield* Effect.tryPromise(() =>
          topics.admin.createTopics({ topics: [{ topic: TOPIC_IN, numPartitions: 3 }] })
        ).pipe(Effect.retry({ times: 50, schedule: Schedule.spaced("200 millis") }))
        // Each new log is at once longer than the old one.
        yield* Effect.retry(Effect.sandbox(produce(topics, 30, 90)), {
          times: 20,
          schedule: Schedule.spaced("200 millis")
        })
        yield* answered(topics, 30, 90)

        const [service] = services
        const partitions = yield* accounted(service, TOPIC_IN, 90)
        assert.deepStrictEqual(
          partitions.map(({ began, generation }): ReadonlyArray<unknown> => [generation, began?.reason]),
          [0, 1, 2].map((): ReadonlyArray<unknown> => [2, "another_log"])
        )
        const earlier = partitions.flatMap((it) => it.earlier ?? [])
        assert.strictEqual(
          earlier.reduce((sum, { ended }) => sum + ended, 0),
          30
        )
        const lines = yield* Effect.forEach(services, (it) => linesWith(it, another))
        assert.lengthOf(lines.flat(), 3)
        assert.lengthOf(yield* vendors.serviceNow.cases, 120)
        assert.lengthOf(yield* vendors.weni.requests, 120)
      }),
    180_000
  )

  it.live(
    "SPEC 9.10: another cluster with the same topics on the same database: its records from before the start are processed",
    () =>
      Effect.gen(function* () {
        const topics = yield* makeTopics()
        const vendors = yield* startVendors
        const DATABASE_URL = yield* ownDatabase(databaseUrl)
        yield* topics.open
        const environment = { ...topics.environment, ...vendors.environment, DATABASE_URL, KAFKA_START_AT: "latest" }
        const first = yield* startService(environment)
        yield* first.ready
        yield* eventually(
          "started",
          Effect.map(auditOf(first), (audit) => audit.topics.length === 6)
        )
        yield* produce(topics, 0, 30)
        yield* answered(topics, 0, 30)
        yield* stops(first)

        const { kafka } = yield* ownServers
        yield* kafka.start
        const others = yield* makeTopics(kafka.brokers, topics.names)
        yield* others.open
        yield* produce(others, 30, 60)
        const second = yield* startService({ ...environment, KAFKA_BROKERS: kafka.brokers })
        yield* answered(others, 30, 60)
        const partitions = yield* accounted(second, topics.names.TOPIC_IN, 60)
        assert.deepStrictEqual(
          partitions.map(({ generation }) => generation),
          [2, 2, 2]
        )
        assert.lengthOf(yield* vendors.weni.requests, 90)
        yield* stops(second)
      }),
    180_000
  )

  it.live(
    "SPEC 9.10: an older backup: the records that the group has committed since are reported, and not processed",
    () =>
      Effect.gen(function* () {
        const topics = yield* makeTopics()
        const vendors = yield* startVendors
        const DATABASE_URL = yield* ownDatabase(databaseUrl)
        const restored = yield* ownDatabase(databaseUrl)
        yield* topics.open
        const environment = { ...topics.environment, ...vendors.environment }
        const first = yield* startService({ ...environment, DATABASE_URL })
        yield* first.ready
        yield* produce(topics, 0, 15)
        yield* answered(topics, 0, 15)
        yield* stops(first)
        yield* copyDatabase(DATABASE_URL, restored)
        const second = yield* startService({ ...environment, DATABASE_URL })
        yield* produce(topics, 15, 15)
        yield* answered(topics, 15, 15)
        yield* stops(second)

        const third = yield* startService({ ...environment, DATABASE_URL: restored })
        yield* third.ready
        yield* produce(topics, 30, 15)
        yield* answered(topics, 30, 15)
        yield* eventually(
          "told",
          Effect.map(auditOf(third), ({ ahead, unaccounted }) => ahead === 15 && unaccounted === 15)
        )
        const { body } = yield* Effect.orDie(third.get("/health/ready"))
        assert.match(
          JSON.parse(body).parts.kafka.detail,
          /has committed 15 records that this database knows nothing of/
        )
        const metrics = yield* Effect.orDie(third.get("/metrics"))
        assert.include(metrics.body, "\nctx_ahead 15\n")
        assert.isAbove((yield* linesWith(third, "this database has no trace of")).length, 0)
        assert.lengthOf(yield* vendors.weni.requests, 45)
      }),
    180_000
  )
})

/** Makes `to` a copy of the unused database `from`, as a restored backup is. */
const copyDatabase = (from: string, to: string) => {
  const [source, target] = [new URL(from).pathname.slice(1), new URL(to).pathname.slice(1)]
  return PgClient.make({ url: Redacted.make(databaseUrl()), maxConnections: 1 }).pipe(
    Effect.flatMap((sql) =>
      Effect.andThen(
        sql.unsafe(`DROP DATABASE ${target} WITH (FORCE)`),
        sql.unsafe(`CREATE DATABASE ${target} TEMPLATE ${source}`)
      )
    ),
    Effect.scoped,
    Effect.provide(Reactivity.layer),
    Effect.orDie
  )
}
