import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"

import type { ServiceNowError } from "../../../src/programs/vendor/ServiceNowError.ts"
import { json } from "../../support/HttpScripted.ts"
import { Operations } from "../../support/serviceNowOperations.ts"
import { refusal, scripted } from "./serviceNowTest.ts"

const sysId = "c".repeat(32)

/** An instance that allows this many calls in each second. */
const limited = (perSecond: number) => {
  const calls = new Map<number, number>()
  return Effect.map(Clock.currentTimeMillis, (now) => {
    const second = Math.floor(now / 1000)
    const taken = calls.get(second) ?? 0
    if (taken >= perSecond) return refusal(429, { "retry-after": "1" })
    calls.set(second, taken + 1)
    return json(200, { result: { sys_id: sysId, work_notes: "" } })
  })
}

type Check = Effect.Effect<unknown, ServiceNowError, Operations>
const checks: ReadonlyArray<readonly [what: string, check: Check, within: number]> = [
  ["that nothing need be read for", Effect.void, 75],
  ["whose Case is read before", Effect.flatMap(Operations, ({ readCase }) => readCase(sysId)), 120]
]

describe("300 PATCHes at an instance that allows 10 calls a second", () => {
  for (const [what, check, within] of checks) {
    it.effect(`SPEC 4.6, 8.8: those ${what} are all written, although they wait longer than a read is current`, () =>
      Effect.gen(function* () {
        const answer = limited(10)
        const { layer } = scripted(() => () => answer, {}, true)
        const checked: Array<number> = []
        const writing = Effect.gen(function* () {
          const operations = yield* Operations
          const update = (index: number) =>
            operations.updateCase({
              sysId: `case-${index}`,
              body: { work_notes: "note" },
              inDoubt: false,
              beforePatch: Effect.suspend(() => {
                checked.push(index)
                return Effect.asVoid(Effect.provideService(check, Operations, operations))
              })
            })
          const all = Array.from({ length: 300 }, (_, index) => Effect.exit(update(index)))
          return yield* Effect.all(all, { concurrency: "unbounded" })
        })
        const fiber = yield* Effect.forkChild(Effect.provide(writing, layer))
        let seconds = 0
        for (; seconds < within && fiber.pollUnsafe() === undefined; seconds++) yield* TestClock.adjust("1 second")
        assert.isBelow(seconds, within)
        assert.isTrue((yield* Fiber.join(fiber)).every(Exit.isSuccess))
        // Most of them waited too long once.
        assert.isAbove(new Set(checked).size, 150)
      })
    )
  }
})
