import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"

import type { FaultRule } from "../../simulators/core/FaultRule.ts"
import type { ServiceNowSimulator } from "../../simulators/servicenow/ServiceNowSimulator.ts"
import { eventually } from "./client.ts"
import { casePath, servingServiceNow } from "./serviceNow.ts"

const body = { u_id_correlacao: "j|c|1" }

const count = (simulator: ServiceNowSimulator) => Effect.map(simulator.cases, (cases) => cases.length)

/** Sends a POST that is never answered, and gives up once the simulator has left it hanging. */
const hanging = ({ send, simulator }: Effect.Success<ReturnType<typeof servingServiceNow>>) =>
  Effect.gen(function* () {
    const asked = yield* Effect.forkChild(send("POST", casePath, body))
    yield* eventually(simulator.requests, ([first]) => first?.outcome === "hang")
    assert.isUndefined(asked.pollUnsafe())
    const before = yield* count(simulator)
    yield* Fiber.interrupt(asked)
    return before
  })

describe("faults with an answer", () => {
  const answered: ReadonlyArray<readonly [FaultRule, number, RegExp]> = [
    [{ kind: "status", status: 503 }, 503, /^\{"error":\{"message":"Service Unavailable",.*"status":"failure"\}$/],
    [{ kind: "status", status: 429, headers: { "retry-after": "7" } }, 429, /Rate limit exceeded/],
    [{ kind: "status", status: 500, body: "busy" }, 500, /^busy$/],
    [{ kind: "status", status: 418, body: { message: "tea" } }, 418, /^\{"message":"tea"\}$/],
    [{ kind: "html" }, 200, /^<!DOCTYPE html>[^]*hibernating/],
    [{ kind: "login" }, 200, /^<!DOCTYPE html>[^]*Log in/],
    [{ kind: "accepted202" }, 202, /^$/],
    [{ kind: "garbage" }, 200, /^\{"result":\{"sys_id":"0397c7$/],
    [{ kind: "errorKey" }, 200, /^\{"error":\{"message":/]
  ]
  for (const [rule, status, text] of answered) {
    it.effect(`SPEC 4.4: ${JSON.stringify(rule)} comes before the effect, once`, () =>
      Effect.gen(function* () {
        const { send, simulator } = yield* servingServiceNow()
        assert.strictEqual((yield* send("POST", "/_sim/faults", rule)).status, 200)
        const answer = yield* send("POST", casePath, body)
        assert.strictEqual(answer.status, status)
        assert.match(answer.text, text)
        assert.strictEqual(answer.headers.get("retry-after"), rule.headers?.["retry-after"] ?? null)
        assert.strictEqual(yield* count(simulator), 0)
        assert.strictEqual((yield* send("POST", casePath, body)).status, 201)
        assert.strictEqual(yield* count(simulator), 1)
      })
    )
  }

  it.effect("SPEC 4.3: with `when: after` the Case is created and only the answer is wrong", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingServiceNow()
      yield* simulator.faults.add({ kind: "status", status: 504, when: "after" })
      assert.strictEqual((yield* send("POST", casePath, body)).status, 504)
      assert.strictEqual((yield* simulator.cases)[0]?.fields.u_id_correlacao, "j|c|1")
    })
  )

  it.effect("SPEC 4.3: with `when: later` the answer comes at once and the Case after the delay", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingServiceNow()
      yield* simulator.faults.add({ kind: "accepted202", when: "later", delayMs: 3000 })
      assert.strictEqual((yield* send("POST", casePath, body)).status, 202)
      yield* TestClock.adjust("2999 millis")
      assert.strictEqual(yield* count(simulator), 0)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* simulator.cases)[0]?.fields.sys_created_on, "2025-09-30 15:30:05")
    })
  )
})

describe("faults without an answer", () => {
  it.effect("SPEC 4.3: timeout leaves the caller hanging, before or after the effect", () =>
    Effect.gen(function* () {
      for (const [when, cases] of [["before", 0] as const, ["after", 1] as const]) {
        const served = yield* servingServiceNow()
        yield* served.simulator.faults.add({ kind: "timeout", when })
        assert.strictEqual(yield* hanging(served), cases)
        assert.strictEqual(yield* count(served.simulator), cases)
      }
    })
  )

  it.effect("SPEC 4.3: lateInsert hangs now and inserts later, also after the caller has gone", () =>
    Effect.gen(function* () {
      const served = yield* servingServiceNow()
      yield* served.simulator.faults.add({ kind: "lateInsert", delayMs: 60_000 })
      assert.strictEqual(yield* hanging(served), 0)
      yield* TestClock.adjust("59999 millis")
      assert.strictEqual(yield* count(served.simulator), 0)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* count(served.simulator), 1)
    })
  )

  it.effect("a reset forgets what is still delayed", () =>
    Effect.gen(function* () {
      const served = yield* servingServiceNow()
      yield* served.simulator.faults.add({ kind: "lateInsert", delayMs: 1000 })
      yield* hanging(served)
      yield* served.simulator.reset
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* count(served.simulator), 0)
    })
  )

  it.effect("SPEC 4.3: drop closes the connection, before or after the effect; refuse resets it", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingServiceNow()
      yield* simulator.faults.add({ kind: "drop" })
      assert.strictEqual((yield* Effect.flip(send("POST", casePath, body))).code, "UND_ERR_SOCKET")
      assert.strictEqual(yield* count(simulator), 0)
      yield* simulator.faults.add({ kind: "drop", when: "after" })
      assert.strictEqual((yield* Effect.flip(send("POST", casePath, body))).code, "UND_ERR_SOCKET")
      assert.strictEqual(yield* count(simulator), 1)
      yield* simulator.faults.add({ kind: "refuse" })
      assert.strictEqual((yield* Effect.flip(send("POST", casePath, body))).code, "ECONNRESET")
      assert.strictEqual(yield* count(simulator), 1)
      const requests = yield* simulator.requests
      assert.deepStrictEqual(
        requests.map(({ outcome }) => outcome),
        ["drop", "drop", "refuse"]
      )
    })
  )

  it.effect("slow delays the effect, or with `when: after` only the answer; the effect survives its caller", () =>
    Effect.gen(function* () {
      for (const [when, atOnce] of [["before", 0] as const, ["after", 1] as const]) {
        const { send, simulator } = yield* servingServiceNow()
        yield* simulator.faults.add({ kind: "slow", delayMs: 5000, when, times: 2 })
        const patient = yield* Effect.forkChild(send("POST", casePath, body))
        yield* eventually(simulator.requests, (requests) => requests.length === 1)
        const hasty = yield* Effect.forkChild(send("POST", casePath, body))
        yield* eventually(simulator.requests, (requests) => requests.length === 2)
        yield* Fiber.interrupt(hasty)
        assert.strictEqual(yield* count(simulator), atOnce * 2)
        assert.isUndefined(patient.pollUnsafe())
        yield* TestClock.adjust("5 seconds")
        assert.strictEqual((yield* Fiber.join(patient)).status, 201)
        assert.strictEqual(yield* count(simulator), 2)
      }
    })
  )
})
