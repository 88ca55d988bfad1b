import { Cause, Clock, Effect, Queue, Random, Stream, Layer } from "effect"
import type { EachBatchPayload } from "kafkajs"

import { monotonicNow } from "../../../domain/values/monotonicTime.ts"
import type { KafkaRecord } from "../../../services/Kafka.ts"
import { Settings } from "../../../services/Settings.ts"
import { TopicUnreadable, TopicReader } from "../../../services/TopicReader.ts"
import { type Admin, disconnect, BrokerFailure, failureOf, makeAdmin } from "./Admin.ts"
import { type BatchReader, fetchedPart, makeBatchReader } from "./BatchReader.ts"
import { HASTY, type MakeClient, clientMaker } from "./client.ts"

/** Milliseconds without progress after which reading fails. Joining takes 3 s of them. */
const SILENCE = 20_000
const POLL_INTERVAL = 500

/** The maximum number of records that wait for the reader. */
const BUFFER_SIZE = 1000

/** Returns where each partition ended when reading began, without empty partitions. */
const endsOf = Effect.fnUntraced(function* (admin: Admin, topic: string) {
  const offsets = yield* admin.use((it) => it.fetchTopicOffsets(topic))
  return new Map(
    offsets.flatMap(({ high, low, partition }) => (Number(high) > Number(low) ? [[partition, Number(high)]] : []))
  )
})

type Failure = BrokerFailure | TopicUnreadable

/** Reads the topic from its beginning to its present end, through a group that exists only for this reading. */
const readTopic = (
  makeClient: MakeClient,
  admin: Admin,
  batchReader: BatchReader,
  groupId: string,
  topic: string
): Stream.Stream<KafkaRecord, Failure> =>
  Stream.callback<KafkaRecord, Failure>(
    Effect.fnUntraced(function* (queue: Queue.Queue<KafkaRecord, Failure | Cause.Done>) {
      const clock = yield* Clock.Clock
      const remaining = yield* endsOf(admin, topic)
      if (remaining.size === 0) return yield* Queue.end(queue)
      const runPromise = Effect.runPromiseWith(yield* Effect.context())
      const suffix = (yield* Random.nextIntBetween(0, Number.MAX_SAFE_INTEGER)).toString(36)
      const ownGroup = `${groupId}.reader-${suffix}`
      let progressAt = monotonicNow(clock)
      let closed = false

      const advance = (partition: number, next: number): void => {
        progressAt = monotonicNow(clock)
        if (next >= (remaining.get(partition) ?? 0)) remaining.delete(partition)
      }

      const eachBatch = async ({ batch, resolveOffset }: EachBatchPayload): Promise<void> => {
        const end = remaining.get(batch.partition)
        if (closed || end === undefined) return
        const { next, records, undecodable } = await batchReader.take(fetchedPart(batch), BUFFER_SIZE)
        await runPromise(
          Queue.offerAll(
            queue,
            records.filter(({ offset }) => offset < end)
          )
        )
        if (undecodable !== undefined && undecodable.firstOffset < end) {
          const { firstOffset, lastOffset, reason } = undecodable
          const detail = `records ${firstOffset} to ${lastOffset} of partition ${batch.partition} cannot be decoded: ${reason}`
          Queue.failCauseUnsafe(queue, Cause.fail(new TopicUnreadable({ reason: "Undecodable", topic, detail })))
          return
        }
        // kafkajs fetches unresolved records again.
        resolveOffset(String(next - 1))
        advance(batch.partition, next)
      }

      const consumer = yield* Effect.acquireRelease(
        Effect.sync(() => makeClient({ ...HASTY, retries: 8 }).consumer({ groupId: ownGroup, maxWaitTimeInMs: 200 })),
        (it) => {
          closed = true
          // Without permission to delete groups, this fails and is ignored: the broker forgets a group without members
          // and offsets by itself, a little later.
          return Effect.andThen(disconnect(it), Effect.ignore(admin.use((client) => client.deleteGroups([ownGroup]))))
        }
      )
      consumer.on("consumer.crash", ({ payload }) => {
        Queue.failCauseUnsafe(queue, Cause.fail(failureOf(payload.error)))
      })
      // Batches with only control records never reach `eachBatch`.
      consumer.on("consumer.end_batch_process", ({ payload }) => {
        if (payload.batchSize === 0) advance(payload.partition, Number(payload.lastOffset) + 1)
      })
      yield* Effect.tryPromise({
        try: async () => {
          await consumer.connect()
          await consumer.subscribe({ topics: [topic], fromBeginning: true })
          await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch })
        },
        catch: failureOf
      })

      while (remaining.size > 0) {
        if (monotonicNow(clock) - progressAt > SILENCE) {
          const detail = `no record came for ${SILENCE / 1000} s, with ${remaining.size} partitions not read to their end`
          return yield* new TopicUnreadable({ reason: "Silent", topic, detail })
        }
        yield* Effect.sleep(POLL_INTERVAL)
      }
      return yield* Queue.end(queue)
    }),
    { bufferSize: BUFFER_SIZE, strategy: "suspend" }
  )

const make = Effect.gen(function* () {
  const { kafka } = yield* Settings
  const makeClient = yield* clientMaker(kafka)
  const admin = yield* makeAdmin(makeClient)
  const brokers = kafka.brokers.join(", ")

  const unreachable = (topic: string) => (failure: BrokerFailure) =>
    new TopicUnreadable({
      reason: "Unreachable",
      topic,
      detail: `Kafka brokers ${brokers} (KAFKA_BROKERS) do not answer: ${failure.message}`
    })

  /** Lists the topics first: a broker that creates topics automatically must not create one because of a query. */
  const failIfMissing = Effect.fnUntraced(function* (topic: string) {
    const topics = yield* Effect.mapError(
      admin.use((it) => it.listTopics()),
      unreachable(topic)
    )
    if (topics.includes(topic)) return
    return yield* new TopicUnreadable({ reason: "Missing", topic, detail: `no such topic at ${brokers}` })
  })

  return TopicReader.of({
    read: (topic) =>
      Stream.unwrap(
        Effect.as(
          failIfMissing(topic),
          readTopic(makeClient, admin, makeBatchReader(kafka.maxBatch), kafka.groupId, topic).pipe(
            Stream.mapError((error) => (error._tag === "BrokerFailure" ? unreachable(topic)(error) : error))
          )
        )
      )
  })
})

/**
 * Reads topics of real brokers. Each reading uses a group of its own, named by `KAFKA_GROUP_ID` and a random suffix,
 * which is deleted afterwards.
 */
export const TopicReaderKafkaJs: Layer.Layer<TopicReader, never, Settings> = Layer.effect(TopicReader, make)
