import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { ServiceNowOptions } from "../../simulators/servicenow/options.ts"
import { at, casePath, servingServiceNow } from "./serviceNow.ts"

const group = "a".repeat(32)
const other = "b".repeat(32)

/** An instance after the order, and ways to write to its only Case. */
const withRules = (order: ServiceNowOptions) =>
  Effect.gen(function* () {
    const served = yield* servingServiceNow()
    const { send, simulator } = served
    assert.strictEqual((yield* send("POST", "/_sim/options", order)).status, 200)
    const create = (body: object) => Effect.map(send("POST", casePath, body), ({ json }) => at(json, "result.sys_id"))
    const patch = (body: object) =>
      Effect.gen(function* () {
        const [one] = yield* simulator.cases
        return (yield* send("PATCH", `${casePath}/${one?.sysId}`, body)).status
      })
    const stored = (...names: ReadonlyArray<string>) =>
      Effect.map(simulator.cases, ([one]) => names.map((name) => one?.fields[name] ?? ""))
    return { ...served, create, patch, stored }
  })

describe("rules of the instance after a write", () => {
  const priorities: ReadonlyArray<readonly [object, string]> = [
    [{ impact: 1, urgency: 1 }, "1"],
    [{ impact: 1, urgency: 2 }, "2"],
    [{ impact: 2, urgency: 2 }, "3"],
    [{ impact: 3, urgency: 3 }, "4"],
    [{}, "4"]
  ]
  for (const [sent, priority] of priorities) {
    it.effect(`priorityRule: ${JSON.stringify(sent)} is priority ${priority}, whatever is sent`, () =>
      Effect.gen(function* () {
        const { create, patch, stored } = yield* withRules({ priorityRule: true })
        yield* create({ ...sent, priority: 2 })
        assert.deepStrictEqual(yield* stored("priority"), [priority])
        assert.strictEqual(yield* patch({ priority: 1, impact: 1, urgency: 1 }), 200)
        assert.deepStrictEqual(yield* stored("priority"), ["1"])
      })
    )
  }

  it.effect(
    "assignmentRule gives a new Case its group; clearsAssignee empties assigned_to when the group changes",
    () =>
      Effect.gen(function* () {
        const { create, patch, stored } = yield* withRules({ assignmentRule: other, clearsAssignee: true })
        yield* create({ assignment_group: group, assigned_to: "c".repeat(32) })
        assert.deepStrictEqual(yield* stored("assignment_group", "assigned_to"), [other, "c".repeat(32)])
        yield* patch({ priority: 1 })
        assert.deepStrictEqual(yield* stored("assigned_to"), ["c".repeat(32)])
        yield* patch({ assignment_group: group })
        assert.deepStrictEqual(yield* stored("assignment_group", "assigned_to"), [group, ""])
      })
  )

  it.effect("stripOnUpdate: a PATCH of 200 stores neither state nor group, while a create does", () =>
    Effect.gen(function* () {
      const { create, patch, stored } = yield* withRules({ stripOnUpdate: ["state", "assignment_group"] })
      yield* create({ state: 10, assignment_group: group })
      assert.strictEqual(yield* patch({ state: 6, assignment_group: other, close_notes: "sim" }), 200)
      assert.deepStrictEqual(yield* stored("state", "assignment_group", "close_notes"), ["10", group, "sim"])
    })
  )
})

