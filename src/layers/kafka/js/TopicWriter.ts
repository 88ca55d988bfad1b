import { Cause, Deferred, Effect, Queue, type Scope } from "effect"

import type { KafkaError, NewRecord } from "../../../services/Kafka.ts"
import { backoff } from "../backoff.ts"
import { batchSize, DEFAULT_MAX_MESSAGE_BYTES, recordSize } from "../bytes.ts"
import type { Admin } from "./Admin.ts"
import type { MakeClient } from "./client.ts"
import { makeDeliver, type Pending, reject } from "./deliver.ts"
import { maxMessageBytes } from "./topicLimit.ts"
import { makeTopicProducer } from "./TopicProducer.ts"

const LINGER = 5
const MOST = 1000

export interface TopicWriter {
  /**
   * Returns when the broker has acknowledged the record, however long that takes. Dies where a defect of our own keeps
   * this very record from being sent.
   */
  write(record: NewRecord): Effect.Effect<void, KafkaError>
}

/**
 * One serial loop for one topic: what comes within 5 ms goes in one batch, which is sent unchanged until it is
 * acknowledged. A topic of its own, so that one that is missing or refuses holds no other.
 */
export const makeTopicWriter = Effect.fnUntraced(function* (
  makeClient: MakeClient,
  admin: Admin,
  topic: string
): Effect.fn.Return<TopicWriter, never, Scope.Scope> {
  const queue = yield* Queue.unbounded<Pending>()
  const producer = yield* makeTopicProducer(makeClient, topic)
  const limit = maxMessageBytes(admin, topic)
  const deliver = makeDeliver(producer, topic)
  /** The batch at hand: off the queue, and not to be lost by a defect. */
  let batch: Array<Pending> = []
  let next: Pending | undefined
  let deaths = 0

  /** As many as one batch of one partition may hold, were they all for one partition. */
  const gather = Effect.gen(function* () {
    const first = next ?? (yield* Queue.take(queue))
    next = undefined
    batch = [first]
    if (Queue.sizeUnsafe(queue) < MOST - 1) yield* Effect.sleep(LINGER)
    const most = (yield* limit.known) ?? DEFAULT_MAX_MESSAGE_BYTES
    let size = batchSize(first.record)
    while (batch.length < MOST && Queue.sizeUnsafe(queue) > 0) {
      next = yield* Queue.take(queue)
      size += recordSize(next.record)
      if (size > most) break
      batch.push(next)
      next = undefined
    }
    return first
  })

  const round = Effect.gen(function* () {
    const first = yield* gather
    const size = batchSize(first.record)
    const most = batch.length === 1 ? yield* limit.unless(size) : undefined
    if (most === undefined) yield* deliver(batch)
    else yield* reject(first, "TooLarge", `${size} bytes are more than max.message.bytes ${most}`)
    deaths = 0
  })

  /** Each record by itself: only one that dies again fails its publisher, who tries again (SPEC 9.5, 9.7). */
  const oneByOne = Effect.fnUntraced(function* (defect: unknown) {
    const wait = backoff(++deaths)
    yield* Effect.logError("publishing died; its records are sent again, one by one", Cause.die(defect)).pipe(
      Effect.annotateLogs({ topic, records: batch.length, waitMillis: wait })
    )
    yield* Effect.sleep(wait)
    yield* producer.renew
    for (const pending of batch) {
      if (Deferred.isDoneUnsafe(pending.result)) continue
      yield* Effect.catchDefect(deliver([pending]), (again) => giveUp([pending], again))
    }
  })
  /** Nobody is left waiting, and no other record gets the number of one that may have been stored. */
  const giveUp = (those: ReadonlyArray<Pending>, defect: unknown) =>
    Effect.andThen(
      producer.renew,
      Effect.forEach(those, (it) => Deferred.die(it.result, defect), { discard: true })
    )

  yield* Effect.forkScoped(
    round.pipe(
      Effect.catchDefect(oneByOne),
      Effect.catchDefect((defect) => giveUp(batch, defect)),
      Effect.forever
    )
  )

  return {
    write: Effect.fnUntraced(function* (record) {
      const result = yield* Deferred.make<void, KafkaError>()
      yield* Queue.offer(queue, { record, result })
      yield* Deferred.await(result)
    })
  }
})
