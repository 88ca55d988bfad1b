import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Latch } from "effect"

import { RecordHeaders } from "../../../src/domain/record/RecordHeaders.ts"
import { outboundRecord } from "../../../src/programs/intake/outboundRecord.ts"
import { releaseStartPermit } from "../../../src/services/StartPermit.ts"
import { bytes, record } from "../../domain/outbound/records.ts"
import type { Around } from "../../support/interposed.ts"
import { preparedWorld } from "../../support/scene.ts"
import { eventTime, type World } from "../../support/World.ts"

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

const origin = { topic: "in", partition: 0, offset: 0, timestamp: 0, key: null, headers: RecordHeaders.none }

describe("orders that need a start permit", () => {
  it("DESIGN Kafka intake: orders that want a Case need one", () => {
    const needsStartPermit = (value: unknown) =>
      outboundRecord({ ...origin, value: bytes(JSON.stringify(value)) }).needsStartPermit
    assert.deepStrictEqual(
      [record(), record({ cod_canais: ["whatsapp"] }), record({ cod_canais: ["sms"] }), {}].map(needsStartPermit),
      [true, false, false, false]
    )
  })

  for (const [who, settings, most] of [
    ["4 slots", { serviceNow: { concurrency: 4 } }, 20],
    ["32 slots", { serviceNow: { concurrency: 32 } }, 64]
  ] as const) {
    it.effect(`DESIGN Kafka intake: few orders wait for ServiceNow, and the others stay records: ${who}`, () =>
      Effect.gen(function* () {
        const world = yield* preparedWorld({ settings })
        const answers = yield* Latch.make()
        // The adapter has sent the request, and its answer is late.
        const sent = Effect.andThen(releaseStartPermit, answers.await)
        let begun = 0
        const around: Around = (call, effect) => {
          if (call === "Journal.forgotten") begun++
          return call === "Http.send" ? Effect.andThen(sent, effect) : effect
        }
        yield* world.startWith(around)
        yield* produce(world, 200)
        yield* world.until(Effect.sync(() => begun >= most))
        assert.isBelow((yield* Clock.currentTimeMillis) - eventTime, 1000)
        // Those that have the slots, and those that follow.
        assert.strictEqual(begun, most)
        yield* answers.open
        yield* successes(world, 200)
      })
    )
  }

  for (const [who, changes, before] of [
    ["that succeed", {}, 0],
    ["that are refused", { cod_jornada: "de_ninguem" }, 0],
    ["that come again", {}, 100]
  ] as const) {
    it.effect(`DESIGN Kafka intake: orders ${who} make room before they end`, () =>
      Effect.gen(function* () {
        const world = yield* preparedWorld()
        const answers = yield* Latch.make(true)
        let asked = 0
        const publishing = Effect.sync(() => asked++).pipe(
          Effect.andThen(releaseStartPermit),
          Effect.andThen(answers.await)
        )
        const around: Around = (call, effect) =>
          call === "Kafka.publish" ? Effect.andThen(publishing, effect) : effect
        yield* world.startWith(around)
        yield* produce(world, before, changes)
        yield* world.ended(before)
        yield* answers.close
        const since = yield* Clock.currentTimeMillis
        yield* produce(world, 100, changes)
        yield* world.until(Effect.sync(() => asked === before + 100))
        assert.isBelow((yield* Clock.currentTimeMillis) - since, 1000)
        yield* answers.open
        yield* world.ended(before + 100)
      })
    )
  }
})
