import { assert, type Vitest } from "@effect/vitest"
import { Effect, Latch } from "effect"

import type { KafkaRecord, Postponed, Work } from "../../src/services/Kafka.ts"
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

/** A postponed run. */
interface Waiting {
  readonly value: string
  readonly partition: number
  readonly resume: (how: "ended" | "again") => void
  readonly isOurs: () => boolean
}

/** Work that postpones the records whose value `waits` selects. The others end after `gate`. */
const worker = (waits: (value: string) => boolean, gate: Effect.Effect<void> = Effect.void) => {
  const seen: Array<string> = []
  const waiting: Array<Waiting> = []
  const receive = ({ key, partition, value: bytes }: KafkaRecord): Work => {
    const value = text(bytes) ?? ""
    const postponed: Postponed = {
      waitFor: (resume, isOurs) => void waiting.push({ value, partition, resume, isOurs })
    }
    const begin = Effect.sync(() => {
      seen.push(value)
      return waits(value)
    })
    const run = Effect.flatMap(begin, (wait) => (wait ? Effect.succeed(postponed) : gate))
    return { key: text(key) ?? undefined, run }
  }
  return { seen, waiting, receive }
}

const seenAre = (seen: ReadonlyArray<string>, values: ReadonlyArray<string>) =>
  Effect.andThen(
    eventually(
      `${values.length} seen`,
      Effect.sync(() => seen.length),
      (count) => count >= values.length
    ),
    Effect.sync(() => assert.deepStrictEqual(seen, values))
  )

const countIs = (what: string, list: ReadonlyArray<unknown>, count: number) =>
  eventually(
    what,
    Effect.sync(() => list.length),
    (it) => it === count
  )

/** SPEC 9.2: a record whose work waits outside of the consumer. */
export const postponing = (it: Vitest.MethodsNonLive<KafkaBench>): void => {
  it.effect("SPEC 9.2: a postponed record holds no place and no key, and is committed when it has ended", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(1)
      const group = fresh("group")
      const { receive, seen, waiting } = worker((value) => value === "1")
      const { consumer } = yield* openMember({ topics: [topic], group, maxInFlight: 1, receive })
      yield* produceAll([record(topic, "a", "0"), record(topic, "b", "1"), record(topic, "b", "2")])
      yield* produceAll([record(topic, "c", "3")])
      yield* eventually("all seen", consumer.status, ({ inFlight }) => seen.length === 4 && inFlight[topic] === 1)
      assert.deepStrictEqual([...seen].sort(), ["0", "1", "2", "3"])
      yield* committedIs(group, topic, [1])
      assert.deepStrictEqual(
        waiting.map(({ isOurs, value }) => [value, isOurs()]),
        [["1", true]]
      )
      waiting[0]?.resume("ended")
      yield* committedIs(group, topic, [4])
      assert.lengthOf(seen, 4)
      assert.strictEqual((yield* consumer.status).inFlight[topic], 0)
    })
  )

  it.effect(
    "SPEC 9.2: postponed records run again in the order of their return, behind the running record of their key",
    () =>
      Effect.gen(function* () {
        const topic = yield* freshTopic(1)
        const group = fresh("group")
        const gate = yield* Latch.make()
        const first = new Set(["0", "1"])
        const { receive, seen, waiting } = worker((value) => first.delete(value), gate.await)
        yield* openMember({ topics: [topic], group, receive })
        yield* produceAll(["0", "1", "2"].map((value) => record(topic, "a", value)))
        yield* seenAre(seen, ["0", "1", "2"])
        waiting[1]?.resume("again")
        waiting[0]?.resume("again")
        yield* produceAll([record(topic, "b", "other")])
        yield* seenAre(seen, ["0", "1", "2", "other"])
        yield* gate.open
        yield* committedIs(group, topic, [4])
        assert.deepStrictEqual(seen.slice(4), ["1", "0"])
      })
  )

  it.effect("SPEC 9.2: postponed records count for their partition's bound, and for no other partition's", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(2)
      const group = fresh("group")
      const { receive, seen, waiting } = worker((value) => value === "waits")
      const { consumer } = yield* openMember({ topics: [topic], group, maxInFlight: 2, receive })
      const values = (count: number, value: string, partition: number) =>
        produceAll(Array.from({ length: count }, () => record(topic, null, value, partition)))
      yield* values(8, "waits", 0)
      yield* countIs("postponed", waiting, 8)
      yield* values(3, "waits", 0)
      yield* values(30, "ends", 1)
      yield* committedIs(group, topic, [0, 30])
      assert.deepStrictEqual([waiting.length, (yield* consumer.status).inFlight[topic]], [8, 8])
      // Reading resumes at three times MAX_IN_FLIGHT.
      waiting[0]?.resume("ended")
      waiting[1]?.resume("ended")
      yield* countIs("read on", waiting, 11)
      for (const { resume } of waiting.slice(2)) resume("ended")
      yield* committedIs(group, topic, [11, 30])
      assert.lengthOf(seen, 41)
    })
  )

  it.effect(
    "docs/kafka.md: a postponed record of a partition that a rebalance took belongs only to the next owner",
    () =>
      Effect.gen(function* () {
        const topic = yield* freshTopic(2)
        const group = fresh("group")
        const [one, two] = [worker(() => true), worker(() => true)]
        const first = yield* openMember({ topics: [topic], group, receive: one.receive })
        yield* produceAll([record(topic, null, "0", 0), record(topic, null, "1", 1)])
        yield* countIs("postponed", one.waiting, 2)
        const second = yield* openMember({ topics: [topic], group, receive: two.receive })
        yield* countIs("taken over", two.waiting, 1)
        yield* eventually("forgotten", first.consumer.status, ({ inFlight, joined }) => joined && inFlight[topic] === 1)
        const taken = two.waiting[0]?.partition ?? -1
        assert.deepStrictEqual(
          one.waiting.map((it) => it.isOurs()),
          one.waiting.map((it) => it.partition !== taken)
        )
        for (const { partition, resume } of one.waiting) resume(partition === taken ? "again" : "ended")
        yield* committedIs(
          group,
          topic,
          [0, 1].map((it) => (it === taken ? 0 : 1))
        )
        two.waiting[0]?.resume("ended")
        yield* committedIs(group, topic, [1, 1])
        assert.deepStrictEqual([one.seen.length, two.seen.length], [2, 1])
        assert.strictEqual((yield* second.consumer.status).inFlight[topic], 0)
      })
  )

  it.effect("SPEC 9.4: closing does not wait for a postponed record, and it is delivered again", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(1)
      const group = fresh("group")
      const [one, two] = [worker((value) => value === "1"), worker(() => false)]
      const first = yield* openMember({ topics: [topic], group, drain: 600_000, receive: one.receive })
      yield* produceAll(["0", "1", "2"].map((value) => record(topic, null, value)))
      yield* seenAre(one.seen, ["0", "1", "2"])
      yield* first.close
      assert.isFalse(one.waiting[0]?.isOurs())
      one.waiting[0]?.resume("ended")
      yield* committedIs(group, topic, [1])
      yield* openMember({ topics: [topic], group, receive: two.receive })
      yield* committedIs(group, topic, [3])
      assert.deepStrictEqual(
        [one.seen, two.seen],
        [
          ["0", "1", "2"],
          ["1", "2"]
        ]
      )
    })
  )
}
