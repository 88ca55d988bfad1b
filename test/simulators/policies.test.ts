import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { ServiceNowOptions } from "../../simulators/servicenow/options.ts"
import { at, casePath, consumerPath, servingServiceNow } from "./serviceNow.ts"

const resolutionCode = {
  table: "sn_customerservice_case",
  when: "state=6",
  mandatory: ["resolution_code"]
} as const

/** A Case in this state, on an instance that the order then changes. */
const withCase = (state: string, order: ServiceNowOptions) =>
  Effect.gen(function* () {
    const served = yield* servingServiceNow()
    const created = yield* served.send("POST", casePath, { state })
    const path = `${casePath}/${at(created.json, "result.sys_id")}`
    assert.strictEqual((yield* served.send("POST", "/_sim/options", order)).status, 200)
    const patch = (body: object) =>
      Effect.map(served.send("PATCH", path, body), ({ json, status }) => [status, at(json, "error.detail")])
    const stored = Effect.map(served.simulator.cases, ([one]) => [one?.fields.state, one?.notes])
    return { ...served, patch, stored }
  })

const denied = [403, "ACL Exception Update Failed due to security constraints"]

describe("data policies of the simulator", () => {
  it.effect("a resolved Case needs its resolution code: nothing of the PATCH is stored, the note neither", () =>
    Effect.gen(function* () {
      const { patch, stored } = yield* withCase("10", { dataPolicies: [resolutionCode] })
      assert.deepStrictEqual(yield* patch({ state: 6, close_notes: "sim", work_notes: "SIM" }), [
        403,
        "Data Policy Exception: Following fields are mandatory: resolution_code"
      ])
      assert.deepStrictEqual(yield* stored, ["10", []])
      assert.deepStrictEqual(yield* patch({ work_notes: "SIM" }), [200, undefined])
      assert.deepStrictEqual(yield* patch({ state: 6, resolution_code: "1" }), [200, undefined])
      assert.deepStrictEqual(yield* stored, ["6", ["SIM"]])
      assert.deepStrictEqual(yield* patch({ state: 10, resolution_code: "" }), [200, undefined])
    })
  )

  it.effect("a consumer needs its last name, and no two have one e-mail; seeds are stored as they are", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingServiceNow()
      yield* send("POST", "/_sim/options", {
        dataPolicies: [{ table: "csm_consumer", mandatory: ["last_name"] }],
        uniqueFields: ["csm_consumer.email"]
      })
      yield* simulator.seed([{ email: "ana@example.com", phone: "+55 21 98765 0001" }])
      const create = (body: object) =>
        Effect.map(send("POST", consumerPath, body), ({ json, status }) => [status, at(json, "error.detail")])
      assert.deepStrictEqual(yield* create({ first_name: "Bia" }), [
        403,
        "Data Policy Exception: Following fields are mandatory: last_name"
      ])
      const duplicate = [403, "Unique Key violation detected by database (Duplicate entry for key 'email')"]
      assert.deepStrictEqual(yield* create({ last_name: "Souza", email: "ANA@example.com" }), duplicate)
      assert.deepStrictEqual(yield* create({ last_name: "Souza", email: "bia@example.com" }), [201, undefined])
      assert.deepStrictEqual(yield* create({ last_name: "Lima" }), [201, undefined])
      assert.deepStrictEqual(
        (yield* simulator.consumers).map(({ fields }) => [fields.last_name, fields.email, fields.phone]),
        [
          [undefined, "ana@example.com", "+55 21 98765 0001"],
          ["Souza", "bia@example.com", undefined],
          ["Lima", undefined, undefined]
        ]
      )
      const bia = (yield* simulator.consumers)[1]?.sysId
      assert.strictEqual((yield* send("PATCH", `${consumerPath}/${bia}`, { email: "bia@example.com" })).status, 200)
      assert.strictEqual((yield* send("PATCH", `${consumerPath}/${bia}`, { email: "ana@example.com" })).status, 403)
    })
  )
})

