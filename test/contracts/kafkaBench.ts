import { assert } from "@effect/vitest"
import { Context, Effect, Exit, Layer, Scope } from "effect"

import type { ConsumeOptions, KafkaRecord, NewRecord, Work } from "../../src/services/Kafka.ts"
import { Kafka } from "../../src/services/Kafka.ts"
import type { Settings } from "../../src/services/Settings.ts"
import { settings } from "../support/settings.ts"

/** The brokers from outside, and programs that use them. */
export class KafkaBench extends Context.Service<
  KafkaBench,
  {
    createTopic(topic: string, partitions: number): Effect.Effect<void>
    /** Sends a record of another producer, to a chosen partition if given. */
    produce(record: NewRecord & { readonly partition?: number }): Effect.Effect<void>
    /** Sends a record in its own transaction. Returns the offsets of the record and of the transaction's mark. */
    transact(record: NewRecord & { readonly partition: number }, end: "commit" | "abort"): Effect.Effect<void>
    deleteTopic(topic: string): Effect.Effect<void>
    /** Deletes the records before the offset, as retention does. */
    deleteBefore(topic: string, partition: number, offset: number): Effect.Effect<void>
    /** All records of the topic, by partition, then offset. */
    records(topic: string): Effect.Effect<ReadonlyArray<KafkaRecord>>
    /** The group's committed offsets, by partition. */
    committed(group: string, topic: string): Effect.Effect<ReadonlyArray<number | undefined>>
    /** The Kafka of another program. */
    kafka(settings: Settings["Service"]): Layer.Layer<Kafka>
  }
>()("brom-ctx/test/KafkaBench") {}

/** Part of all names of this run, because several runs may share a broker. */
const run = crypto.randomUUID().slice(0, 8)
let counter = 0
export const fresh = (what: string) => `${what}-${run}-${counter++}`

export const freshTopic = Effect.fnUntraced(function* (partitions: number) {
  const topic = fresh("topic")
  yield* (yield* KafkaBench).createTopic(topic, partitions)
  return topic
})

const decoder = new TextDecoder()
export const text = (bytes: Uint8Array | null) => (bytes === null ? null : decoder.decode(bytes))

export const record = (topic: string, key: string | null, value: string, partition?: number) => ({
  topic,
  key,
  value,
  headers: {},
  ...(partition !== undefined && { partition })
})

export const produceAll = (records: ReadonlyArray<NewRecord & { readonly partition?: number }>) =>
  KafkaBench.use((bench) => Effect.forEach(records, (it) => bench.produce(it), { discard: true }))

/** Seconds that `eventually` waits. Killed brokers need more of them. */
export const Patience = Context.Reference("brom-ctx/test/Patience", { defaultValue: () => 25 })

/** Polls until the condition holds; fails with the last value that it saw. */
export const eventually = <A, E, R>(what: string, value: Effect.Effect<A, E, R>, holds: (value: A) => boolean) =>
  Effect.gen(function* () {
    const end = Date.now() + 1000 * (yield* Patience)
    for (;;) {
      const current = yield* value
      if (holds(current)) return current
      if (Date.now() >= end) return assert.fail(`${what}: ${JSON.stringify(current)}`)
      yield* Effect.sleep(20)
    }
  })

export const committedIs = (group: string, topic: string, offsets: ReadonlyArray<number>) =>
  eventually(
    `committed ${JSON.stringify(offsets)}`,
    KafkaBench.use((bench) => bench.committed(group, topic)),
    (it) => JSON.stringify(it.map((offset) => offset ?? 0)) === JSON.stringify(offsets)
  )

/** Work without a key that appends the value of its record. */
export const collect = (into: Array<string>) => (it: KafkaRecord) => ({
  key: undefined,
  run: Effect.sync(() => void into.push(text(it.value) ?? ""))
})

/** Takes every log for the same one, and continues at its start, or at the first record that still exists. */
export const readOn: ConsumeOptions["onAssigned"] = ({ committed, earliest, isReading, start }, commit) => {
  const from = Math.max(start, earliest)
  const log = { from, is: "same" as const, generations: [{ first: 0, generation: 1 }] }
  return Effect.as(committed === from || (isReading && from === start) ? Effect.void : commit(from), log)
}

export interface MemberOptions extends Partial<ConsumeOptions> {
  readonly topics: ReadonlyArray<string>
  readonly receive: (record: KafkaRecord) => Work
  readonly group: string
  readonly kafka?: Partial<Settings["Service"]["kafka"]>
  readonly written?: Partial<Settings["Service"]["topics"]>
}

/** One consuming program, until `close` or the end of the test. Returns when it has joined its group, unless `join` is false. */
export const openMember = Effect.fnUntraced(function* (options: MemberOptions, join = true) {
  const { group, kafka, written, ...consume } = options
  const bench = yield* KafkaBench
  const parent = yield* Effect.scope
  const scope = yield* Scope.fork(parent)
  const layer = bench.kafka(settings({ kafka: { groupId: group, ...kafka }, ...(written && { topics: written }) }))
  const service = Context.get(yield* Layer.buildWithScope(Layer.fresh(layer), scope), Kafka)
  const consumer = yield* service
    .consume({ maxInFlight: 64, drain: 5000, onAssigned: readOn, onGap: () => Effect.void, ...consume })
    .pipe(Effect.provideService(Scope.Scope, scope))
  if (join) yield* eventually("joined", consumer.status, (it) => it.joined)
  return { kafka: service, consumer, close: Scope.close(scope, Exit.void) }
})

/** A program that only publishes. */
export const openPublisher = Effect.gen(function* () {
  const bench = yield* KafkaBench
  return Context.get(yield* Layer.build(Layer.fresh(bench.kafka(settings({ kafka: { createTopics: false } })))), Kafka)
})
