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
  for (const [slots, most] of [
    [4, 36],
    [32, 96]
  ] as const) {
    it.effect(`DESIGN Kafka intake: few wait for ServiceNow, the others are records: ${slots} slots`, () =>
      Effect.gen(function* () {
        const world = yield* preparedWorld({ settings: { serviceNow: { concurrency: slots } } })
        const answers = yield* Latch.make()
        let begun = 0
        const around: Around = (call, effect) => {
          if (call === "Journal.forgotten") begun++
          return call === "Http.send" ? Effect.andThen(answers.await, effect) : effect
        }
        yield* world.startWith(around)
        yield* produce(world, 200)
        yield* world.until(Effect.sync(() => begun > 0))
        // Those that have the slots, and those that follow.
        assert.strictEqual(begun, most)
        yield* answers.open
        yield* successes(world, 200)
      })
    )
  }

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

  it.effect("DESIGN Kafka intake: orders that are refused, and repeats, need no room", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld()
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
      yield* produce(world, 100, { cod_jornada: "de_ninguem" })
      yield* world.until(Effect.sync(() => asked === 100))
      assert.isBelow((yield* Clock.currentTimeMillis) - eventTime, 1000)
      yield* answers.open
      yield* world.ended(100)
    })
  )
})
