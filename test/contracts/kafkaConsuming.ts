import { assert, type Vitest } from "@effect/vitest"
import { Deferred, Effect, Latch } from "effect"

import { CurrentStartPermit, type StartPermit } from "../../src/services/StartPermit.ts"
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

const numbers = (count: number) => Array.from({ length: count }, (_, at) => at)

/** DESIGN "Kafka intake": order, concurrency and the watermark of one member. */
export const consuming = (it: Vitest.MethodsNonLive<KafkaBench>): void => {
  it.effect("DESIGN Kafka intake: records of one key run one after the other, in order", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(3)
      const running = new Map<string, number>()
      const seen = new Map<string, Array<string | null>>()
      let overlaps = 0
      yield* openMember({
        topics: [topic],
        group: fresh("group"),
        receive: ({ key: bytes, value }) => {
          const key = text(bytes) ?? ""
          const begin = Effect.sync(() => {
            running.set(key, (running.get(key) ?? 0) + 1)
            if (running.get(key) !== 1) overlaps++
            seen.set(key, [...(seen.get(key) ?? []), text(value)])
          })
          const end = Effect.sync(() => void running.set(key, (running.get(key) ?? 0) - 1))
          return { key, run: begin.pipe(Effect.andThen(Effect.sleep(1)), Effect.andThen(end)) }
        }
      })
      yield* produceAll(numbers(200).map((n) => record(topic, `key${n % 10}`, `${n}`)))
      yield* eventually(
        "all",
        Effect.sync(() => [...seen.values()].flat().length),
        (count) => count === 200
      )
      assert.strictEqual(overlaps, 0)
      for (let key = 0; key < 10; key++) {
        assert.deepStrictEqual(
          seen.get(`key${key}`),
          numbers(20).map((n) => `${n * 10 + key}`)
        )
      }
    })
  )

  it.effect("DESIGN Kafka intake: records of different keys of one partition run at the same time", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(1)
      const group = fresh("group")
      const all = yield* Latch.make()
      let started = 0
      const run = Effect.suspend(() => (++started === 5 ? all.open : all.await)).pipe(Effect.asVoid)
      yield* openMember({ topics: [topic], group, receive: ({ key }) => ({ key: text(key) ?? "", run }) })
      yield* produceAll(numbers(5).map((n) => record(topic, `key${n}`, "")))
      yield* committedIs(group, topic, [5])
    })
  )

  it.effect("CONTRACT MAX_IN_FLIGHT: bounds the work per topic; work that waits for its key does not count", () =>
    Effect.gen(function* () {
      const [busy, other] = [yield* freshTopic(1), yield* freshTopic(1)]
      const group = fresh("group")
      const gate = yield* Latch.make()
      const started: Array<string> = []
      yield* openMember({
        topics: [busy, other],
        group,
        maxInFlight: 3,
        receive: ({ topic, key, value }) => {
          const begin = Effect.sync(() => void started.push(text(value) ?? ""))
          return { key: text(key) ?? "", run: topic === busy ? Effect.andThen(begin, gate.await) : begin }
        }
      })
      // a1 runs, a2 and a3 wait for it, b and c take the other two places, and none is left for d.
      yield* produceAll(["a1", "a2", "a3", "b", "c", "d"].map((value) => record(busy, value.slice(0, 1), value)))
      yield* eventually(
        "three at work",
        Effect.sync(() => started.length),
        (count) => count === 3
      )
      yield* produceAll(["x", "y", "z", "w"].map((value) => record(other, value, value)))
      yield* committedIs(group, other, [4])
      assert.deepStrictEqual(started.slice(0, 3), ["a1", "b", "c"])
      assert.deepStrictEqual(started.slice(3).sort(), ["w", "x", "y", "z"])
      yield* gate.open
      yield* committedIs(group, busy, [6])
    })
  )

  it.effect("DESIGN Kafka intake: bounds the work before its first call; other work starts at once", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(1)
      const group = fresh("group")
      const started: Array<string> = []
      const permits: Array<StartPermit> = []
      yield* openMember({
        topics: [topic],
        group,
        startPermits: 2,
        receive: ({ value }) => {
          const name = text(value) ?? ""
          const run = Effect.withFiber((fiber) => {
            started.push(name)
            permits.push(fiber.getRef(CurrentStartPermit))
            return name === "last" ? Effect.void : Effect.never
          })
          return { key: name, needsStartPermit: name !== "other", run }
        }
      })
      const startedAre = (names: ReadonlyArray<string>) =>
        Effect.andThen(
          eventually(
            `${names.length} have started`,
            Effect.sync(() => started.length),
            (count) => count >= names.length
          ),
          Effect.sync(() => assert.deepStrictEqual(started, names))
        )
      yield* produceAll(["other", "a", "b", "last"].map((value) => record(topic, value, value)))
      yield* startedAre(["other", "a", "b"])
      permits[1]?.release()
      yield* startedAre(["other", "a", "b", "last"])
    })
  )

  it.effect("DESIGN Kafka intake: only contiguous offsets are committed, and a restart resumes there", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(1)
      const group = fresh("group")
      const ended: Array<string> = []
      const receive =
        (hold: string) =>
        ({ key, value }: { key: Uint8Array | null; value: Uint8Array | null }) => ({
          key: text(key) ?? "",
          run: text(value) === hold ? Effect.never : Effect.sync(() => void ended.push(text(value) ?? ""))
        })
      const first = yield* openMember({ topics: [topic], group, drain: 0, receive: receive("1") })
      yield* produceAll(numbers(4).map((n) => record(topic, `key${n}`, `${n}`)))
      yield* eventually(
        "three ended",
        Effect.sync(() => ended.length),
        (count) => count === 3
      )
      yield* committedIs(group, topic, [1])
      yield* first.close
      yield* committedIs(group, topic, [1])
      assert.deepStrictEqual(ended.splice(0), ["0", "2", "3"])
      yield* openMember({ topics: [topic], group, receive: receive("none") })
      yield* committedIs(group, topic, [4])
      assert.deepStrictEqual(ended, ["1", "2", "3"])
    })
  )

  it.effect("SPEC 9.5: a slow record holds only its own key, and is not lost", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(1)
      const group = fresh("group")
      const gate = yield* Latch.make()
      const ended: Array<string> = []
      yield* openMember({
        topics: [topic],
        group,
        maxInFlight: 8,
        receive: ({ key, value }) => ({
          key: text(key) ?? "",
          run: Effect.andThen(
            text(key) === "slow" ? gate.await : Effect.void,
            Effect.sync(() => void ended.push(text(value) ?? ""))
          )
        })
      })
      yield* produceAll([record(topic, "slow", "slow 1"), record(topic, "slow", "slow 2")])
      yield* produceAll(numbers(300).map((n) => record(topic, `key${n}`, `${n}`)))
      yield* eventually(
        "all others",
        Effect.sync(() => ended.length),
        (count) => count === 300
      )
      yield* gate.open
      yield* committedIs(group, topic, [302])
      assert.deepStrictEqual(ended.slice(300), ["slow 1", "slow 2"])
    })
  )

  it.effect("SPEC 9.7: failed work runs again, and its record stays uncommitted until it ends", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(1)
      const group = fresh("group")
      const ended: Array<string> = []
      let deaths = 0
      yield* openMember({
        topics: [topic],
        group,
        maxInFlight: 1,
        receive: ({ key, value }) => ({
          key: text(key) ?? "",
          run: Effect.suspend(() => {
            if (text(value) === "bad" && deaths++ === 0) return Effect.die(new Error("a defect"))
            ended.push(text(value) ?? "")
            return Effect.void
          })
        })
      })
      yield* produceAll([record(topic, "a", "bad"), record(topic, "a", "next"), record(topic, "b", "other")])
      yield* committedIs(group, topic, [3])
      assert.deepStrictEqual(ended, ["other", "bad", "next"])
      assert.strictEqual(deaths, 2)
    })
  )

  it.effect("SPEC 9.5: a receive that throws does not stop the records behind it", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(1)
      const group = fresh("group")
      let throws = 0
      yield* openMember({
        topics: [topic],
        group,
        receive: ({ value }) => {
          if (text(value) === "bad" && throws++ < 2) throw new Error("a defect")
          return { key: undefined, run: Effect.void }
        }
      })
      yield* produceAll([record(topic, null, "bad"), record(topic, null, "good")])
      yield* committedIs(group, topic, [2])
      assert.strictEqual(throws, 3)
    })
  )

  it.effect("SPEC 9.4: closing waits for running work, starts nothing more, and commits what ended", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(1)
      const group = fresh("group")
      const gate = yield* Latch.make()
      const begun = yield* Deferred.make<void>()
      const started: Array<string> = []
      const { close } = yield* openMember({
        topics: [topic],
        group,
        maxInFlight: 1,
        drain: 20_000,
        receive: ({ value }) => ({
          key: undefined,
          run: Effect.gen(function* () {
            started.push(text(value) ?? "")
            yield* Deferred.succeed(begun, undefined)
            yield* gate.await
          })
        })
      })
      yield* produceAll([record(topic, "a", "1"), record(topic, "b", "2")])
      yield* Deferred.await(begun)
      const closing = yield* Effect.forkChild(close, { startImmediately: true })
      yield* gate.open
      yield* eventually(
        "closed",
        Effect.sync(() => closing.pollUnsafe()),
        (exit) => exit !== undefined
      )
      assert.deepStrictEqual(started, ["1"])
      yield* committedIs(group, topic, [1])
    })
  )

  it.effect("SPEC 9.4: work that outlasts the drain is interrupted, and delivered again", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(1)
      const group = fresh("group")
      const begun = yield* Deferred.make<void>()
      let interrupted = false
      const { close } = yield* openMember({
        topics: [topic],
        group,
        drain: 50,
        receive: () => ({
          key: undefined,
          run: Effect.andThen(Deferred.succeed(begun, undefined), Effect.never).pipe(
            Effect.onInterrupt(() => Effect.sync(() => (interrupted = true)))
          )
        })
      })
      yield* produceAll([record(topic, "a", "1")])
      yield* Deferred.await(begun)
      yield* close
      assert.isTrue(interrupted)
      yield* openMember({ topics: [topic], group, receive: () => ({ key: undefined, run: Effect.void }) })
      yield* committedIs(group, topic, [1])
    })
  )
}
