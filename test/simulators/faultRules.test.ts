import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { FaultRule } from "../../simulators/core/FaultRule.ts"
import { arrayAt, at, casePath, consumerPath, query, servingServiceNow } from "./serviceNow.ts"

const body = { u_id_correlacao: "j|c|1" }
const fault = { kind: "status", status: 503 } as const

describe("which requests a fault meets", () => {
  it.effect("SPEC 4.3: match by method, path, text and communication", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingServiceNow()
      const path = `${casePath}/${String(at((yield* send("POST", casePath, body)).json, "result.sys_id"))}`
      const look = casePath + query("u_id_correlacao=j|c|1")
      const met = (match: FaultRule["match"] & object) =>
        Effect.gen(function* () {
          yield* simulator.faults.clear
          yield* simulator.faults.add({ ...fault, match, times: -1 })
          const answers = [
            yield* send("POST", casePath, body),
            yield* send("PATCH", path, { work_notes: "nota" }),
            yield* send("GET", look),
            yield* send("GET", consumerPath)
          ]
          return answers.map(({ status }) => status === 503)
        })
      assert.deepStrictEqual(yield* met({}), [true, true, true, true])
      assert.deepStrictEqual(yield* met({ method: "get" }), [false, false, true, true])
      assert.deepStrictEqual(yield* met({ path: casePath }), [true, true, true, false])
      assert.deepStrictEqual(yield* met({ path: "case/[0-9a-f]{32}$" }), [false, true, false, false])
      assert.deepStrictEqual(yield* met({ contains: "nota" }), [false, true, false, false])
      assert.deepStrictEqual(yield* met({ contains: "j|c|1" }), [true, false, true, false])
      assert.deepStrictEqual(yield* met({ id: "j|c|1" }), [true, true, false, false])
      assert.deepStrictEqual(yield* met({ id: "j|c|1", method: "PATCH" }), [false, true, false, false])
      assert.deepStrictEqual(yield* met({ id: "j|c|2" }), [false, false, false, false])
    })
  )

  it.effect("a rule with a pause is met again only after it", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingServiceNow()
      yield* simulator.faults.add({ ...fault, times: 2, pauseMs: 1000 })
      const statuses = Effect.map(Effect.all([1, 2].map(() => send("GET", casePath))), (all) =>
        all.map(({ status }) => status)
      )
      assert.deepStrictEqual(yield* statuses, [503, 200])
      yield* TestClock.adjust(999)
      assert.deepStrictEqual(yield* statuses, [200, 200])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(yield* statuses, [503, 200])
    })
  )

  it.effect("times bounds a rule, the first match is used, and each rule counts how often it fired", () =>
    Effect.gen(function* () {
      const { send } = yield* servingServiceNow()
      const ordered = yield* send("POST", "/_sim/faults", [
        { kind: "status", status: 500, times: 2 },
        { kind: "status", status: 502 }
      ])
      assert.deepStrictEqual(ordered.json, {
        faults: [
          { id: 1, kind: "status", status: 500, times: 2, remaining: 2, fired: 0 },
          { id: 2, kind: "status", status: 502, remaining: 1, fired: 0 }
        ]
      })
      const answers = yield* Effect.forEach([1, 2, 3, 4], () => send("GET", casePath))
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        [500, 500, 502, 200]
      )
      assert.deepStrictEqual((yield* send("GET", "/_sim/faults")).json, {
        faults: [
          { id: 1, kind: "status", status: 500, times: 2, remaining: 0, fired: 2 },
          { id: 2, kind: "status", status: 502, remaining: 0, fired: 1 }
        ]
      })
      assert.deepStrictEqual((yield* send("DELETE", "/_sim/faults")).json, { faults: [] })
    })
  )

  it.effect("probability is decided by the seed: the same seed meets the same requests", () =>
    Effect.gen(function* () {
      const run = (seed: number) =>
        Effect.gen(function* () {
          const { send, simulator } = yield* servingServiceNow()
          yield* simulator.faults.add({ ...fault, times: -1, probability: 0.3, seed })
          const answers = yield* Effect.forEach(Array.from({ length: 100 }), () => send("GET", casePath))
          return answers.map(({ status }) => (status === 503 ? "x" : ".")).join("")
        })
      const [first, again, other] = [yield* run(7), yield* run(7), yield* run(8)]
      assert.strictEqual(first, again)
      assert.notStrictEqual(first, other)
      const fired = first.split("x").length - 1
      assert.isTrue(fired > 15 && fired < 45, `${fired} of 100`)
    })
  )

  it.effect(
    "SPEC 4.6: a limit refuses what goes beyond it in one second of the clock, and says when to come back",
    () =>
      Effect.gen(function* () {
        const { send, simulator } = yield* servingServiceNow()
        const second = Date.UTC(2025, 8, 30, 12) / 1000
        const answersAt = (millis: number) =>
          Effect.gen(function* () {
            yield* TestClock.setTime(second * 1000 + millis)
            const answers = yield* Effect.forEach([1, 2, 3], () => send("GET", casePath))
            return answers.map(({ headers, status }) => [
              status,
              headers.get("retry-after") ?? headers.get("x-ratelimit-reset")
            ])
          })
        const [ok, refused] = [[200, null], (hint: string | null) => [429, hint]] as const
        yield* simulator.faults.add({ kind: "limit", perSecond: 2, times: -1 })
        assert.deepStrictEqual(yield* answersAt(0), [ok, ok, refused("1")])
        assert.deepStrictEqual(yield* answersAt(999), [refused("1"), refused("1"), refused("1")])
        assert.deepStrictEqual(yield* answersAt(1000), [ok, ok, refused("1")])
        for (const [index, [hint, header]] of (
          [
            ["reset-epoch", String(second + 3)],
            ["reset-delta", "1"],
            ["none", null]
          ] as const
        ).entries()) {
          yield* simulator.faults.clear
          yield* simulator.faults.add({ kind: "limit", perSecond: 2, hint, times: -1 })
          assert.deepStrictEqual(yield* answersAt(2000 + index), [ok, ok, refused(header)])
        }
      })
  )

  it.effect("a limit without its figure is refused", () =>
    Effect.gen(function* () {
      const { send } = yield* servingServiceNow()
      const answer = yield* send("POST", "/_sim/faults", { kind: "limit" })
      assert.deepStrictEqual([answer.status, at(answer.json, "problems.0.field")], [400, "perSecond"])
    })
  )
})

