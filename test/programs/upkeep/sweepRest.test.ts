import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"

import type { Around } from "../../support/interposed.ts"
import { preparedWorld } from "../../support/scene.ts"

/** A service whose looks for claimable events take so many milliseconds, one after the other; and when each began. */
const looking = Effect.fnUntraced(function* (took: (look: number) => number) {
  const world = yield* preparedWorld()
  const begun: Array<number> = []
  const around: Around = (call, effect) =>
    call === "Journal.claimable"
      ? Effect.flatMap(Clock.currentTimeMillis, (now) => Effect.delay(effect, took(begun.push(now / 1000) - 1)))
      : effect
  yield* world.startWith(around)
  const seconds = (count: number) =>
    Effect.forEach(Array.from({ length: count }), () => TestClock.adjust("1 second"), { discard: true })
  return { begun, seconds }
})

const rests = (begun: ReadonlyArray<number>, took: number) =>
  begun.slice(1).map((at, index) => at - (begun[index] ?? 0) - took)

describe("the pause between two queries of the sweep of parked events", () => {
  it.effect("SPEC 8.3, 9.1: a query that waited for an unavailable database does not delay the next one", () =>
    Effect.gen(function* () {
      const { begun, seconds } = yield* looking((look) => (look === 2 ? 35_000 : 0))
      yield* seconds(64)
      assert.deepStrictEqual(rests(begun, 0), [5, 5, 40, 5, 5])
    })
  )

  it.effect(
    "DESIGN The sweep: long queries take a twentieth of the database's time, and the pause is a minute at most",
    () =>
      Effect.gen(function* () {
        const two = yield* looking(() => 2000)
        yield* two.seconds(130)
        assert.deepStrictEqual(rests(two.begun, 2), [5, 40, 40])
        const ten = yield* looking(() => 10_000)
        yield* ten.seconds(180)
        assert.deepStrictEqual(rests(ten.begun, 10), [5, 60, 60])
      })
  )
})
