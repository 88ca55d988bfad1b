import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { guestSysId, instanceNames, instances } from "../../simulators/servicenow/instances.ts"
import { decodeServiceNowOptions } from "../../simulators/servicenow/options.ts"
import { at, casePath, consumerPath, query, servingServiceNow } from "./serviceNow.ts"

/** An instance that became one of another name. */
const named = (name: string) =>
  Effect.gen(function* () {
    const served = yield* servingServiceNow()
    assert.strictEqual((yield* served.send("POST", "/_sim/instance", { name })).status, 200)
    const status = (method: string, path: string, body?: object) =>
      Effect.map(served.send(method, path, body), (answer) => answer.status)
    return { ...served, status }
  })

const group = "a".repeat(32)
const key = `pedido_entregue_amanha|550e8400-e29b-41d4-a716-446655440000|805566999OBM3028874-01`

describe("named instances", () => {
  it.effect("are made of options that an order could give, and are listed", () =>
    Effect.gen(function* () {
      for (const name of instanceNames) yield* decodeServiceNowOptions(instances[name].options)
      const { send } = yield* servingServiceNow()
      const listed = at((yield* send("GET", "/_sim/instances")).json, "instances")
      assert.deepStrictEqual(Object.keys(Object(listed)), instanceNames)
      const unknown = yield* send("POST", "/_sim/instance", { name: "bad" })
      assert.deepStrictEqual([unknown.status, at(unknown.json, "problems.0.field")], [400, "name"])
    })
  )

  it.effect("an instance is empty but for its own consumers; a reset brings back how the simulator started", () =>
    Effect.gen(function* () {
      const { send, simulator, status } = yield* named("short-key")
      assert.strictEqual(yield* status("GET", `${consumerPath}/${guestSysId}`), 200)
      yield* send("POST", casePath, { u_id_correlacao: key })
      assert.strictEqual((yield* simulator.cases)[0]?.fields.u_id_correlacao, key.slice(0, 40))
      yield* send("POST", "/_sim/instance", { name: "no-guest" })
      assert.strictEqual(yield* status("GET", `${consumerPath}/${guestSysId}`), 404)
      assert.deepStrictEqual(yield* simulator.cases, [])
      yield* send("POST", "/_sim/reset")
      yield* send("POST", casePath, { u_id_correlacao: key, consumer: "nobody" })
      const [one] = yield* simulator.cases
      assert.deepStrictEqual([one?.fields.u_id_correlacao, one?.fields.consumer], [key, "nobody"])
    })
  )

  it.effect("good: the guest and every group are there; a reference to nobody is stored empty", () =>
    Effect.gen(function* () {
      const { send, status } = yield* named("good")
      const shown = "?sysparm_fields=consumer,assignment_group&sysparm_exclude_reference_link=true"
      const create = (consumer: string) =>
        Effect.map(send("POST", casePath + shown, { consumer, assignment_group: group }), ({ json }) =>
          at(json, "result")
        )
      assert.deepStrictEqual(yield* create(guestSysId), { consumer: guestSysId, assignment_group: group })
      assert.deepStrictEqual(yield* create("CTGuest"), { consumer: "", assignment_group: group })
      assert.strictEqual(yield* status("GET", `/api/now/table/sys_user_group/${group}`), 200)
      assert.strictEqual(yield* status("GET", "/api/now/table/sys_user_group/humans"), 404)
      const groups = yield* send("GET", `/api/now/table/sys_user_group${query(`sys_idIN${group},humans`)}`)
      assert.deepStrictEqual(groups.json, { result: [{ sys_id: group, name: "Group aaaaaaaa", active: "true" }] })
    })
  )

  it.effect("no-group: no group is found, and a Case has none", () =>
    Effect.gen(function* () {
      const { send, status } = yield* named("no-group")
      assert.strictEqual(yield* status("GET", `/api/now/table/sys_user_group/${group}`), 404)
      const created = yield* send("POST", casePath, { assignment_group: group })
      assert.deepStrictEqual([created.status, at(created.json, "result.assignment_group")], [201, ""])
    })
  )

  it.effect("strict: takes what is sent by the book, and refuses the rest", () =>
    Effect.gen(function* () {
      const { send, simulator, status } = yield* named("strict")
      const ana = { first_name: "Ana", last_name: "Souza", email: "ana@example.com", phone: "+5511987654321" }
      const created = yield* send("POST", consumerPath, ana)
      const consumer = String(at(created.json, "result.sys_id"))
      assert.strictEqual(yield* status("POST", consumerPath, ana), 403)
      assert.strictEqual(yield* status("POST", consumerPath, { first_name: "Bia" }), 403)
      const body = { consumer, u_id_correlacao: key, short_description: "x".repeat(161), state: 10 }
      const theCase = yield* send("POST", casePath, { ...body, assignment_group: group })
      assert.deepStrictEqual(
        ["u_id_correlacao", "short_description", "state"].map((field) => at(theCase.json, `result.${field}`)),
        [key, "x".repeat(160), "10"]
      )
      assert.strictEqual(yield* status("POST", casePath, { ...body, consumer: "CTGuest" }), 403)
      const found = yield* send(
        "GET",
        casePath + query(`u_id_correlacao=${key}`, { sysparm_fields: "number,u_id_correlacao,short_description" })
      )
      assert.deepStrictEqual(found.json, {
        result: [{ number: "CS0001001", u_id_correlacao: key, short_description: "" }]
      })
      // A Case of other people, which an ACL keeps from the API user.
      const other = yield* send("POST", casePath, { state: 1 })
      assert.strictEqual(yield* status("GET", `${casePath}/${String(at(other.json, "result.sys_id"))}`), 404)
      const path = `${casePath}/${String(at(theCase.json, "result.sys_id"))}`
      assert.strictEqual(yield* status("PATCH", path, { state: 6, work_notes: "SIM" }), 403)
      assert.strictEqual(yield* status("PATCH", path, { state: 6, resolution_code: "1" }), 200)
      assert.strictEqual(yield* status("PATCH", path, { state: 1 }), 403)
      assert.strictEqual(yield* status("PATCH", path, { state: 10, resolution_code: "" }), 200)
      assert.strictEqual(yield* status("PATCH", path, { state: 3 }), 200)
      assert.strictEqual(yield* status("PATCH", path, { work_notes: "tarde" }), 403)
      assert.deepStrictEqual((yield* simulator.cases)[0]?.notes, [])
    })
  )

  it.effect("rate-limited and read-only", () =>
    Effect.gen(function* () {
      const limited = yield* named("rate-limited")
      const statuses = yield* Effect.forEach([1, 2, 3, 4, 5, 6], () => limited.status("GET", casePath))
      assert.deepStrictEqual(statuses, [200, 200, 200, 200, 200, 429])
      const { status } = yield* named("read-only")
      assert.deepStrictEqual([yield* status("GET", casePath), yield* status("POST", consumerPath, {})], [200, 403])
    })
  )
})
