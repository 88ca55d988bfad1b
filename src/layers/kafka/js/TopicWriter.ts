import { Cause, Deferred, Effect, FiberSet, Queue, Result, type Scope } from "effect"
import type { Message } from "kafkajs"

import { monotonicMillis } from "../../../domain/values/monotonicTime.ts"
import { KafkaError, type NewRecord } from "../../../services/Kafka.ts"
import { batchSize, DEFAULT_MAX_MESSAGE_BYTES, recordSize } from "../bytes.ts"
import { backoff } from "../KeyedScheduler.ts"
import { BrokerFailure, verdictOf, type Admin } from "./Admin.ts"
import type { MakeClient } from "./client.ts"
import { toMessage } from "./recordCodec.ts"
import { makeThrottledWarning } from "./ThrottledWarning.ts"
import { type TopicProducer, makeTopicProducer } from "./TopicProducer.ts"
import { maxMessageBytes } from "./topics.ts"

/** A record to publish, and the result that its publisher waits for. */
export interface Pending {
  readonly record: NewRecord
  readonly result: Deferred.Deferred<void, KafkaError>
}

export interface TopicWriter {
  /**
   * Returns when the broker has acknowledged the record, however long that takes. Dies if a defect of our own keeps
   * this very record from being sent.
   */
  write(record: NewRecord): Effect.Effect<void, KafkaError>
}

const reject = (pending: Pending, reason: KafkaError["reason"], detail: string) =>
  Deferred.fail(pending.result, new KafkaError({ reason, topic: pending.record.topic, detail }))

/** A record as it is sent, the same at every attempt. */
interface Sent {
  readonly pending: Pending
  readonly message: Message
}

/** Milliseconds before a wait is logged. A leader that has moved is found sooner. */
const QUIET = 2000

/** Failed attempts after which a partition gets a line of its own. A leader that moves is found sooner. */
const MOVING = 3

const UNANSWERED = new BrokerFailure({ code: "Unanswered", detail: "the brokers did not answer for the partition" })

