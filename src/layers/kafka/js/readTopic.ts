import { Cause, Clock, Effect, Queue, Random, Stream } from "effect"
import type { EachBatchPayload } from "kafkajs"

import type { KafkaRecord } from "../../../services/Kafka.ts"
import { TopicUnreadable } from "../../../services/TopicReader.ts"
import { type Admin, disconnect } from "./Admin.ts"
import { HASTY, type MakeClient } from "./client.ts"
import { readable } from "./decodeBatch.ts"
import { BrokerFailure, failureOf } from "./failure.ts"
import { toRecord } from "./record.ts"

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
export const readTopic = (
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
