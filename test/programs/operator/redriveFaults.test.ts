import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"

import { RedrivesMemory } from "../../../src/layers/journal/memory/RedrivesMemory.ts"
import { KafkaMemoryBroker } from "../../../src/layers/kafka/memory/KafkaMemory.ts"
import { TopicReaderMemory } from "../../../src/layers/kafka/memory/TopicReaderMemory.ts"
import { redrive } from "../../../src/programs/operator/redrive.ts"
import { Kafka, KafkaError, type NewRecord } from "../../../src/services/Kafka.ts"
import { SettingsTest } from "../../support/settings.ts"

const topic = "comunicacaoTransacional.dlq"

/** `count` dead letters in one partition, and a Kafka whose `publish` is the test's. */
const scene = Effect.fnUntraced(function* (
  count: number,
  publish: (record: NewRecord) => Effect.Effect<void, KafkaError>
) {
  const context = yield* Layer.build(
    Layer.mergeAll(
      Layer.provideMerge(TopicReaderMemory, KafkaMemoryBroker.layer({ partitions: 1 })),
      RedrivesMemory,
      SettingsTest(),
      Layer.mock(Kafka, { publish: (record) => publish(record) })
    )
  )
  const run = (again = false) => Effect.provideContext(redrive({ topic: "in" }, { dryRun: false, again }), context)
  const broker = yield* Effect.provideContext(KafkaMemoryBroker, context)
  yield* broker.createTopic(topic)
  for (let index = 0; index < count; index++) {
    const headers = { "dlq-topico": "comunicacaoTransacional", "dlq-particao": "0", "dlq-offset": String(index) }
    yield* broker.append({ topic, key: null, value: String(index), headers })
  }
  return { run, tags: (again = false) => Effect.map(run(again), (all) => all.map(({ outcome }) => outcome._tag)) }
})

describe("redriving when something goes wrong", () => {
  it.effect(
    "CONTRACT Commands: a letter of a run that crashed between sending and recording is reported, not sent again",
    () =>
      Effect.gen(function* () {
        const sent: Array<NewRecord> = []
        const { run, tags } = yield* scene(1, (record) => (sent.push(record) === 1 ? Effect.never : Effect.void))
        const dying = yield* Effect.forkChild(run())
        while (sent.length === 0) yield* Effect.yieldNow
        yield* Fiber.interrupt(dying)
        const [result] = yield* run()
        assert.deepStrictEqual(result?.outcome, { _tag: "Begun", at: 0 })
        assert.lengthOf(sent, 1)
        assert.deepStrictEqual(yield* tags(true), ["Redriven"])
        assert.lengthOf(sent, 2)
      })
  )

  it.effect("CONTRACT Commands: of two concurrent runs only one redrives a letter", () =>
    Effect.gen(function* () {
      const sent: Array<NewRecord> = []
      const { tags } = yield* scene(3, (record) =>
        Effect.delay(
          Effect.sync(() => void sent.push(record)),
          "1 second"
        )
      )
      const both = yield* Effect.forkChild(Effect.all([tags(), tags()], { concurrency: 2 }))
      yield* TestClock.adjust("2 seconds")
      const results = yield* Fiber.join(both)
      assert.deepStrictEqual(results.flat().toSorted(), [...Array(3).fill("Begun"), ...Array(3).fill("Redriven")])
      assert.lengthOf(sent, 3)
    })
  )

  it.effect("CONTRACT Commands: a letter that Kafka refuses was not sent and can be redriven later", () =>
    Effect.gen(function* () {
      let refusing = true
      const refused = new KafkaError({ reason: "Refused", topic: "t", detail: "not allowed" })
      const { run, tags } = yield* scene(1, () => (refusing ? Effect.fail(refused) : Effect.void))
      const [result] = yield* run()
      assert.deepStrictEqual(result?.outcome, { _tag: "Refused", why: "t: Refused: not allowed" })
      refusing = false
      assert.deepStrictEqual(yield* tags(), ["Redriven"])
      refusing = true
      assert.deepStrictEqual(yield* tags(true), ["Refused"])
      assert.deepStrictEqual(yield* tags(), ["Already"])
    })
  )

  it.effect("CONTRACT Commands: unacknowledged letters are reported as unconfirmed, and the rest is not tried", () =>
    Effect.gen(function* () {
      const sent: Array<NewRecord> = []
      const { tags } = yield* scene(150, (record) =>
        Effect.andThen(
          Effect.sync(() => sent.push(record)),
          Effect.never
        )
      )
      const running = yield* Effect.forkChild(tags())
      while (sent.length < 100) yield* Effect.yieldNow
      yield* TestClock.adjust("30 seconds")
      const outcomes = yield* Fiber.join(running)
      assert.deepStrictEqual(outcomes, [...Array(100).fill("Unconfirmed"), ...Array(50).fill("NotTried")])
      assert.lengthOf(sent, 100)
    })
  )
})