describe("Cases that people have ended", () => {
  const allowed = [200, undefined]
  const takes: ReadonlyArray<readonly [string, ServiceNowOptions["endedCases"] & string, ReadonlyArray<unknown>]> = [
    ["3", "keepState", [allowed, allowed, denied]],
    ["7", "keepState", [allowed, allowed, allowed]],
    ["3", "takeNotes", [allowed, denied, denied]],
    ["7", "takeNotes", [allowed, denied, denied]],
    ["7", "takeNothing", [denied, denied, denied]],
    ["6", "takeNothing", [allowed, allowed, allowed]]
  ]
  for (const [state, endedCases, answers] of takes) {
    it.effect(`SPEC 8.9: state ${state}, ${endedCases}: a note, a priority, another state`, () =>
      Effect.gen(function* () {
        const { patch, stored } = yield* withCase(state, { endedCases })
        const bodies = [{ work_notes: "n" }, { priority: 1 }, { state: 10, work_notes: "m" }]
        assert.deepStrictEqual(yield* Effect.forEach(bodies, patch), answers)
        const notes = ["n", "", "m"].filter((note, index) => note !== "" && answers[index] === allowed)
        assert.deepStrictEqual(yield* stored, [answers[2] === allowed ? "10" : state, notes])
      })
    )
  }

  it.effect("stateModel: a state leads only to those of the model", () =>
    Effect.gen(function* () {
      const { patch, send, stored } = yield* withCase("10", { stateModel: true })
      const aborted = [
        403,
        "Operation against file 'sn_customerservice_case' was aborted by Business Rule 'Case state model'"
      ]
      assert.deepStrictEqual(yield* patch({ state: 1, work_notes: "n" }), aborted)
      assert.deepStrictEqual(yield* patch({ state: 5 }), aborted)
      assert.deepStrictEqual(yield* stored, ["10", []])
      for (const state of [10, 18, 10, 6, 10, 7]) assert.deepStrictEqual(yield* patch({ state }), [200, undefined])
      assert.deepStrictEqual(yield* patch({ state: 10 }), aborted)
      assert.strictEqual((yield* send("POST", casePath, { state: 10 })).status, 201)
      assert.strictEqual((yield* send("POST", casePath, { state: 4 })).status, 403)
    })
  )
})

describe("references to what is no row", () => {
  const group = "a".repeat(32)
  const body = { consumer: "c".repeat(32), assignment_group: group, opened_by: "CTGuest", account: "" }
  const shown = "?sysparm_fields=consumer,assignment_group,opened_by&sysparm_exclude_reference_link=true"

  it.effect("are kept, or stored empty, or refused with the whole write", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingServiceNow()
      const [consumer = ""] = yield* simulator.seed([{ last_name: "Souza" }])
      const create = (options: ServiceNowOptions, sent: object) =>
        Effect.andThen(
          send("POST", "/_sim/options", options),
          Effect.map(send("POST", casePath + shown, sent), ({ json, status }) => [status, at(json, "result")])
        )
      const { account: _, ...kept } = body
      assert.deepStrictEqual(yield* create({}, body), [201, kept])
      assert.deepStrictEqual(yield* create({ references: "empty" }, body), [
        201,
        { consumer: "", assignment_group: group, opened_by: "" }
      ])
      const right = { consumer, assignment_group: group, opened_by: "" }
      assert.deepStrictEqual(yield* create({}, right), [201, right])
      assert.deepStrictEqual(yield* create({ withoutGroups: [group] }, right), [
        201,
        { ...right, assignment_group: "" }
      ])
      assert.deepStrictEqual(yield* create({ withoutGroups: ["*"] }, right), [201, { ...right, assignment_group: "" }])
      const cases = (yield* simulator.cases).length
      assert.deepStrictEqual(yield* create({ references: "refused" }, right), [403, undefined])
      assert.deepStrictEqual(yield* create({ withoutGroups: [] }, body), [403, undefined])
      assert.strictEqual((yield* simulator.cases).length, cases)
      assert.deepStrictEqual(yield* create({}, right), [201, right])
    })
  )
})
