import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import { at, casePath, query, servingServiceNow } from "./serviceNow.ts"

describe("journal fields of the simulator", () => {
  it.effect("SPEC 6.2: every PATCH appends a note; display values give all, newest first, in local time", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingServiceNow()
      const created = yield* send("POST", casePath, { work_notes: "primeira" })
      const sysId = String(at(created.json, "result.sys_id"))
      yield* TestClock.adjust("90 seconds")
      const patched = yield* send("PATCH", `${casePath}/${sysId}`, { work_notes: "segunda\nlinha", comments: "oi" })
      yield* send("PATCH", `${casePath}/${sysId}`, { work_notes: "" })
      assert.strictEqual(at(patched.json, "result.work_notes"), "")
      const read = yield* send(
        "GET",
        `${casePath}/${sysId}?sysparm_display_value=true&sysparm_fields=work_notes,comments`
      )
      assert.deepStrictEqual(at(read.json, "result"), {
        work_notes:
          "2025-09-30 12:31:32 - System Administrator (Work notes)\nsegunda\nlinha\n\n" +
          "2025-09-30 12:30:02 - System Administrator (Work notes)\nprimeira\n\n",
        comments: "2025-09-30 12:31:32 - System Administrator (Additional comments)\noi\n\n"
      })
      assert.deepStrictEqual(yield* simulator.notes(sysId), ["primeira", "segunda\nlinha"])
      assert.deepStrictEqual((yield* simulator.cases)[0]?.comments, ["oi"])
      // The empty note changed nothing.
      assert.strictEqual((yield* simulator.cases)[0]?.fields.sys_mod_count, "1")
    })
  )
})

describe("fields that an instance does not take", () => {
  it.effect("SPEC 4.5: stripFields are accepted, not stored, and echoed empty", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingServiceNow({ stripFields: ["priority", "work_notes"] })
      const created = yield* send("POST", casePath, { priority: 2, urgency: 1, work_notes: "nota" })
      const sysId = String(at(created.json, "result.sys_id"))
      assert.deepStrictEqual(
        [created.status, at(created.json, "result.priority"), at(created.json, "result.urgency")],
        [201, "", "1"]
      )
      const patched = yield* send("PATCH", `${casePath}/${sysId}`, { priority: 1 })
      assert.deepStrictEqual([patched.status, at(patched.json, "result.priority")], [200, ""])
      assert.deepStrictEqual(yield* simulator.notes(sysId), [])
    })
  )

  it.effect("SPEC 4.3: an instance without u_id_correlacao drops it and answers without the field", () =>
    Effect.gen(function* () {
      const { send } = yield* servingServiceNow({ withoutFields: ["u_id_correlacao"] })
      yield* send("POST", casePath, { u_id_correlacao: "j|c|1", u_num_pedido: "1" })
      yield* send("POST", casePath, { u_id_correlacao: "j|c|2", u_num_pedido: "2" })
      const look = query("u_id_correlacao=j|c|1", { sysparm_fields: "u_num_pedido,u_id_correlacao" })
      assert.deepStrictEqual((yield* send("GET", casePath + look)).json, {
        result: [{ u_num_pedido: "1" }, { u_num_pedido: "2" }]
      })
    })
  )

  it.effect("extraFields exist as any other", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingServiceNow()
      yield* simulator.change({ extraFields: ["u_lida_em"] })
      yield* send("POST", casePath, { u_lida_em: "2025-09-30 15:31:00" })
      const found = yield* send(
        "GET",
        casePath + query("u_lida_em=2025-09-30 15:31:00", { sysparm_fields: "u_lida_em" })
      )
      assert.deepStrictEqual(found.json, { result: [{ u_lida_em: "2025-09-30 15:31:00" }] })
    })
  )
})
