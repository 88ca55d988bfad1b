import { join } from "node:path"

import { assert, it } from "@effect/vitest"
import { Effect } from "effect"

import { bytesOf } from "../../src/layers/kafka/bytes.ts"
import { partitionOf } from "../../src/layers/kafka/partitioner.ts"
import { freePorts } from "../support/freePorts.ts"
import { sh } from "./kafkaBroker.ts"
import { idOf, order } from "./support/customers.ts"
import { databaseUrl } from "./support/environment.ts"
import { ownDatabase } from "./support/ownDatabase.ts"
import { eventually, startService } from "./support/service.ts"
import { temporaryDirectory } from "./support/temporaryFile.ts"
import { makeTopics } from "./support/topics.ts"
import { startVendors } from "./support/vendors.ts"

const journey = "pedido_entregue_amanha"
const nodes = [1, 2, 3] as const

/** An address on which no broker listens. */
const wrong = "127.0.0.1:1"

/**
 * Three brokers. Each has a second listener for the brokers and the test, so the address that it advertises to clients can
 * be wrong without any other consequence.
 */
const cluster = Effect.gen(function* () {
  const port = yield* freePorts(9)
  const directory = yield* temporaryDirectory
  const places = nodes.map((node) => {
    const own = port + 2 * (node - 1)
    return { node, own, address: `127.0.0.1:${own}`, inner: `127.0.0.1:${port + 5 + node}`, controller: own + 1 }
  })
  const extra = ({ address, controller, inner }: (typeof places)[number], advertised: string) =>
    [
      `listeners=PLAINTEXT://${address},INNER://${inner},CONTROLLER://127.0.0.1:${controller}`,
      `advertised.listeners=PLAINTEXT://${advertised},INNER://${inner},CONTROLLER://127.0.0.1:${controller}`,
      "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,INNER:PLAINTEXT",
      "inter.broker.listener.name=INNER",
      "leader.imbalance.check.interval.seconds=1"
    ].join("\n")
  yield* Effect.addFinalizer(() => sh(["kill3", directory, `${port}`]))
  yield* sh(["start3", directory, `${port}`])
  const restart = (node: number, advertised: string) => {
    const place = places[node - 1]
    return place === undefined
      ? Effect.void
      : sh(["restart", join(directory, `${node}`), `${place.own}`], "", extra(place, advertised))
  }
  yield* Effect.all(
    places.map(({ address, node }) => restart(node, address)),
    { concurrency: "unbounded" }
  )
  return {
    brokers: places.map(({ address }) => address),
    inner: places.map(({ inner }) => inner).join(","),
    advertise: (node: number, address: string) => restart(node, address),
    addressOf: (node: number) => places[node - 1]?.address ?? ""
  }
})

/** Makes broker `p + 1` the leader of partition `p` of these topics, and `coordinator` that of the group. */
const placeLeaders = Effect.fnUntraced(function* (
  { admin, names }: Effect.Success<ReturnType<typeof makeTopics>>,
  coordinator: number
) {
  const wanted = new Map<string, ReadonlyArray<number>>([
    ["__consumer_offsets", [coordinator]],
    ...Object.values(names).map((topic): [string, ReadonlyArray<number>] => [topic, [1, 2, 3]])
  ])
  const replicas = (leader: number) => [leader, (leader % 3) + 1, ((leader + 1) % 3) + 1]
  const topics = [...wanted].map(([topic, leaders]) => ({
    topic,
    partitionAssignment: leaders.map((leader, partition) => ({ partition, replicas: replicas(leader) }))
  }))
  yield* Effect.promise(() => admin.alterPartitionReassignments({ topics }))
  const leadersOf = (topic: string) =>
    Effect.tryPromise(async () => {
      const { topics: found } = await admin.fetchTopicMetadata({ topics: [topic] })
      const partitions = [...(found[0]?.partitions ?? [])].sort((one, other) => one.partitionId - other.partitionId)
      return partitions.map(({ leader }) => leader).join()
    })
  for (const [topic, leaders] of wanted) {
    yield* eventually(
      `the leaders of ${topic}`,
      Effect.map(leadersOf(topic), (found) => found === leaders.join())
    )
  }
})

