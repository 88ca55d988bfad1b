import { Clock, Deferred, Effect } from "effect"
import type { Message } from "kafkajs"

import { KafkaError, type NewRecord } from "../../../services/Kafka.ts"
import { makeComplaint } from "./Complaint.ts"
import { BrokerFailure, verdictOf } from "./failure.ts"
import { toMessage } from "./record.ts"
import type { TopicProducer } from "./TopicProducer.ts"

/** One record on its way, and where its publisher waits. */
export interface Pending {
  readonly record: NewRecord
  readonly result: Deferred.Deferred<void, KafkaError>
}

export const reject = (pending: Pending, reason: KafkaError["reason"], detail: string) =>
  Deferred.fail(pending.result, new KafkaError({ reason, topic: pending.record.topic, detail }))

/** A record as it goes out, the same at every attempt. */
interface Sent {
  readonly pending: Pending
  readonly message: Message
}

/** Milliseconds until somebody is told: a leader that moves is found sooner. */
const QUIET = 2000

const UNANSWERED = new BrokerFailure({ code: "Unanswered", detail: "the brokers did not answer for the partition" })

/**
 * Sends batches of one topic and settles every record of them. What its own partition has not acknowledged goes out
 * again unchanged, and alone.
 */
export const makeDeliver = (producer: TopicProducer, topic: string) => {
  const waiting = makeComplaint(`records for ${topic} wait for the Kafka brokers`, `records for ${topic} go out again`)

  /** The topic will not take these records as they are: halves, until the record itself is found. */
  const split = (batch: ReadonlyArray<Pending>, reason: KafkaError["reason"], failure: BrokerFailure) =>
    Effect.gen(function* (): Effect.fn.Return<void> {
      const [only] = batch
      if (batch.length === 1 && only !== undefined) yield* reject(only, reason, failure.message)
      else for (const half of halves(batch)) yield* deliver(half)
    })

  const refuse = (batch: ReadonlyArray<Pending>, failure: BrokerFailure) =>
    Effect.forEach(batch, (it) => reject(it, "Refused", failure.message), { discard: true })

  /** What is to go out again of those that failed together. */
  const settle = Effect.fnUntraced(function* (
    failure: BrokerFailure,
    failed: ReadonlyArray<Sent>
  ): Effect.fn.Return<ReadonlyArray<Sent>> {
    const verdict = verdictOf(failure)
    if (verdict === "again") return failed
    // An earlier attempt may have been stored all the same: no other record gets its number.
    yield* producer.renew
    const batch = failed.map((it) => it.pending)
    if (verdict === "fatal") return failed
    if (verdict === "forbidden") yield* refuse(batch, failure)
    else yield* split(batch, verdict === "too-large" ? "TooLarge" : "Refused", failure)
    return []
  })

  /** One attempt: acknowledges what it can, and gives the rest by why it failed. */
  const attempt = Effect.fnUntraced(function* (batch: ReadonlyArray<Sent>) {
    const outcome = yield* Effect.match(producer.send(batch.map((it) => it.message)), {
      onFailure: (failure) => () => failure,
      onSuccess: (answers) => (partition: number | undefined) =>
        (partition === undefined ? undefined : answers.get(partition)) ?? UNANSWERED
    })
    const failed = new Map<BrokerFailure, Array<Sent>>()
    for (const it of batch) {
      const answer = outcome(it.message.partition)
      if (answer === "acknowledged") {
        yield* Deferred.succeed(it.pending.result, undefined)
        continue
      }
      const others = failed.get(answer)
      if (others === undefined) failed.set(answer, [it])
      else others.push(it)
    }
    return failed
  })

  const deliver = Effect.fnUntraced(function* (batch: ReadonlyArray<Pending>): Effect.fn.Return<void> {
    const begun = yield* Clock.currentTimeMillis
    let open: ReadonlyArray<Sent> = batch.map((pending) => ({ pending, message: toMessage(pending.record) }))
    for (let failures = 0; ; failures++) {
      const again: Array<Sent> = []
      let reason = ""
      for (const [failure, failed] of yield* attempt(open)) {
        const rest = yield* settle(failure, failed)
        if (rest.length > 0) reason = failure.message
        again.push(...rest)
      }
      if (again.length === 0) break
      open = again
      if ((yield* Clock.currentTimeMillis) - begun >= QUIET) yield* waiting.about(reason)
      yield* Effect.sleep(Math.min(5000, 100 * 2 ** Math.min(failures, 10)))
    }
    yield* waiting.over
  })
  return deliver
}

const halves = <A>(batch: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> => {
  const middle = Math.ceil(batch.length / 2)
  return [batch.slice(0, middle), batch.slice(middle)]
}
