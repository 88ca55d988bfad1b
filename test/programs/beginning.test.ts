import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Latch } from "effect"

import { record } from "../domain/records.ts"
import { actorKinds } from "../support/actorKinds.ts"
import type { Around } from "../support/interposed.ts"
import { preparedWorld } from "../support/scene.ts"
import { eventTime, type World } from "../support/World.ts"

const produce = (world: World, count: number, changes: Record<string, unknown> = {}) =>
  Effect.forEach(
    Array.from({ length: count }, (_, number) => number),
    (number) => world.produce(record({ id_correlacao: `order-${number}`, ...changes })),
    { discard: true }
  )

const successes = Effect.fnUntraced(function* (world: World, count: number) {
  const responses = yield* world.responded(count)
  assert.deepStrictEqual(
    responses.map((it) => it.response_status),
    Array.from({ length: count }, () => "success")
  )
})

describe("orders that only begin", () => {
  it.effect("DESIGN Kafka intake: few of them wait for ServiceNow, the others are records", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld()
      const answers = yield* Latch.make()
      let begun = 0
      const around: Around = (call, effect) => {
        if (call === "Journal.forgotten") begun++
        return call === "Http.send" ? Effect.andThen(answers.await, effect) : effect
      }
      yield* world.startWith(around)
      yield* produce(world, 200)
      yield* world.until(Effect.sync(() => begun > 0))
      // As many as have the 16 slots, and twice as many to follow.
      assert.strictEqual(begun, 48)
      yield* answers.open
      yield* successes(world, 200)
    })
  )

  for (const [kind, settings] of actorKinds) {
    it.effect(`DESIGN Kafka intake: one makes room with its first call, not with its end: actors ${kind}`, () =>
      Effect.gen(function* () {
        const world = yield* preparedWorld({ settings })
        const answers = yield* Latch.make()
        let asked = 0
        const around: Around = (call, effect) =>
          call === "Kafka.publish"
            ? Effect.andThen(
                Effect.andThen(
                  Effect.sync(() => asked++),
                  answers.await
                ),
                effect
              )
            : effect
        yield* world.startWith(around)
        yield* produce(world, 100)
        yield* world.until(Effect.sync(() => asked === 100))
        assert.isBelow((yield* Clock.currentTimeMillis) - eventTime, 1000)
        yield* answers.open
        yield* successes(world, 100)
      })
    )
  }
})
