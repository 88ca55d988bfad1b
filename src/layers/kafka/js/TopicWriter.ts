import { Deferred, Effect, Queue, type Scope } from "effect"

import { KafkaError, type NewRecord } from "../../../services/Kafka.ts"
import { batchSize, DEFAULT_MAX_MESSAGE_BYTES, recordSize } from "../bytes.ts"
import type { Admin } from "./Admin.ts"
import type { MakeClient } from "./client.ts"
import { makeComplaint } from "./Complaint.ts"
import { type BrokerFailure, verdictOf } from "./failure.ts"
import { toMessage } from "./record.ts"
import { maxMessageBytes } from "./topicLimit.ts"
import { makeTopicProducer } from "./TopicProducer.ts"

const LINGER = 5
const MOST = 1000

interface Pending {
  readonly record: NewRecord
  readonly result: Deferred.Deferred<void, KafkaError>
}

export interface TopicWriter {
  /** Returns when the broker has acknowledged the record, however long that takes. */
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
  const waiting = makeComplaint(`records for ${topic} wait for the Kafka brokers`, `records for ${topic} go out again`)
  let next: Pending | undefined

  const reject = (pending: Pending, reason: KafkaError["reason"], detail: string) =>
    Deferred.fail(pending.result, new KafkaError({ reason, topic, detail }))

  /** As many as one batch of one partition may hold, were they all for one partition. */
  const gather = Effect.gen(function* () {
    const first = next ?? (yield* Queue.take(queue))
    next = undefined
    if (Queue.sizeUnsafe(queue) < MOST - 1) yield* Effect.sleep(LINGER)
    const most = (yield* limit.known) ?? DEFAULT_MAX_MESSAGE_BYTES
    const batch = [first]
    let size = batchSize(first.record)
    while (batch.length < MOST && Queue.sizeUnsafe(queue) > 0) {
      const pending = yield* Queue.take(queue)
      size += recordSize(pending.record)
      if (size > most) {
        next = pending
        break
      }
      batch.push(pending)
    }
    return batch
  })

  /** The topic will not take the batch as it is: halves, until the record itself is found. */
  const split = (batch: ReadonlyArray<Pending>, reason: KafkaError["reason"], failure: BrokerFailure) =>
    Effect.gen(function* (): Effect.fn.Return<void> {
      yield* producer.renew
      const [only] = batch
      if (batch.length === 1 && only !== undefined) yield* reject(only, reason, failure.message)
      else for (const half of halves(batch)) yield* deliver(half)
    })

  const refuse = (batch: ReadonlyArray<Pending>, failure: BrokerFailure) =>
    Effect.forEach(batch, (it) => reject(it, "Refused", failure.message), { discard: true })

  const deliver = Effect.fnUntraced(function* (batch: ReadonlyArray<Pending>): Effect.fn.Return<void> {
    const messages = batch.map((it) => toMessage(it.record))
    for (let failures = 0; ; failures++) {
      const failure = yield* Effect.match(producer.send(messages), {
        onFailure: (failure) => failure,
        onSuccess: () => undefined
      })
      if (failure === undefined) break
      const verdict = verdictOf(failure)
      if (verdict === "too-large") return yield* split(batch, "TooLarge", failure)
      if (verdict === "refused") return yield* split(batch, "Refused", failure)
      if (verdict === "forbidden") return yield* refuse(batch, failure)
      if (verdict === "fatal") yield* producer.renew
      yield* waiting.about(failure.message)
      yield* Effect.sleep(Math.min(5000, 100 * 2 ** Math.min(failures, 10)))
    }
    yield* waiting.over
    for (const { result } of batch) yield* Deferred.succeed(result, undefined)
  })

  const round = Effect.gen(function* () {
    const batch = yield* gather
    const [first] = batch
    if (first === undefined) return
    const size = batchSize(first.record)
    const most = batch.length === 1 ? yield* limit.unless(size) : undefined
    if (most === undefined) yield* deliver(batch)
    else yield* reject(first, "TooLarge", `${size} bytes are more than max.message.bytes ${most}`)
  })
  yield* Effect.forkScoped(
    Effect.forever(round).pipe(Effect.tapCause((cause) => Effect.logDebug("writer ended", cause)))
  )

  return {
    write: Effect.fnUntraced(function* (record) {
      const result = yield* Deferred.make<void, KafkaError>()
      yield* Queue.offer(queue, { record, result })
      yield* Deferred.await(result)
    })
  }
})

const halves = <A>(batch: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> => {
  const middle = Math.ceil(batch.length / 2)
  return [batch.slice(0, middle), batch.slice(middle)]
}
