import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"

import { journalMemory } from "../../../src/layers/journal/memory/JournalMemory.ts"
import { makeRedriveStore, redrivesMemory } from "../../../src/layers/journal/memory/RedrivesMemory.ts"
import { makeJournalStore } from "../../../src/layers/journal/memory/store.ts"
import { KafkaMemory, KafkaMemoryBroker } from "../../../src/layers/kafka/memory/KafkaMemory.ts"
import { TopicReaderMemory } from "../../../src/layers/kafka/memory/TopicReaderMemory.ts"
import { redriveInTrail } from "../../../src/programs/operator/redrive.ts"
import { Operations } from "../../../src/services/Operations.ts"
import { type Around, redriveInterposed } from "../../support/interposed.ts"
import { SettingsTest } from "../../support/settings.ts"
import { atEachBoundary, crashAt } from "../crash/crashAt.ts"

const ana = { by: "ana", reason: "jornada posta" }
const dlq = "comunicacaoTransacional.dlq"
const topic = "comunicacaoTransacional"

/** Two dead letters, and what outlives the processes that redrive them. */
const scene = Effect.gen(function* () {
  const [store, redrives] = [makeJournalStore(), makeRedriveStore()]
  const outside = yield* Layer.build(
    Layer.mergeAll(
      Layer.provideMerge(Layer.merge(TopicReaderMemory, KafkaMemory), KafkaMemoryBroker.layer({ partitions: 1 })).pipe(
        Layer.provideMerge(SettingsTest())
      ),
      redrivesMemory(redrives),
      journalMemory(store)
    )
  )
  const broker = yield* Effect.provideContext(KafkaMemoryBroker, outside)
  yield* broker.createTopic(dlq)
  yield* broker.createTopic(topic)
  for (let index = 0; index < 2; index++) {
    const headers = { "dlq-topico": topic, "dlq-particao": "0", "dlq-offset": String(index) }
    yield* broker.append({ topic: dlq, key: null, value: String(index), headers })
  }
  /** One process. */
  const run = (around: Around, places = [0, 1, 9].map((offset) => `${dlq}/0/${offset}`)) =>
    redriveInTrail({ places: new Set(places) }, false, ana).pipe(
      Effect.provide(redriveInterposed(around)),
      Effect.provideContext(outside)
    )
  return {
    run,
    sent: broker.records(topic),
    operations: Effect.provideContext(Operations, outside),
    trail: Effect.sync(() => [...store.operations.values()].map(({ operation }) => operation))
  }
})

const transparent: Around = (_, effect) => effect

describe("a redrive in the trail", () => {
  it.effect("SPEC 10.3: records who, why, how many, and what was not redriven", () =>
    Effect.gen(function* () {
      const { run, trail } = yield* scene
      const { operation, results } = yield* run(transparent)
      assert.deepStrictEqual(
        results.map(({ outcome }) => outcome._tag),
        ["Redriven", "Redriven", "NotFound"]
      )
      const expected = {
        ...ana,
        id: operation,
        action: "redrive",
        at: 0,
        state: "done" as const,
        total: 3,
        done: 3,
        failures: [{ id: `${dlq}/0/9`, reason: "NotFound", tag: "NotFound" as const }],
        endedAt: 0
      }
      assert.deepStrictEqual(yield* trail, [expected])
    })
  )

  it.effect("SPEC 10.3: runs to its end although its caller no longer waits", () =>
    Effect.gen(function* () {
      const { run, sent, trail } = yield* scene
      let begins = (): void => undefined
      const begun = new Promise<void>((resolve) => (begins = resolve))
      const slow: Around = (call, effect) => {
        if (call !== "Kafka.publish") return effect
        return Effect.andThen(Effect.sync(begins), Effect.delay(effect, "1 second"))
      }
      const asking = yield* Effect.forkChild(run(slow))
      yield* Effect.promise(() => begun)
      yield* Fiber.interrupt(asking)
      assert.deepStrictEqual(
        (yield* trail).map(({ done, state, total }) => [state, done, total]),
        [["running", 0, 3]]
      )
      yield* TestClock.adjust("1 second")
      assert.lengthOf(yield* sent, 2)
      assert.deepStrictEqual(
        (yield* trail).map(({ done, state, total }) => [state, done, total]),
        [["done", 3, 3]]
      )
    })
  )

  it.effect(
    "SPEC 10.3: wherever the process crashes, nothing is sent that the trail does not record, nor sent twice",
    () =>
      atEachBoundary(
        Effect.fnUntraced(function* (death: number) {
          const { operations, run, sent, trail } = yield* scene
          const { around, count, crashed } = crashAt(death)
          const dying = yield* Effect.forkDetach(run(around))
          while (dying.pollUnsafe() === undefined && !(yield* crashed)) yield* Effect.yieldNow
          for (let turn = 0; turn < 100; turn++) yield* Effect.yieldNow
          const [told] = yield* trail
          if ((yield* sent).length > 0)
            assert.deepInclude(told, { ...ana, action: "redrive", total: 3 }, `death ${death}`)
          yield* TestClock.adjust("1 hour")
          const { stopAbandoned } = yield* operations
          const stopped = yield* stopAbandoned(1, 3_600_000)
          const isOpen = told?.state === "running"
          assert.strictEqual(stopped, isOpen ? 1 : 0)
          if (isOpen) assert.deepInclude((yield* trail)[0], { state: "stopped", done: 0, endedAt: 3_600_000 })
          yield* run(transparent)
          const values = (yield* sent).map(({ value }) => new TextDecoder().decode(value ?? undefined))
          assert.strictEqual(new Set(values).size, values.length, `death ${death}`)
          assert.lengthOf(yield* trail, told === undefined ? 1 : 2)
          return count()
        }),
        9
      )
  )
})
