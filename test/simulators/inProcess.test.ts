import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"

import type { SimRequest } from "../../simulators/core/Simulator.ts"
import { makeServiceNowSimulator } from "../../simulators/servicenow/ServiceNowSimulator.ts"
import { casePath } from "./serviceNow.ts"

const request: SimRequest = {
  method: "POST",
  path: casePath,
  query: new URLSearchParams(),
  headers: { authorization: `Basic ${Buffer.from("ctx:secret").toString("base64")}` },
  body: '{"u_id_correlacao":"j|c|1"}'
}

describe("a simulator without a transport", () => {
  it.effect("says what the network would show, on the test's clock", () =>
    Effect.gen(function* () {
      const simulator = yield* makeServiceNowSimulator()
      for (const kind of ["timeout", "drop", "refuse"] as const) yield* simulator.faults.add({ kind, when: "after" })
      const answers = yield* Effect.forEach([1, 2, 3], () => simulator.handle(request))
      assert.deepStrictEqual(answers, ["hang", "drop", "refuse"])
      yield* TestClock.adjust("1 second")
      const answer = yield* simulator.handle(request)
      assert.strictEqual(typeof answer === "object" && answer.status, 201)
      assert.deepStrictEqual(
        (yield* simulator.cases).map(({ fields, number }) => [number, fields.sys_created_on]),
        [
          ["CS0001001", "1970-01-01 00:00:00"],
          ["CS0001002", "1970-01-01 00:00:00"],
          ["CS0001003", "1970-01-01 00:00:00"],
          ["CS0001004", "1970-01-01 00:00:01"]
        ]
      )
    })
  )

  it.effect("SPEC 4.3: a slow insert happens also when its caller was interrupted", () =>
    Effect.gen(function* () {
      const simulator = yield* makeServiceNowSimulator()
      yield* simulator.faults.add({ kind: "slow", delayMs: 5000 })
      const caller = yield* Effect.forkChild(simulator.handle(request), { startImmediately: true })
      yield* Fiber.interrupt(caller)
      assert.strictEqual((yield* simulator.cases).length, 0)
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* simulator.cases).length, 1)
    })
  )

  it.effect("equal seeds give equal ids, other seeds others", () =>
    Effect.gen(function* () {
      const firstId = (seed: number) =>
        Effect.gen(function* () {
          const simulator = yield* makeServiceNowSimulator({ seed })
          yield* simulator.handle(request)
          return (yield* simulator.cases)[0]?.sysId
        })
      assert.strictEqual(yield* firstId(1), yield* firstId(1))
      assert.notStrictEqual(yield* firstId(1), yield* firstId(2))
    })
  )

  it.effect("a wrong rule or seed is a defect of the program that gives it", () =>
    Effect.gen(function* () {
      const simulator = yield* makeServiceNowSimulator()
      const rule = yield* Effect.exit(simulator.faults.add({ kind: "slow" }))
      const seed = yield* Effect.exit(simulator.seed([{ nome: "Ana" }]))
      assert.deepStrictEqual([Exit.isSuccess(rule), Exit.isSuccess(seed)], [false, false])
      assert.match(String(rule), /delayMs: expected milliseconds with kind slow or lateInsert/)
      assert.match(String(seed), /nome: expected a writable field of csm_consumer/)
    })
  )
})
