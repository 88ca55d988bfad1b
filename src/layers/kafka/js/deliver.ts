import { Deferred, Effect } from "effect"

import { KafkaError, type NewRecord } from "../../../services/Kafka.ts"
import { makeComplaint } from "./Complaint.ts"
import { type BrokerFailure, verdictOf } from "./failure.ts"
import { toMessage } from "./record.ts"
import type { TopicProducer } from "./TopicProducer.ts"

/** One record on its way, and where its publisher waits. */
export interface Pending {
  readonly record: NewRecord
  readonly result: Deferred.Deferred<void, KafkaError>
}

export const reject = (pending: Pending, reason: KafkaError["reason"], detail: string) =>
  Deferred.fail(pending.result, new KafkaError({ reason, topic: pending.record.topic, detail }))

/** Sends batches of one topic, unchanged until the broker acknowledges them, and settles every record of them. */
export const makeDeliver = (producer: TopicProducer, topic: string) => {
  const waiting = makeComplaint(`records for ${topic} wait for the Kafka brokers`, `records for ${topic} go out again`)

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
    for (const { result } of batch) yield* Deferred.succeed(result, undefined)
    yield* waiting.over
  })
  return deliver
}

const halves = <A>(batch: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> => {
  const middle = Math.ceil(batch.length / 2)
  return [batch.slice(0, middle), batch.slice(middle)]
}
