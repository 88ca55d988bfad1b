import { Effect, type Scope, Semaphore } from "effect"
import type { ICustomPartitioner, Message, Producer } from "kafkajs"

import { bytesOf } from "../bytes.ts"
import { partitionOf } from "../partitioner.ts"
import { disconnect, BrokerFailure, failureOf } from "./Admin.ts"
import { type MakeClient, PATIENT } from "./client.ts"
import type { PartitionOutcome } from "./sendMessages.ts"

/** Milliseconds for one attempt, including connecting. */
const PATIENCE = 60_000

/** What each partition answered in one attempt, if it did. */
export type Answers = ReadonlyMap<number, "acknowledged" | BrokerFailure>

/** An idempotent producer of one topic. Connects when needed. */
export interface TopicProducer {
  /**
   * Makes one attempt with `acks=all`. Fails if nothing was sent or the outcome is unknown. Until `renew`, it is safe
   * to repeat, one attempt after the other, with the same messages of every partition that did not acknowledge them.
   * Attempts for different partitions may run at once.
   */
  send(messages: Array<Message>): Effect.Effect<Answers, BrokerFailure>
  /**
   * Chooses the message's partition and keeps the choice in the message, if the number of partitions is known. A
   * message without a key gets no partition that `avoid` names, as long as there is another one.
   */
  place(message: Message, avoid: (partition: number) => boolean): void
  /** Gives the producer a new identity at the broker, after a failure from which the old one cannot continue. */
  readonly renew: Effect.Effect<void>
}

/**
 * Chooses Kafka's own partition for a key, and takes turns without one. Keeps the choice in the message, so that a
 * repeated batch goes to the same partitions and the broker recognises it.
 */
const makePlacement = () => {
  let turn = 0
  let partitions = 0
  const next = (avoid: (partition: number) => boolean): number => {
    for (let tried = 1; tried < partitions && avoid(turn % partitions); tried++) turn++
    return turn++ % partitions
  }
  const place: TopicProducer["place"] = (message, avoid) => {
    if (partitions === 0) return
    const key = message.key ?? null
    message.partition ??= key === null ? next(avoid) : partitionOf(bytesOf(key), partitions)
  }
  const partitioner: ICustomPartitioner =
    () =>
    ({ message, partitionMetadata }) => {
      partitions = partitionMetadata.length
      place(message, () => false)
      return message.partition ?? 0
    }
  return { place, partitioner }
}

const answerOf = ({ errorCode, error }: PartitionOutcome) => (errorCode === 0 ? "acknowledged" : failureOf(error))

export const makeTopicProducer = Effect.fnUntraced(function* (
  makeClient: MakeClient,
  topic: string
): Effect.fn.Return<TopicProducer, never, Scope.Scope> {
  let producer: Producer | undefined
  const connecting = Semaphore.makeUnsafe(1)
  const { partitioner, place } = makePlacement()

  const connected = Effect.suspend(() => {
    if (producer !== undefined) return Effect.succeed(producer)
    const newProducer = makeClient({ ...PATIENT, retries: 5 }).producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: partitioner
    })
    return Effect.tryPromise({ try: () => newProducer.connect(), catch: failureOf }).pipe(
      Effect.map(() => (producer = newProducer)),
      Effect.onError(() => disconnect(newProducer))
    )
  })

  const renew = Effect.suspend(() => {
    const oldProducer = producer
    producer = undefined
    return oldProducer === undefined ? Effect.void : disconnect(oldProducer)
  })
  yield* Effect.addFinalizer(() => renew)

  const attempt = (it: Producer, messages: Array<Message>) =>
    Effect.tryPromise({
      try: (): Promise<ReadonlyArray<PartitionOutcome>> => it.send({ topic, messages, acks: -1, timeout: 10_000 }),
      catch: failureOf
    })

  // A request that never returns would block the topic indefinitely. The old producer must not send anything after it.
  const timeout = () =>
    Effect.andThen(renew, Effect.fail(new BrokerFailure({ code: "Timeout", detail: `no answer in ${PATIENCE} ms` })))

  return {
    renew,
    place,
    send: (messages) =>
      connecting.withPermit(connected).pipe(
        Effect.flatMap((it) => attempt(it, messages)),
        Effect.timeoutOrElse({ duration: PATIENCE, orElse: timeout }),
        Effect.map((outcomes): Answers => new Map(outcomes.map((it) => [it.partition, answerOf(it)])))
      )
  }
})
