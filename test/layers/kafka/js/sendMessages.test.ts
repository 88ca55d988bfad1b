import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"

import type { Admin } from "../../../../src/layers/kafka/js/Admin.ts"
import { BrokerFailure } from "../../../../src/layers/kafka/js/Admin.ts"
import { makeTopicWriter } from "../../../../src/layers/kafka/js/TopicWriter.ts"
import { partitionOf } from "../../../../src/layers/kafka/partitioner.ts"
import type { NewRecord } from "../../../../src/services/Kafka.ts"
import { codes, scriptedCluster } from "./scriptedCluster.ts"

const silent: Admin = {
  use: () => Effect.fail(new BrokerFailure({ code: "CLUSTER_AUTHORIZATION_FAILED", detail: "" }))
}

/** A record for one of two partitions. */
const record = (partition: number, value: string) => {
  const keys = Array.from({ length: 20 }, (_, at) => `key ${at}`)
  const key = keys.find((it) => partitionOf(new TextEncoder().encode(it), 2) === partition) ?? ""
  return { topic: "topic", key, value, headers: {} }
}

const keyless = (value: string) => ({ ...record(0, value), key: null })

/** Lets time pass, and then the client's promises settle. */
const pass = Effect.fnUntraced(function* (millis: number) {
  yield* TestClock.adjust(millis)
  for (let turn = 0; turn < 20; turn++) yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
})

/** A writer of the topic. A record without an outcome after ten seconds counts as having none. */
const setUp = Effect.fnUntraced(function* (...leaders: Array<number>) {
  const { cluster, makeClient } = scriptedCluster(...leaders)
  const writer = yield* makeTopicWriter(makeClient, silent, "topic")
  const publish = Effect.fnUntraced(function* (...records: ReadonlyArray<NewRecord>) {
    const fibers = yield* Effect.forEach(records, (it) => Effect.forkChild(Effect.result(writer.write(it))))
    yield* pass(10)
    return fibers
  })
  const outcomes = Effect.fnUntraced(function* (fibers: ReadonlyArray<Fiber.Fiber<{ readonly _tag: string }>>) {
    for (let second = 0; second < 10 && fibers.some((it) => it.pollUnsafe() === undefined); second++) yield* pass(1000)
    const ended = fibers.filter((it) => it.pollUnsafe() !== undefined)
    return (yield* Fiber.joinAll(ended)).map((it) => it._tag)
  })
  return { cluster, publish, outcomes }
})

describe("docs/kafka.md patch 6: a record is acknowledged by its own partition's answer alone", () => {
  it.effect("SPEC 7.3: a partition that moves to a broker which has answered already is sent there", () =>
    Effect.gen(function* () {
      const { cluster, publish, outcomes } = yield* setUp(1, 2)
      yield* outcomes(yield* publish(record(0, "a"), record(1, "b")))
      cluster.leaders[0] = 2
      const moved = yield* publish(record(0, "c"), record(1, "d"))
      assert.deepStrictEqual(yield* outcomes(moved), ["Success", "Success"])
      assert.deepStrictEqual(cluster.stored, [
        ["a", "c"],
        ["b", "d"]
      ])
      // "d" was acknowledged: it does not go out again with "c".
      assert.deepStrictEqual(cluster.requests, ["1: 0", "2: 1", "1: 0", "2: 1", "2: 0"])
    }).pipe(Effect.scoped)
  )

  it.effect("SPEC 7.3: of two partitions of one broker, the one that refuses goes out again alone", () =>
    Effect.gen(function* () {
      const { cluster, publish, outcomes } = yield* setUp(1, 1)
      cluster.whim = (partition, asked) => (partition === 0 && asked < 3 ? codes.notLeader : undefined)
      const fibers = yield* publish(record(0, "a"), record(1, "b"), record(0, "c"))
      // An acknowledged publisher does not wait for the others.
      assert.deepStrictEqual(
        fibers.map((it) => it.pollUnsafe() !== undefined),
        [false, true, false]
      )
      assert.deepStrictEqual(yield* outcomes(fibers), ["Success", "Success", "Success"])
      assert.deepStrictEqual(cluster.stored, [["a", "c"], ["b"]])
      assert.deepStrictEqual(cluster.requests, ["1: 0,1", "1: 0", "1: 0"])
    }).pipe(Effect.scoped)
  )

  it.effect("SPEC 7.3: a partition that the answer lacks was not acknowledged, and is not stored twice", () =>
    Effect.gen(function* () {
      const { cluster, publish, outcomes } = yield* setUp(1, 1)
      cluster.whim = (partition, asked) => (asked > 1 ? undefined : partition === 0 ? "lost" : "silent")
      const fibers = yield* publish(record(0, "a"), record(1, "b"))
      assert.deepStrictEqual(yield* outcomes(fibers), ["Success", "Success"])
      yield* outcomes(yield* publish(record(1, "c")))
      assert.deepStrictEqual(cluster.stored, [["a"], ["b", "c"]])
      assert.deepStrictEqual([cluster.requests.length, cluster.producers], [3, 1])
    }).pipe(Effect.scoped)
  )

  it.effect("SPEC 7.3, 9.5: a partition without a leader blocks no other, and its own records keep their order", () =>
    Effect.gen(function* () {
      const { cluster, publish, outcomes } = yield* setUp(1, 2)
      let leaderless = true
      cluster.whim = (partition) => (partition === 1 && leaderless ? codes.notLeader : undefined)
      const first = yield* publish(record(0, "a"), record(1, "b"))
      yield* pass(1000)
      const waiting = [first[1]!]
      for (const value of ["c", "d", "e"]) {
        waiting.push(...(yield* publish(record(1, value))))
        const began = yield* Clock.currentTimeMillis
        assert.deepStrictEqual(yield* outcomes(yield* publish(record(0, value), keyless(`keyless ${value}`))), [
          "Success",
          "Success"
        ])
        assert.isBelow((yield* Clock.currentTimeMillis) - began, 100)
      }
      assert.deepStrictEqual(cluster.stored, [["a", "c", "keyless c", "d", "keyless d", "e", "keyless e"], []])
      leaderless = false
      assert.deepStrictEqual(yield* outcomes(waiting), ["Success", "Success", "Success", "Success"])
      assert.deepStrictEqual(cluster.stored[1], ["b", "c", "d", "e"])
      // Its line has ended: both go out together again.
      const before = cluster.requests.length
      yield* outcomes(yield* publish(record(0, "f"), record(1, "f")))
      assert.deepStrictEqual(cluster.requests.slice(before), ["1: 0", "2: 1"])
      assert.strictEqual(cluster.producers, 1)
    }).pipe(Effect.scoped)
  )

  it.effect("SPEC 7.3: an abandoned record leaves no sequence number that hides the next one", () =>
    Effect.gen(function* () {
      const { cluster, publish, outcomes } = yield* setUp(1, 1)
      cluster.whim = (_, asked) => (asked === 1 ? "silent" : asked === 2 ? codes.forbidden : undefined)
      assert.deepStrictEqual(yield* outcomes(yield* publish(record(0, "a"))), ["Failure"])
      assert.deepStrictEqual(yield* outcomes(yield* publish(record(0, "b"))), ["Success"])
      assert.deepStrictEqual(cluster.stored, [["a", "b"], []])
    }).pipe(Effect.scoped)
  )
})