/** Orders and responses have the same key, so both have the partition of their id. */
const customers = Array.from({ length: 30 }, (_, index) => 1000 + index)
const partitionOfCustomer = (customer: number) => partitionOf(bytesOf(idOf(journey, customer)), 3)

it.live(
  "SPEC 9.1: one broker of three advertises a wrong address: it is named, its partitions wait, and all others continue",
  () =>
    Effect.gen(function* () {
      const { addressOf, advertise, brokers, inner } = yield* cluster
      const topics = yield* makeTopics(inner)
      const vendors = yield* startVendors
      yield* topics.open
      yield* placeLeaders(topics, 1)
      yield* advertise(2, wrong)
      yield* placeLeaders(topics, 1)
      const service = yield* startService({
        ...topics.environment,
        ...vendors.environment,
        KAFKA_BROKERS: brokers.join(","),
        DATABASE_URL: yield* ownDatabase(databaseUrl)
      })
      for (const customer of customers) yield* topics.send([order(journey, customer)], idOf(journey, customer))
      const answered = Effect.map(topics.responses, (all) => all.map(({ key }) => key).toSorted())
      const idsOf = (which: ReadonlyArray<number>) => which.map((customer) => idOf(journey, customer)).toSorted()
      const reachable = customers.filter((customer) => partitionOfCustomer(customer) !== 1)
      assert.isBelow(reachable.length, customers.length)
      yield* eventually(
        "the partitions of the other brokers",
        Effect.map(answered, (keys) => keys.length >= reachable.length),
        120
      )
      assert.deepStrictEqual(yield* answered, idsOf(reachable))
      const { TOPIC_IN, TOPIC_INBOUND } = topics.names
      const words = `${TOPIC_IN}/1, ${TOPIC_INBOUND}/1: broker 2 does not answer: KafkaJSConnectionError: Connection error: connect ECONNREFUSED ${wrong}`
      const readiness = Effect.map(service.get("/health/ready"), ({ body, status }) => ({
        status,
        detail: JSON.parse(body).parts.kafka.detail
      }))
      assert.deepStrictEqual(yield* readiness, {
        status: 200,
        detail: `group joined; partitions wait for their leader: ${words}`
      })
      const lines = (yield* service.logs).map(({ level, message }) => `${String(level)} ${String(message)}`)
      assert.include(lines, `WARN partitions wait for their leader, the others continue: ${words}`)
      const audited = yield* service.get("/api/audit")
      const { topics: auditedPartitions, unreached } = JSON.parse(audited.body)
      const reason = `broker 2 does not answer: KafkaJSConnectionError: Connection error: connect ECONNREFUSED ${wrong}`
      assert.deepStrictEqual(unreached, [
        { topic: TOPIC_IN, partitions: [1], reason },
        { topic: TOPIC_INBOUND, partitions: [1], reason }
      ])
      assert.strictEqual(auditedPartitions.length, 4)

      yield* advertise(2, addressOf(2))
      yield* eventually(
        "all partitions",
        Effect.map(answered, (keys) => keys.length >= customers.length),
        120
      )
      assert.deepStrictEqual(yield* answered, idsOf(customers))
      yield* eventually(
        "all partitions are read",
        Effect.map(readiness, ({ detail }) => detail === "group joined")
      )

      // Now the same for the broker that coordinates the group.
      yield* placeLeaders(topics, 2)
      yield* advertise(2, wrong)
      const refused = `KafkaJSConnectionError: Connection error: connect ECONNREFUSED ${wrong}`
      yield* eventually(
        "the readiness names the group's broker",
        Effect.map(
          readiness,
          ({ detail, status }) =>
            status === 503 && detail.startsWith(`joining the group; the last attempt failed: ${refused}`)
        ),
        120
      )
    }).pipe(Effect.scoped),
  600_000
)
