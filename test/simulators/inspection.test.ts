import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { defaultOptions } from "../../simulators/servicenow/options.ts"
import { arrayAt, at, casePath, consumerPath, servingServiceNow } from "./serviceNow.ts"

const sysId = "c0ffee00c0ffee00c0ffee00c0ffee00"

describe("inspection of the simulator", () => {
  it.effect("the help names every endpoint, also when one is unknown", () =>
    Effect.gen(function* () {
      const { send } = yield* servingServiceNow()
      const help = yield* send("GET", "/_sim")
      assert.deepStrictEqual(Object.keys(Object(at(help.json, "endpoints"))).sort(), [
        "DELETE /_sim/faults",
        "GET /_sim/faults",
        "GET /_sim/instances",
        "GET /_sim/options",
        "GET /_sim/requests",
        "GET /_sim/state",
        "POST /_sim/consumers",
        "POST /_sim/expire-tokens",
        "POST /_sim/faults",
        "POST /_sim/instance",
        "POST /_sim/options",
        "POST /_sim/reset"
      ])
      const unknown = yield* send("GET", "/_sim/nothing")
      assert.deepStrictEqual([unknown.status, at(unknown.json, "error")], [404, "no such endpoint"])
      assert.deepStrictEqual(at(unknown.json, "endpoints"), at(help.json, "endpoints"))
    })
  )

  it.effect("SPEC 3.1: consumers can be seeded with sys_id and time of creation; the state shows all", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingServiceNow()
      const seeded = yield* send("POST", "/_sim/consumers", {
        sys_id: sysId,
        sys_created_on: "2025-01-02 03:04:05",
        first_name: "João",
        email: "joao.silva@example.com"
      })
      assert.deepStrictEqual(seeded.json, { sysIds: [sysId] })
      const created = yield* send("POST", casePath, { consumer: sysId, state: 10, work_notes: "nota", comments: "oi" })
      const state = (yield* send("GET", "/_sim/state")).json
      const system = { sys_updated_by: "ctx", sys_created_by: "ctx", sys_mod_count: "0", active: "true" }
      assert.deepStrictEqual(state, {
        consumers: [
          {
            sysId,
            number: "CNSR0001001",
            fields: {
              ...system,
              sys_id: sysId,
              number: "CNSR0001001",
              sys_created_on: "2025-01-02 03:04:05",
              sys_updated_on: "2025-01-02 03:04:05",
              sys_created_by: "admin",
              sys_updated_by: "admin",
              name: "João",
              first_name: "João",
              email: "joao.silva@example.com"
            }
          }
        ],
        cases: [
          {
            sysId: at(created.json, "result.sys_id"),
            number: "CS0001001",
            fields: {
              ...system,
              sys_id: at(created.json, "result.sys_id"),
              number: "CS0001001",
              sys_created_on: "2025-09-30 15:30:02",
              sys_updated_on: "2025-09-30 15:30:02",
              consumer: sysId,
              priority: "4",
              state: "10",
              opened_at: "2025-09-30 15:30:02"
            },
            notes: ["nota"],
            comments: ["oi"]
          }
        ]
      })
      assert.deepStrictEqual({ consumers: yield* simulator.consumers, cases: yield* simulator.cases }, state)
    })
  )

  it.effect("a bad consumer is refused with all problems, and none of its array is added", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingServiceNow()
      const answer = yield* send("POST", "/_sim/consumers", [
        { first_name: "Ana", sys_id: sysId },
        { nome: "Bia", sys_id: "abc", number: "1" },
        { sys_created_on: "2025-02-30 00:00:00", sys_id: sysId }
      ])
      const problems = arrayAt(answer.json, "problems")
      assert.strictEqual(answer.status, 400)
      assert.deepStrictEqual(
        problems.map((problem) => [at(problem, "field"), at(problem, "value")]),
        [
          ["nome", "Bia"],
          ["sys_id", "abc"],
          ["number", "1"],
          ["sys_created_on", "2025-02-30 00:00:00"],
          ["sys_id", sysId]
        ]
      )
      assert.deepStrictEqual(yield* simulator.consumers, [])
    })
  )

  it.effect("SPEC 9.6: the request log shows each request and its outcome, without credentials", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingServiceNow()
      yield* simulator.faults.add({ kind: "status", status: 500 })
      yield* send("POST", casePath, { state: 10 })
      yield* send("GET", `${consumerPath}?sysparm_limit=1`)
      yield* send("POST", "/oauth_token.do", "grant_type=client_credentials&client_id=a&client_secret=hush")
      const requests = (yield* send("GET", "/_sim/requests")).json
      const log = arrayAt(requests, "requests")
      assert.deepStrictEqual(
        log.map((one) => ["at", "method", "path", "query", "body", "outcome", "fault"].map((key) => at(one, key))),
        [
          [1759246202000, "POST", casePath, {}, '{"state":10}', 500, 1],
          [1759246202000, "GET", consumerPath, { sysparm_limit: "1" }, "", 200, undefined],
          [1759246202000, "POST", "/oauth_token.do", {}, "***", 200, undefined]
        ]
      )
      assert.strictEqual(at(log[0], "headers.authorization"), "Basic ***")
      assert.deepStrictEqual(yield* simulator.requests, log)
      assert.strictEqual(at((yield* send("GET", "/_sim/requests?last=2")).json, "requests.0.method"), "GET")
      assert.strictEqual((yield* send("GET", "/_sim/requests?last=0")).status, 400)
    })
  )

  it.effect("options change one by one and are checked; a reset brings back how it started", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingServiceNow({ nextCaseNumber: 1005, stripFields: ["urgency"] })
      const first = yield* send("POST", casePath, {})
      yield* simulator.faults.add({ kind: "html", times: -1, match: { method: "DELETE" } })
      const changed = yield* send("POST", "/_sim/options", { strictQuery: true, nextCaseNumber: 2000 })
      const options = { ...defaultOptions, stripFields: ["urgency"], strictQuery: true, nextCaseNumber: 2000 }
      assert.deepStrictEqual(changed.json, { options })
      assert.strictEqual(at((yield* send("POST", casePath, {})).json, "result.number"), "CS0002000")
      const bad = yield* send("POST", "/_sim/options", { strictQuery: "yes", fields: [] })
      assert.deepStrictEqual(bad.json, {
        error: "invalid order",
        problems: [
          { field: "fields", value: [], expected: "no such field" },
          { field: "strictQuery", value: "yes", expected: "boolean" }
        ]
      })
      yield* send("POST", "/_sim/reset")
      assert.deepStrictEqual(yield* simulator.requests, [])
      assert.deepStrictEqual(yield* simulator.cases, [])
      assert.deepStrictEqual(yield* simulator.faults.list, [])
      assert.deepStrictEqual((yield* send("GET", "/_sim/options")).json, {
        options: { ...options, strictQuery: false, nextCaseNumber: 1005 }
      })
      // Equal seeds and equal requests give equal ids.
      assert.deepStrictEqual((yield* send("POST", casePath, {})).json, first.json)
    })
  )
})