const halves = <A>(batch: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> => {
  const middle = Math.ceil(batch.length / 2)
  return [batch.slice(0, middle), batch.slice(middle)]
}

/** Takes over the records that one partition has not acknowledged. */
type TakeOver = (partition: number, left: ReadonlyArray<Sent>) => Effect.Effect<void>

/**
 * Sends batches of one topic and settles every record of them. Records that their own partition has not acknowledged
 * are sent again unchanged, without the others: here, or by `takeOver` if the brokers answer.
 */
const makeDeliver = (producer: TopicProducer, topic: string) => {
  const outage = makeThrottledWarning(
    `publishing to ${topic} is waiting for the Kafka brokers`,
    `publishing to ${topic} works again`
  )

  /** The topic does not accept these records as they are. Halves the batch until the record itself is found. */
  const split = (batch: ReadonlyArray<Pending>, reason: KafkaError["reason"], failure: BrokerFailure) =>
    Effect.gen(function* (): Effect.fn.Return<void> {
      const [only] = batch
      if (batch.length === 1 && only !== undefined) yield* reject(only, reason, failure.message)
      else for (const half of halves(batch)) yield* deliver(half.map(toSent))
    })

  const rejectAll = (batch: ReadonlyArray<Pending>, failure: BrokerFailure) =>
    Effect.forEach(batch, (it) => reject(it, "Refused", failure.message), { discard: true })

  /** Settles the records that failed together. Returns those that must be sent again. */
  const settle = Effect.fnUntraced(function* (
    failure: BrokerFailure,
    failed: ReadonlyArray<Sent>
  ): Effect.fn.Return<ReadonlyArray<Sent>> {
    const verdict = verdictOf(failure)
    if (verdict === "again") return failed
    // An earlier attempt may still have been stored, so no other record may get its number.
    yield* producer.renew
    const batch = failed.map((it) => it.pending)
    if (verdict === "fatal") return failed
    if (verdict === "forbidden") yield* rejectAll(batch, failure)
    else yield* split(batch, verdict === "too-large" ? "TooLarge" : "Refused", failure)
    return []
  })

  /** Makes one attempt. Acknowledges what it can, and returns the rest grouped by failure, and whether brokers answered. */
  const attempt = Effect.fnUntraced(function* (batch: ReadonlyArray<Sent>) {
    const sent = yield* Effect.result(producer.send(batch.map((it) => it.message)))
    const outcome = (partition: number | undefined) =>
      Result.match(sent, {
        onFailure: (failure) => failure,
        onSuccess: (answers) => (partition === undefined ? undefined : answers.get(partition)) ?? UNANSWERED
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
    return { failed, answered: Result.isSuccess(sent) }
  })

  const deliver = Effect.fnUntraced(function* (
    batch: ReadonlyArray<Sent>,
    takeOver?: TakeOver
  ): Effect.fn.Return<void> {
    const startedAt = yield* monotonicMillis
    let open = batch
    for (let failures = 0; ; failures++) {
      const again: Array<Sent> = []
      let reason = ""
      const { answered, failed } = yield* attempt(open)
      for (const [failure, records] of failed) {
        const rest = yield* settle(failure, records)
        if (rest.length > 0) reason = failure.message
        again.push(...rest)
      }
      const isLong = failures >= MOVING || (yield* monotonicMillis) - startedAt >= QUIET
      const taken = answered && isLong && takeOver !== undefined
      if (taken) {
        for (const [partition, left] of Map.groupBy(again, ({ message }) => message.partition)) {
          if (partition !== undefined) yield* takeOver(partition, left)
        }
      }
      open = taken ? again.filter(({ message }) => message.partition === undefined) : again
      if (open.length === 0) {
        if (again.length > 0) return
        break
      }
      if ((yield* monotonicMillis) - startedAt >= QUIET) yield* outage.about(reason)
      yield* Effect.sleep(Math.min(5000, 100 * 2 ** Math.min(failures, 10)))
    }
    yield* outage.over
  })
  return deliver
}

const toSent = (pending: Pending): Sent => ({ pending, message: toMessage(pending.record) })

const LINGER = 5
const MAX_RECORDS = 1000

/**
 * Runs one serial loop for one topic. Records that arrive within 5 ms go out in one batch, which is sent unchanged
 * until it is acknowledged. Each topic has its own loop, so that a missing or rejecting topic blocks no other. A partition
 * that does not acknowledge its records gets a line of its own until it does, so that it blocks no other partition.
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
  /** The records that wait behind the unacknowledged ones of their partition. */
  const lines = new Map<number, Array<Sent>>()
  const forkLine = yield* FiberSet.makeRuntime<never, void, never>()
  /** The records that a line has taken. */
  const inLine = new WeakSet<Pending>()
  /** The current batch. Its records are off the queue, and a defect must not lose them. */
  let batch: Array<Pending> = []
  let next: Pending | undefined
  let crashes = 0

  /** Collects as many records as one batch of one partition may hold, as if all were for one partition. */
  const gather = Effect.gen(function* () {
    const first = next ?? (yield* Queue.take(queue))
    next = undefined
    batch = [first]
    if (Queue.sizeUnsafe(queue) < MAX_RECORDS - 1) yield* Effect.sleep(LINGER)
    const maxBytes = (yield* limit.known) ?? DEFAULT_MAX_MESSAGE_BYTES
    let size = batchSize(first.record)
    while (batch.length < MAX_RECORDS && Queue.sizeUnsafe(queue) > 0) {
      next = yield* Queue.take(queue)
      size += recordSize(next.record)
      if (size > maxBytes) break
      batch.push(next)
      next = undefined
    }
    return first
  })

  /** As many records from the head of the line as one batch may hold. */
  const headOf = (line: Array<Sent>, maxBytes: number): ReadonlyArray<Sent> => {
    let size = 0
    const end = line.findIndex(({ pending: { record } }, at) => {
      size += at === 0 ? batchSize(record) : recordSize(record)
      return at === MAX_RECORDS || (at > 0 && size > maxBytes)
    })
    return line.splice(0, end < 0 ? line.length : end)
  }

  /** Sends the records of one partition, those that an attempt left first, until none is left. */
  const serveLine = Effect.fnUntraced(function* (partition: number, line: Array<Sent>, left: ReadonlyArray<Sent>) {
    let open = left
    while (open.length > 0) {
      const records = open.map(({ pending }) => pending)
      yield* Effect.catchDefect(deliver(open), (defect) => giveUp(records, defect))
      open = headOf(line, (yield* limit.known) ?? DEFAULT_MAX_MESSAGE_BYTES)
    }
    lines.delete(partition)
  })

  const takeOver: TakeOver = (partition, left) =>
    Effect.sync(() => {
      const line: Array<Sent> = []
      for (const { pending } of left) inLine.add(pending)
      lines.set(partition, line)
      forkLine(serveLine(partition, line, left))
    })

  /** Sends the records that no line holds back, and puts the others at the end of their lines. */
  const deliverApart = Effect.fnUntraced(function* (records: ReadonlyArray<Pending>) {
    if (lines.size === 0) return yield* deliver(records.map(toSent), takeOver)
    const free: Array<Sent> = []
    for (const sent of records.map(toSent)) {
      producer.place(sent.message, (partition) => lines.has(partition))
      const line = sent.message.partition === undefined ? undefined : lines.get(sent.message.partition)
      if (line === undefined) {
        free.push(sent)
        continue
      }
      inLine.add(sent.pending)
      line.push(sent)
    }
    if (free.length > 0) yield* deliver(free, takeOver)
  })

  const round = Effect.gen(function* () {
    const first = yield* gather
    const size = batchSize(first.record)
    const maxBytes = batch.length === 1 ? yield* limit.unless(size) : undefined
    if (maxBytes === undefined) yield* deliverApart(batch)
    else yield* reject(first, "TooLarge", `${size} bytes are more than max.message.bytes ${maxBytes}`)
    crashes = 0
  })

  /** Leaves no publisher waiting, and gives no other record the number of one that may have been stored. */
  const giveUp = (records: ReadonlyArray<Pending>, defect: unknown) =>
    Effect.andThen(
      producer.renew,
      Effect.forEach(records, (it) => Deferred.die(it.result, defect), { discard: true })
    )

  /**
   * Sends each record by itself. Only a record that crashes again fails its publisher, which tries again (SPEC 9.5,
   * 9.7).
   */
  const oneByOne = Effect.fnUntraced(function* (defect: unknown) {
    const wait = backoff(++crashes)
    yield* Effect.logError("publishing crashed, resending its records one by one", Cause.die(defect)).pipe(
      Effect.annotateLogs({ topic, records: batch.length, waitMillis: wait })
    )
    yield* Effect.sleep(wait)
    yield* producer.renew
    for (const pending of batch) {
      if (Deferred.isDoneUnsafe(pending.result) || inLine.has(pending)) continue
      yield* Effect.catchDefect(deliverApart([pending]), (again) => giveUp([pending], again))
    }
  })

  yield* Effect.forkScoped(
    round.pipe(
      Effect.catchDefect(oneByOne),
      Effect.catchDefect((defect) =>
        giveUp(
          batch.filter((pending) => !inLine.has(pending)),
          defect
        )
      ),
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
