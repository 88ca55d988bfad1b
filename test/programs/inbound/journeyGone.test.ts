import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { TestClock } from "effect/testing"

import { defaultJourneys } from "../../support/defaultJourneys.ts"
import { caseOf, reply, responsesTo, sentWorld, told } from "./scene.ts"

const withoutIt = defaultJourneys.replace("  pedido_entregue_amanha:", "  outra:").replace(/^default:.*$/m, "")
const waits = "scheduled close waits: its journey is no longer in the journeys file"

describe("a scheduled close whose journey has left the file", () => {
  it.effect("SPEC 8.8: waits and warns about once a minute, and is done when the journey is back", () =>
    Effect.gen(function* () {
      // Half a minute before the desk opens.
      const world = yield* sentWorld({ at: Date.parse("2025-10-01T10:59:30Z") })
      yield* told(world, reply("SIM"))
      yield* world.process.stop

      const warnings: Array<number> = []
      const logger = Logger.make(({ date, message }) => {
        if (String(message) === waits) warnings.push(date.getTime())
      })
      const without = yield* Effect.provide(world.startWithJourneys(withoutIt), Logger.layer([logger]))
      yield* TestClock.adjust("10 minutes")
      assert.isAtLeast(warnings.length, 9)
      assert.isAtMost(warnings.length, 11)
      const pauses = warnings.slice(1).map((at, index) => at - (warnings[index] ?? 0))
      assert.isTrue(
        pauses.every((pause) => pause >= 60_000 && pause <= 62_000),
        String(pauses)
      )
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
