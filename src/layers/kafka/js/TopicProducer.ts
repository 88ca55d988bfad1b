import { Effect, type Scope } from "effect"
import type { ICustomPartitioner, Message, Producer } from "kafkajs"

import { bytesOf, partitionOf } from "../bytes.ts"
import { disconnect, BrokerFailure, failureOf } from "./Admin.ts"
import { type MakeClient, PATIENT } from "./client.ts"
import type { PartitionOutcome } from "./sendMessages.ts"

/** Milliseconds for one attempt, connecting included. */
const PATIENCE = 60_000

/**
 * Kafka's own choice for a key, in turn without one. The choice is kept in the message: a batch that is sent again
 * goes where it went, so that the broker knows it again.
 */
const partitioner: ICustomPartitioner = () => {
  let turn = 0
  return ({ message, partitionMetadata }) => {
    const partitions = partitionMetadata.length
    const key = message.key ?? null
    message.partition ??= key === null ? turn++ % partitions : partitionOf(bytesOf(key), partitions)
    return message.partition
  }
}

/** What each partition answered in one attempt, as far as it did. */
export type Answers = ReadonlyMap<number, "acknowledged" | BrokerFailure>

/** An idempotent producer of one topic that connects when it is needed. */
export interface TopicProducer {
  /**
   * One attempt, `acks=all`; fails where nothing was sent, or nobody knows. Safe to repeat, one after the other, with the
   * same messages of every partition that did not acknowledge them, until `renew`.
   */
  send(messages: Array<Message>): Effect.Effect<Answers, BrokerFailure>
  /** A new identity for the broker: after a failure that the old one cannot go on from. */
  readonly renew: Effect.Effect<void>
}

export const makeTopicProducer = Effect.fnUntraced(function* (
  makeClient: MakeClient,
  topic: string
): Effect.fn.Return<TopicProducer, never, Scope.Scope> {
  let producer: Producer | undefined

  const connected = Effect.suspend(() => {
    if (producer !== undefined) return Effect.succeed(producer)
    const fresh = makeClient({ ...PATIENT, retries: 5 }).producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: partitioner
    })
    return Effect.tryPromise({ try: () => fresh.connect(), catch: failureOf }).pipe(
      Effect.map(() => (producer = fresh)),
      Effect.onError(() => disconnect(fresh))
    )
  })

  const renew = Effect.suspend(() => {
    const old = producer
    producer = undefined
    return old === undefined ? Effect.void : disconnect(old)
  })
  yield* Effect.addFinalizer(() => renew)

  const attempt = (it: Producer, messages: Array<Message>) =>
    Effect.tryPromise({
      try: (): Promise<ReadonlyArray<PartitionOutcome>> => it.send({ topic, messages, acks: -1, timeout: 10_000 }),
      catch: failureOf
    })

  // A request that never returns would hold the topic for ever; the old producer may not send any more after it.
  const late = () =>
    Effect.andThen(renew, Effect.fail(new BrokerFailure({ code: "Timeout", detail: `no answer in ${PATIENCE} ms` })))

  return {
    renew,
    send: (messages) =>
      connected.pipe(
        Effect.flatMap((it) => attempt(it, messages)),
        Effect.timeoutOrElse({ duration: PATIENCE, orElse: late }),
        Effect.map((outcomes): Answers => new Map(outcomes.map((it) => [it.partition, answerOf(it)])))
      )
  }
})

const answerOf = ({ errorCode, error }: PartitionOutcome) => (errorCode === 0 ? "acknowledged" : failureOf(error))
