import { Cause, Clock, Effect, Queue, Random, Stream, Layer } from "effect"
import type { EachBatchPayload } from "kafkajs"

import type { KafkaRecord } from "../../../services/Kafka.ts"
import { Settings } from "../../../services/Settings.ts"
import { TopicUnreadable, TopicReader } from "../../../services/TopicReader.ts"
import { type Admin, disconnect, BrokerFailure, failureOf, makeAdmin } from "./Admin.ts"
import { HASTY, type MakeClient, clientMaker } from "./client.ts"
import { readable } from "./patch.ts"
import { toRecord } from "./recordCodec.ts"

/** Milliseconds without any progress: joining takes 3 s of them. */
const SILENCE = 20_000
const LOOK = 500

/** Records that wait to be looked at. */
const AHEAD = 1000

/** Where each partition ended when reading began; without those that hold nothing. */
const endsOf = Effect.fnUntraced(function* (admin: Admin, topic: string) {
  const offsets = yield* admin.use((it) => it.fetchTopicOffsets(topic))
  return new Map(
    offsets.flatMap(({ high, low, partition }) => (Number(high) > Number(low) ? [[partition, Number(high)]] : []))
  )
})

type Failure = BrokerFailure | TopicUnreadable

/** The topic from its beginning to its present end, through a group that exists for this reading alone. */
const readTopic = (
  makeClient: MakeClient,
  admin: Admin,
  groupId: string,
  topic: string
): Stream.Stream<KafkaRecord, Failure> =>
  Stream.callback<KafkaRecord, Failure>(
    Effect.fnUntraced(function* (queue: Queue.Queue<KafkaRecord, Failure | Cause.Done>) {
      const clock = yield* Clock.Clock
      const open = yield* endsOf(admin, topic)
      if (open.size === 0) return yield* Queue.end(queue)
      const promise = Effect.runPromiseWith(yield* Effect.context())
      const suffix = (yield* Random.nextIntBetween(0, Number.MAX_SAFE_INTEGER)).toString(36)
      const ownGroup = `${groupId}.reader-${suffix}`
      let movedAt = clock.currentTimeMillisUnsafe()
      let over = false

      const pass = (partition: number, next: number): void => {
        movedAt = clock.currentTimeMillisUnsafe()
        if (next >= (open.get(partition) ?? 0)) open.delete(partition)
      }

      const eachBatch = async ({ batch, resolveOffset }: EachBatchPayload): Promise<void> => {
        const end = open.get(batch.partition)
        if (over || end === undefined) return
        const { messages, undecodable } = readable(batch.messages)
        const records = messages.map((message) => toRecord(topic, batch.partition, message))
        await promise(
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
        resolveOffset(batch.lastOffset())
        pass(batch.partition, Number(batch.lastOffset()) + 1)
      }

      const consumer = yield* Effect.acquireRelease(
        Effect.sync(() => makeClient({ ...HASTY, retries: 8 }).consumer({ groupId: ownGroup, maxWaitTimeInMs: 200 })),
        (it) => {
          over = true
          // The broker forgets a group without members and offsets by itself: without the right to delete, a little later.
          return Effect.andThen(disconnect(it), Effect.ignore(admin.use((asked) => asked.deleteGroups([ownGroup]))))
        }
      )
      consumer.on("consumer.crash", ({ payload }) => {
        Queue.failCauseUnsafe(queue, Cause.fail(failureOf(payload.error)))
      })
      // Batches of control records alone never reach `eachBatch`.
      consumer.on("consumer.end_batch_process", ({ payload }) => {
        if (payload.batchSize === 0) pass(payload.partition, Number(payload.lastOffset) + 1)
      })
      yield* Effect.tryPromise({
        try: async () => {
          await consumer.connect()
          await consumer.subscribe({ topics: [topic], fromBeginning: true })
          await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch })
        },
        catch: failureOf
      })

      while (open.size > 0) {
        if (clock.currentTimeMillisUnsafe() - movedAt > SILENCE) {
          const detail = `no record came for ${SILENCE / 1000} s, with ${open.size} partitions not read to their end`
          return yield* new TopicUnreadable({ reason: "Silent", topic, detail })
        }
        yield* Effect.sleep(LOOK)
      }
      return yield* Queue.end(queue)
    }),
    { bufferSize: AHEAD, strategy: "suspend" }
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

  /** Asked by name first: brokers that make topics of themselves must not make one for a question. */
  const existing = Effect.fnUntraced(function* (topic: string) {
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
          existing(topic),
          readTopic(makeClient, admin, kafka.groupId, topic).pipe(
            Stream.mapError((error) => (error._tag === "BrokerFailure" ? unreachable(topic)(error) : error))
          )
        )
      )
  })
})

/**
 * Topics of real brokers, read through a group of its own for each reading, `KAFKA_GROUP_ID` and a random suffix, which is
 * deleted afterwards.
 */
export const TopicReaderKafkaJs: Layer.Layer<TopicReader, never, Settings> = Layer.effect(TopicReader, make)
