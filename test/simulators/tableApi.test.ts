import { readFileSync } from "node:fs"

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import { at, casePath, consumerPath, servingServiceNow } from "./serviceNow.ts"

const fixture = readFileSync(new URL("../../fixtures/case.json", import.meta.url), "utf8")

describe("Table API of the simulator", () => {
  it.effect("SPEC 4.4: a POST answers 201 with Location, sys_id and number, every value a text", () =>
    Effect.gen(function* () {
      const { send, url } = yield* servingServiceNow({ nextCaseNumber: 1005 })
      const answer = yield* send("POST", `${casePath}?sysparm_fields=number,sys_id,state,consumer,nothing`, fixture)
      const sysId = String(at(answer.json, "result.sys_id"))
      assert.match(sysId, /^[0-9a-f]{32}$/)
      assert.strictEqual(answer.status, 201)
      assert.strictEqual(answer.headers.get("location"), `${url}${casePath}/${sysId}`)
      assert.deepStrictEqual(answer.json, {
        result: {
          number: "CS0001005",
          sys_id: sysId,
          state: "10",
          consumer: {
            link: `${url}${consumerPath}/c0ffee00c0ffee00c0ffee00c0ffee00`,
            value: "c0ffee00c0ffee00c0ffee00c0ffee00"
          }
        }
      })
      const second = yield* send("POST", casePath, { state: null, active: true, priority: { value: "2" } })
      assert.deepStrictEqual(
        ["number", "state", "active", "priority", "sys_created_on", "sys_created_by", "sys_mod_count"].map((field) =>
          at(second.json, `result.${field}`)
        ),
        ["CS0001006", "", "true", "2", "2025-09-30 15:30:02", "ctx", "0"]
      )
    })
  )

  it.effect("a record reads in stored values, in display values, or in both", () =>
    Effect.gen(function* () {
      const { send, simulator, url } = yield* servingServiceNow()
      const [consumer = ""] = yield* simulator.seed([{ first_name: "João", last_name: "Silva" }])
      const created = yield* send("POST", casePath, { consumer, state: 10, contact_type: "phone" })
      const path = `${casePath}/${String(at(created.json, "result.sys_id"))}`
      const read = (parameters: string) =>
        Effect.map(send("GET", `${path}?sysparm_fields=consumer,state,opened_at,account&${parameters}`), ({ json }) =>
          at(json, "result")
        )
      const link = `${url}${consumerPath}/${consumer}`
      assert.deepStrictEqual(yield* read(""), {
        consumer: { link, value: consumer },
        state: "10",
        opened_at: "2025-09-30 15:30:02",
        account: ""
      })
      assert.deepStrictEqual(yield* read("sysparm_display_value=true"), {
        consumer: { link, display_value: "João Silva" },
        state: "Open",
        opened_at: "2025-09-30 12:30:02",
        account: ""
      })
      assert.deepStrictEqual(yield* read("sysparm_display_value=all&sysparm_exclude_reference_link=true"), {
        consumer: { display_value: "João Silva", value: consumer },
        state: { display_value: "Open", value: "10" },
        opened_at: { display_value: "2025-09-30 12:30:02", value: "2025-09-30 15:30:02" },
        account: { display_value: "", value: "" }
      })
    })
  )

  it.effect("PATCH and PUT change a record and count; unknown and read-only fields are dropped without a word", () =>
    Effect.gen(function* () {
      const { send } = yield* servingServiceNow()
      const path = `${casePath}/${String(at((yield* send("POST", casePath, fixture)).json, "result.sys_id"))}`
      yield* TestClock.adjust("1 minute")
      const patched = yield* send("PATCH", path, { state: 6, priority: 3, nada: "x", number: "CS9" })
      const unchanged = yield* send("PUT", path, { state: "6" })
      assert.deepStrictEqual([patched.status, unchanged.status], [200, 200])
      const fields = ["state", "number", "nada", "sys_mod_count", "sys_updated_on", "sys_created_on"]
      assert.deepStrictEqual(
        fields.map((field) => at(unchanged.json, `result.${field}`)),
        ["6", "CS0001001", undefined, "1", "2025-09-30 15:31:02", "2025-09-30 15:30:02"]
      )
    })
  )

  it.effect("SPEC 8.9: a closed Case keeps its state but takes notes", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingServiceNow()
      const created = yield* send("POST", casePath, { state: 3 })
      const sysId = String(at(created.json, "result.sys_id"))
      const refused = yield* send("PATCH", `${casePath}/${sysId}`, { state: 10, work_notes: "reaberto" })
      assert.strictEqual(refused.status, 403)
      assert.deepStrictEqual(refused.json, {
        error: {
          message: "Operation Failed",
          detail: "ACL Exception Update Failed due to security constraints"
        },
        status: "failure"
      })
      assert.strictEqual((yield* send("PATCH", `${casePath}/${sysId}`, { work_notes: "nota" })).status, 200)
      assert.deepStrictEqual(yield* simulator.notes(sysId), ["nota"])
      assert.strictEqual((yield* simulator.cases)[0]?.fields.active, "false")
    })
  )

  it.effect("what cannot be done is answered with the Table API's envelope", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingServiceNow()
      const missing = `${casePath}/00000000000000000000000000000000`
      const notFound = yield* send("GET", missing)
      assert.deepStrictEqual(notFound.json, {
        error: { message: "No Record found", detail: "Record doesn't exist or ACL restricts the record retrieval" },
        status: "failure"
      })
      const answers = [
        notFound,
        yield* send("PATCH", missing, { state: 6 }),
        yield* send("DELETE", missing),
        yield* send("POST", casePath, "{"),
        yield* send("POST", casePath, "[]"),
        yield* send("PUT", casePath, {}),
        yield* send("GET", "/api/now/table/incident"),
        yield* send("GET", "/api/elsewhere")
      ]
      assert.deepStrictEqual(
        answers.map(({ json, status }) => [status, at(json, "error.message")]),
        [
          [404, "No Record found"],
          [404, "No Record found"],
          [403, "Operation Failed"],
          [400, "Exception while reading request"],
          [400, "Exception while reading request"],
          [405, "Method not supported"],
          [400, "Invalid table incident"],
          [400, "Requested URI does not represent any resource"]
        ]
      )
      assert.deepStrictEqual(yield* simulator.cases, [])
    })
  )

  it.effect("SPEC 4.1: long texts are cut as the columns are", () =>
    Effect.gen(function* () {
      const { send } = yield* servingServiceNow()
      const answer = yield* send("POST", casePath, {
        short_description: "x".repeat(161),
        description: "y".repeat(4001)
      })
      assert.strictEqual(at(answer.json, "result.short_description"), "x".repeat(160))
      assert.strictEqual(at(answer.json, "result.description"), "y".repeat(4000))
    })
  )
})
