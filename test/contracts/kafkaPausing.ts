import { assert, type Vitest } from "@effect/vitest"
import { Effect, Fiber, Latch } from "effect"

import type { KafkaRecord } from "../../src/services/Kafka.ts"
import {
  committedIs,
  eventually,
  fresh,
  freshTopic,
  type KafkaBench,
  openMember,
  produceAll,
  record,
  text
} from "./kafkaBench.ts"

const collect =
  (seen: Array<string>) =>
  ({ key, value }: KafkaRecord) => ({
    key: text(key) ?? undefined,
    run: Effect.sync(() => void seen.push(text(value) ?? ""))
  })

const seenAre = (seen: ReadonlyArray<string>, count: number) =>
  eventually(
    `${count} seen`,
    Effect.sync(() => seen.length),
    (it) => it === count
  )

/** SPEC 9.2: a topic that is paused, and the one record that may pass. */
export const pausing = (it: Vitest.MethodsNonLive<KafkaBench>): void => {
  it.effect("SPEC 9.2: a paused topic is not read, across a rebalance too, until it is resumed", () =>
    Effect.gen(function* () {
      const [paused, other] = [yield* freshTopic(2), yield* freshTopic(2)]
      const group = fresh("group")
      const seen: Array<string> = []
      const { consumer } = yield* openMember({ topics: [paused, other], group, receive: collect(seen) })
      yield* consumer.pause(paused)
      const passing = yield* openMember({ topics: [paused, other], group, receive: collect([]) })
      yield* passing.close
      yield* eventually("joined again", consumer.status, (it) => it.joined)
      yield* produceAll([record(paused, "a", "paused"), record(other, "a", "other 1"), record(other, "b", "other 2")])
      yield* eventually(
        "the others",
        Effect.sync(() => seen.length),
        (count) => count >= 2
      )
      assert.deepStrictEqual([...seen].sort(), ["other 1", "other 2"])
      yield* consumer.resume(paused)
      yield* eventually(
        "resumed",
        Effect.sync(() => seen.length),
        (count) => count === 3
      )
      assert.strictEqual(seen[2], "paused")
    })
  )

  it.effect("SPEC 9.2: of a paused topic one record is begun for each admission, and all when it is resumed", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(3)
      const group = fresh("group")
      const seen: Array<string> = []
      const { consumer } = yield* openMember({ topics: [topic], group, receive: collect(seen) })
      yield* consumer.pause(topic)
      yield* produceAll(
        Array.from({ length: 12 }, (_, at) => ({ ...record(topic, `key${at}`, `${at}`), partition: at % 3 }))
      )
      yield* consumer.admitOne(topic)
      assert.lengthOf(seen, 1)
      yield* consumer.admitOne(topic)
      assert.lengthOf(seen, 2)
      yield* consumer.resume(topic)
      yield* seenAre(seen, 12)
      assert.strictEqual(new Set(seen).size, 12)
      yield* committedIs(group, topic, [4, 4, 4])
    })
  )

  it.effect("SPEC 9.2: an admission waits for a record, and is over when that has ended", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(2)
      const group = fresh("group")
      const gate = yield* Latch.make()
      const seen: Array<string> = []
      const receive = (it: KafkaRecord) => ({
        key: undefined,
        run: Effect.andThen(collect(seen)(it).run, gate.await)
      })
      const { consumer } = yield* openMember({ topics: [topic], group, receive })
      yield* consumer.pause(topic)
      const admission = yield* Effect.forkChild(consumer.admitOne(topic), { startImmediately: true })
      yield* produceAll([record(topic, null, "1", 0), record(topic, null, "2", 1), record(topic, null, "3", 0)])
      yield* seenAre(seen, 1)
      assert.isUndefined(admission.pollUnsafe())
      yield* gate.open
      yield* Fiber.join(admission)
      assert.lengthOf(seen, 1)
    })
  )

  it.effect("SPEC 9.2: an admission that is interrupted before it was used admits nothing", () =>
    Effect.gen(function* () {
      const [topic, other] = [yield* freshTopic(2), yield* freshTopic(1)]
      const group = fresh("group")
      const seen: Array<string> = []
      const { consumer } = yield* openMember({ topics: [topic, other], group, receive: collect(seen) })
      yield* consumer.pause(topic)
      const admission = yield* Effect.forkChild(consumer.admitOne(topic), { startImmediately: true })
      yield* Fiber.interrupt(admission)
      yield* produceAll([record(topic, "a", "paused"), record(other, "a", "other")])
      yield* committedIs(group, other, [1])
      assert.deepStrictEqual(seen, ["other"])
    })
  )

  it.effect(
    "SPEC 9.2: records that were taken when the topic is paused wait too, and one of them is admitted first",
    () =>
      Effect.gen(function* () {
        const topic = yield* freshTopic(1)
        const group = fresh("group")
        const gate = yield* Latch.make()
        const seen: Array<string> = []
        const receive = (it: KafkaRecord) => ({
          key: undefined,
          run: Effect.andThen(collect(seen)(it).run, text(it.value) === "1" ? gate.await : Effect.void)
        })
        const { consumer } = yield* openMember({ topics: [topic], group, maxInFlight: 1, receive })
        yield* produceAll(["1", "2", "3"].map((value) => record(topic, null, value)))
        yield* eventually("taken", consumer.status, ({ inFlight }) => inFlight[topic] === 3)
        yield* consumer.pause(topic)
        yield* gate.open
        yield* committedIs(group, topic, [1])
        assert.deepStrictEqual(seen, ["1"])
        yield* consumer.admitOne(topic)
        assert.deepStrictEqual(seen, ["1", "2"])
        yield* committedIs(group, topic, [2])
      })
  )
}
