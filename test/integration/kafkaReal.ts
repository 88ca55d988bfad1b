import { Context, Effect, Layer, Schedule } from "effect"
import { type EachBatchPayload, Kafka as KafkaClient, logLevel } from "kafkajs"

import { fetchedPart, makeBatchReader } from "../../src/layers/kafka/js/BatchReader.ts"
import { KafkaJs } from "../../src/layers/kafka/js/KafkaJs.ts"
import { patchKafkaJs } from "../../src/layers/kafka/js/patch.ts"
import { toMessage } from "../../src/layers/kafka/js/recordCodec.ts"
import type { KafkaRecord } from "../../src/services/Kafka.ts"
import { Settings } from "../../src/services/Settings.ts"
import { KafkaBench } from "../contracts/kafkaBench.ts"

/** The brokers of `KAFKA_BROKERS`, without which the integration tests fail. */
export const brokersOfEnvironment = (): ReadonlyArray<string> => {
  const brokers = process.env["KAFKA_BROKERS"]
  if (brokers === undefined || brokers === "") throw new Error("KAFKA_BROKERS must name a broker for these tests")
  return brokers.split(",")
}

const Client = patchKafkaJs()
const batchReader = makeBatchReader(64 * 1024 * 1024)

/** A plain kafkajs client beside the layer, by which the tests check. */
export class RealBrokers extends Context.Service<
  RealBrokers,
  { readonly client: KafkaClient; readonly brokers: ReadonlyArray<string> }
>()("brom-ctx/test/RealBrokers") {
  static readonly layer = (brokers: () => ReadonlyArray<string>) =>
    Layer.sync(RealBrokers, () => ({
      brokers: brokers(),
      client: new KafkaClient({ brokers: [...brokers()], logLevel: logLevel.NOTHING })
    }))
}

/** All records of a topic, up to its present end. */
const readAll = async (brokers: ReadonlyArray<string>, topic: string): Promise<ReadonlyArray<KafkaRecord>> => {
  const client = new Client({ brokers: [...brokers], logLevel: logLevel.NOTHING })
  const admin = client.admin()
  await admin.connect()
  const ends = await admin.fetchTopicOffsets(topic)
  const groupId = `reader-${crypto.randomUUID()}`
  const wanted = new Map(ends.filter((it) => it.high !== it.low).map((it) => [it.partition, Number(it.high)]))
  const found: Array<KafkaRecord> = []
  if (wanted.size > 0) {
    const consumer = client.consumer({ groupId, maxWaitTimeInMs: 50 })
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await new Promise<void>((resolve, reject) => {
      const eachBatch = async ({ batch, resolveOffset }: EachBatchPayload) => {
        const { next, records } = await batchReader.take(fetchedPart(batch), 1000)
        found.push(...records)
        resolveOffset(String(next - 1))
        if (next >= (wanted.get(batch.partition) ?? 0)) wanted.delete(batch.partition)
        if (wanted.size === 0) resolve()
      }
      consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch }).catch(reject)
    })
    await consumer.disconnect()
  }
  await admin.disconnect()
  return found.sort((a, b) => a.partition - b.partition || a.offset - b.offset)
}

export const RealBench = Layer.effect(
  KafkaBench,
  Effect.gen(function* () {
    const { client, brokers } = yield* RealBrokers
    const [admin, producer] = [client.admin(), client.producer({ allowAutoTopicCreation: false })]
    yield* Effect.acquireRelease(
      Effect.promise(() => Promise.all([admin.connect(), producer.connect()])),
      () => Effect.promise(() => Promise.all([admin.disconnect(), producer.disconnect()]))
    )
    return KafkaBench.of({
      createTopic: (topic, numPartitions) =>
        Effect.tryPromise(() => admin.createTopics({ topics: [{ topic, numPartitions }] })).pipe(
          // The broker may not know the topic yet that it has just created, so the call is repeated.
          Effect.retry({ times: 50, schedule: Schedule.spaced("200 millis") }),
          Effect.orDie
        ),
      produce: (record) => {
        const message = { ...toMessage(record), ...(record.partition !== undefined && { partition: record.partition }) }
        return Effect.promise(() => producer.send({ topic: record.topic, messages: [message] }))
      },
      transact: ({ partition, ...record }, end) =>
        Effect.promise(async () => {
          const transactionalId = `tx-${crypto.randomUUID()}`
          const producer = client.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 })
          await producer.connect()
          const endOf = async () =>
            Number((await admin.fetchTopicOffsets(record.topic)).find((it) => it.partition === partition)?.high)
          const before = await endOf()
          const transaction = await producer.transaction()
          await transaction.send({ topic: record.topic, messages: [{ ...toMessage(record), partition }] })
          await transaction[end]()
          // The broker writes the mark after its answer.
          while ((await endOf()) < before + 2) await new Promise((resolve) => setTimeout(resolve, 20))
          await producer.disconnect()
        }),
      deleteTopic: (topic) => Effect.promise(() => admin.deleteTopics({ topics: [topic] })),
      deleteBefore: (topic, partition, offset) =>
        Effect.promise(async () => {
          // `deleteTopicRecords` alone does not know the topic.
          await admin.fetchTopicOffsets(topic)
          await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] })
        }),
      records: (topic) => Effect.promise(() => readAll(brokers, topic)),
      committed: (groupId, topic) =>
        Effect.promise(async () => {
          const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] })
          const partitions = (answer?.partitions ?? []).sort((a, b) => a.partition - b.partition)
          return partitions.map((it) => (Number(it.offset) < 0 ? undefined : Number(it.offset)))
        }),
      kafka: (given) =>
        KafkaJs.pipe(Layer.provide(Layer.succeed(Settings, { ...given, kafka: { ...given.kafka, brokers } })))
    })
  })
)