describe("flows of the instance", () => {
  it.effect("SPEC 8.8: a flow changes state and group some seconds after the insert", () =>
    Effect.gen(function* () {
      const { create, send, stored } = yield* withRules({
        flows: [{ delayMs: 5000, set: { state: "18", assignment_group: other } }]
      })
      const sysId = yield* create({ state: 10, assignment_group: group })
      yield* TestClock.adjust("4999 millis")
      assert.deepStrictEqual(yield* stored("state", "assignment_group", "sys_mod_count"), ["10", group, "0"])
      yield* TestClock.adjust("1 millis")
      const read = yield* send("GET", `${casePath}/${String(sysId)}`)
      assert.deepStrictEqual(
        ["state", "assignment_group.value", "sys_mod_count", "sys_updated_by", "sys_updated_on"].map((name) =>
          at(read.json, `result.${name}`)
        ),
        ["18", other, "1", "system", "2025-09-30 15:30:07"]
      )
    })
  )

  it.effect("a resolved Case closes itself, unless it was reopened meanwhile; a reset forgets the flow", () =>
    Effect.gen(function* () {
      const { create, patch, send, stored } = yield* withRules({
        flows: [{ on: "update", when: "state=6", delayMs: 60_000, set: { state: "3" } }]
      })
      yield* create({ state: 6 })
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(yield* stored("state"), ["6"])
      yield* patch({ state: 10 })
      yield* patch({ state: 6 })
      yield* TestClock.adjust("30 seconds")
      yield* patch({ state: 10 })
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(yield* stored("state", "active"), ["10", "true"])
      yield* patch({ state: 6 })
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* stored("state", "active"), ["3", "false"])
      yield* send("POST", "/_sim/reset")
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* stored("state"), [""])
    })
  )
})

describe("quotas of the instance", () => {
  it.effect(
    "SPEC 9.1: rateLimit answers 429 with X-RateLimit-Reset and without Retry-After until its window ends",
    () =>
      Effect.gen(function* () {
        const { send, simulator } = yield* withRules({ rateLimit: { requests: 2, seconds: 60 } })
        const ask = Effect.map(send("POST", casePath, {}), ({ headers, status }) => [
          status,
          ...["x-ratelimit-limit", "x-ratelimit-reset", "retry-after"].map((name) => headers.get(name))
        ])
        const taken = [201, null, null, null]
        assert.deepStrictEqual([yield* ask, yield* ask], [taken, taken])
        // 15:30:02: the window ends at 15:31:00.
        assert.deepStrictEqual(yield* ask, [429, "2", String(Date.UTC(2025, 8, 30, 15, 31) / 1000), null])
        yield* TestClock.adjust("58 seconds")
        assert.deepStrictEqual(yield* ask, taken)
        assert.strictEqual((yield* simulator.cases).length, 3)
      })
  )

  it.effect("SPEC 4.4: errorKey is a cancelled transaction, with 200 or another status", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* withRules({})
      yield* send("POST", "/_sim/faults", [{ kind: "errorKey" }, { kind: "errorKey", status: 500, when: "after" }])
      const answers = [yield* send("POST", casePath, {}), yield* send("POST", casePath, {})]
      const message = "Transaction cancelled: maximum execution time exceeded"
      assert.deepStrictEqual(
        answers.map(({ json, status }) => [status, at(json, "error.message")]),
        [
          [200, message],
          [500, message]
        ]
      )
      assert.strictEqual((yield* simulator.cases).length, 1)
    })
  )
})

describe("answers that come once", () => {
  it.effect("SPEC 4.3: 401, 403, and 408, 502 or 504 after the effect", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* withRules({})
      const noApi = {
        error: { message: "User Not Authorized", detail: "Failed API level ACL Validation" },
        status: "failure"
      }
      yield* send("POST", "/_sim/faults", [
        { kind: "status", status: 401 },
        { kind: "status", status: 403, body: noApi },
        ...[408, 502, 504].map((status) => ({ kind: "status", status, when: "after" }))
      ])
      const asked = [1, 2, 3, 4, 5, 6].map(() =>
        Effect.gen(function* () {
          const { status } = yield* send("POST", casePath, {})
          return [status, (yield* simulator.cases).length]
        })
      )
      assert.deepStrictEqual(yield* Effect.all(asked), [
        [401, 0],
        [403, 0],
        [408, 1],
        [502, 2],
        [504, 3],
        [201, 4]
      ])
    })
  )
})
