import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { TestClock } from "effect/testing"

import { record } from "../../domain/outbound/records.ts"
import { defaultJourneys } from "../../support/defaultJourneys.ts"
import type { Around } from "../../support/interposed.ts"
import { endings, fixtureId, runningWorld } from "../../support/scene.ts"
import { caseOf, reply, responsesTo, sentWorld, told } from "./scene.ts"

const withoutIt = defaultJourneys.replace("  pedido_entregue_amanha:", "  outra:").replace(/^default:.*$/m, "")
const waits = "waits: its journey is no longer in the journeys file"

/** When such lines were logged. */
const makeWarnings = () => {
  const warnings: Array<number> = []
  const logger = Logger.make(({ date, message }) => {
    if (String(message).endsWith(waits)) warnings.push(date.getTime())
  })
  return { warnings, logged: Logger.layer([logger]) }
}

const assertHourly = (warnings: ReadonlyArray<number>) => {
  const pauses = warnings.slice(1).map((at, index) => Math.floor((at - (warnings[index] ?? 0)) / 60_000))
  assert.lengthOf(pauses, 2)
  assert.isTrue(
    pauses.every((pause) => pause === 60 || pause === 61),
    String(pauses)
  )
}

describe("a scheduled close whose journey has left the file", () => {
  it.effect("SPEC 8.8: waits with one warning each hour, and is done when the journey is back", () =>
    Effect.gen(function* () {
      // Half a minute before the desk opens.
      const world = yield* sentWorld({ at: Date.parse("2025-10-01T10:59:30Z") })
      yield* told(world, reply("SIM"))
      yield* world.process.stop

      const { logged, warnings } = makeWarnings()
      const without = yield* Effect.provide(world.startWithJourneys(withoutIt), logged)
      yield* TestClock.adjust("130 minutes")
      assertHourly(warnings)
      assert.strictEqual((yield* caseOf(world)).fields.state, "10")
      assert.lengthOf(yield* world.responses, 2)
      yield* without.stop

      yield* world.start
      yield* world.responded(3)
      assert.strictEqual((yield* caseOf(world)).fields.state, "6")
      assert.lengthOf(yield* responsesTo(world, "fechamento"), 1)
      yield* TestClock.adjust("5 minutes")
      assert.lengthOf(yield* world.responses, 3)
    })
  )
})

it.effect(
  "SPEC 9.2: an order that waits warns once an hour while its journey is gone, and continues when it is back",
  () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ alone: true, settings: { breaker: { failures: 1 } } })
      yield* world.weni.faults.add({ kind: "status", status: 503, times: -1 })
      yield* world.produce(record())
      yield* TestClock.adjust("1 minute")
      yield* world.process.stop
      yield* world.weni.faults.clear

      const { logged, warnings } = makeWarnings()
      const without = yield* Effect.provide(world.startWithJourneys(withoutIt), logged)
      yield* TestClock.adjust("130 minutes")
      assertHourly(warnings)
      assert.lengthOf(yield* world.weni.dispatches, 0)
      yield* without.stop

      yield* world.start
      yield* world.until(Effect.map(world.weni.dispatches, ({ length }) => length === 1))
      const ends = yield* responsesTo(world, "comunicacao")
      assert.deepStrictEqual(
        ends.map(({ response_status }) => response_status),
        ["failure", "success"]
      )
    })
)

it.effect(
  "SPEC 2.6, 9.2: a waiting order whose record was refused is tried once a minute for its redriven record",
  () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ alone: true, settings: { breaker: { failures: 1, reset: 7_200_000 } } })
      const fault = { kind: "status", status: 503, times: -1 } as const
      yield* world.weni.faults.add(fault)
      yield* world.produce(record(), { partition: 0 })
      yield* TestClock.adjust("1 minute")
      yield* world.process.stop
      const without = yield* world.startWithJourneys(withoutIt)
      yield* world.responded(1)
      yield* without.stop

      let loads = 0
      const counting: Around = (name, effect) =>
        Effect.andThen(
          Effect.sync(() => (loads += name === "Journal.load" ? 1 : 0)),
          effect
        )
      yield* world.startWith(counting)
      yield* world.produce(record(), { partition: 0 })
      yield* TestClock.adjust("1 minute")
      loads = 0
      yield* TestClock.adjust("10 minutes")
      assert.approximately(loads, 10, 3)
      yield* world.weni.faults.clear
      yield* TestClock.adjust("2 hours")
      assert.strictEqual((yield* world.weni.accepted).get(fixtureId), 1)
      assert.deepStrictEqual(endings(world), { "0/0": "dead_letter", "0/1": "repeat" })
    })
)
