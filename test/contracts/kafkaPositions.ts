import { assert, type Vitest } from "@effect/vitest"
import { Effect, Latch, Logger } from "effect"

import {
  collect,
  committedIs,
  eventually,
  fresh,
  freshTopic,
  KafkaBench,
  openMember,
  produceAll,
  record
} from "./kafkaBench.ts"

const values = (from: number, count: number) => Array.from({ length: count }, (_, at) => `${from + at}`)
const toPartition = (topic: string, partition: number, all: ReadonlyArray<string>) =>
  produceAll(all.map((value) => record(topic, null, value, partition)))

/** How far a partition is read, and where reading continues after its records were deleted. */
export const positions = (it: Vitest.MethodsNonLive<KafkaBench>): void => {
  it.effect(
    "DESIGN Kafka intake: a partition is not read above four times MAX_IN_FLIGHT, but the others are; later it continues",
    () =>
      Effect.gen(function* () {
        const topic = yield* freshTopic(2)
        const group = fresh("group")
        const gate = yield* Latch.make()
        const seen: Array<string> = []
        const { consumer } = yield* openMember({
          topics: [topic],
          group,
          maxInFlight: 2,
          receive: ({ partition }) => ({
            // All records of the first partition have one key, so they take one place.
            key: partition === 0 ? "slow" : undefined,
            run: partition === 0 ? gate.await : Effect.sync(() => void seen.push(""))
          })
        })
        yield* toPartition(topic, 0, values(0, 8))
        yield* eventually("full", consumer.status, ({ inFlight }) => inFlight[topic] === 8)
        yield* toPartition(topic, 0, values(8, 20))
        yield* toPartition(topic, 1, values(0, 30))
        yield* committedIs(group, topic, [0, 30])
        assert.strictEqual((yield* consumer.status).inFlight[topic], 8)
        yield* gate.open
        yield* committedIs(group, topic, [28, 30])
      })
  )

  it.effect("docs/kafka.md: a position whose records were deleted logs one error, and the new start is committed", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(1)
      const group = fresh("group")
      const seen: Array<string> = []
      const errors: Array<string> = []
      const logger = Logger.make(({ message, logLevel }) => void (logLevel === "Error" && errors.push(String(message))))
      // Without a commit, a restart would use "latest" again, and skip the records in between.
      const options = { topics: [topic], group, kafka: { startAt: "latest" as const }, receive: collect(seen) }
      const first = yield* openMember(options)
      yield* toPartition(topic, 0, values(0, 3))
      yield* committedIs(group, topic, [3])
      yield* first.close
      yield* toPartition(topic, 0, values(3, 5))
      yield* KafkaBench.use((bench) => bench.deleteBefore(topic, 0, 8))
      const second = yield* openMember(options).pipe(Effect.provide(Logger.layer([logger])))
      yield* committedIs(group, topic, [8])
      yield* second.close
      yield* toPartition(topic, 0, values(8, 2))
      yield* openMember(options)
      yield* committedIs(group, topic, [10])
      assert.deepStrictEqual(seen, ["0", "1", "2", "8", "9"])
      assert.deepStrictEqual(errors, ["group's position is out of range, reading from the earliest record"])
    })
  )
}