describe("orders to the simulator", () => {
  const wrong: ReadonlyArray<readonly [unknown, Array<[field: string, value: unknown]>]> = [
    [{ kind: "nope" }, [["kind", "nope"]]],
    [{}, [["kind", null]]],
    [{ kind: "status" }, [["status", null]]],
    [{ kind: "slow" }, [["delayMs", null]]],
    [{ kind: "html", when: "later" }, [["delayMs", null]]],
    [
      { kind: "status", status: "500", times: 0 },
      [
        ["times", 0],
        ["status", "500"]
      ]
    ],
    [
      { kind: "drop", tims: 2, match: { path: "(" } },
      [
        ["tims", 2],
        ["match.path", "("]
      ]
    ],
    [[{ kind: "drop" }, { kind: "drop", probability: 2 }], [["1.probability", 2]]],
    ["no json", [["(body)", "no json"]]]
  ]
  it.effect("a bad fault is refused with field, value and what was expected; nothing of it is ordered", () =>
    Effect.gen(function* () {
      const { send } = yield* servingServiceNow()
      for (const [order, problems] of wrong) {
        const answer = yield* send("POST", "/_sim/faults", order)
        const found = arrayAt(answer.json, "problems")
        assert.strictEqual(answer.status, 400)
        assert.deepStrictEqual(
          found.map((problem): [unknown, unknown] => [at(problem, "field"), at(problem, "value")]),
          problems
        )
        for (const problem of found) assert.match(String(at(problem, "expected")), /\S/)
      }
      assert.deepStrictEqual((yield* send("GET", "/_sim/faults")).json, { faults: [] })
    })
  )

  it.effect("the kinds are named when the kind is wrong", () =>
    Effect.gen(function* () {
      const { send } = yield* servingServiceNow()
      const answer = yield* send("POST", "/_sim/faults", { kind: "nope" })
      assert.strictEqual(
        at(answer.json, "problems.0.expected"),
        [
          "status",
          "timeout",
          "drop",
          "refuse",
          "html",
          "login",
          "accepted202",
          "slow",
          "garbage",
          "errorKey",
          "lateInsert",
          "limit"
        ]
          .map((kind) => `"${kind}"`)
          .join(" | ")
      )
    })
  )
})
