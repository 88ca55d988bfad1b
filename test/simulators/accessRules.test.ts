import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { ServiceNowOptions } from "../../simulators/servicenow/options.ts"
import { at, casePath, consumerPath, query, servingServiceNow } from "./serviceNow.ts"

const fields = { sysparm_fields: "u_num_pedido" }

/** An instance with the Cases 1, 2 and 3, which the order then changes. */
const withThree = (order: ServiceNowOptions) =>
  Effect.gen(function* () {
    const served = yield* servingServiceNow()
    const { send } = served
    const sysIds = yield* Effect.forEach(["1", "2", "3"], (number) =>
      Effect.map(send("POST", casePath, { u_id_correlacao: `j|c|${number}`, u_num_pedido: number }), ({ json }) =>
        String(at(json, "result.sys_id"))
      )
    )
    assert.strictEqual((yield* send("POST", "/_sim/options", order)).status, 200)
    const ask = (text: string, more = {}) =>
      Effect.map(send("GET", casePath + query(text, { ...fields, ...more })), ({ headers, json }) => {
        const rows = at(json, "result")
        const found = Array.isArray(rows) ? rows.map((row) => at(row, "u_num_pedido")) : rows
        return [found, headers.get("x-total-count")]
      })
    return { ...served, ask, sysIds }
  })

describe("rows that the API user does not see", () => {
  it.effect("an ACL takes rows out of the page that was found; the count still has them", () =>
    Effect.gen(function* () {
      const { ask } = yield* withThree({ hiddenRows: [{ query: "u_id_correlacao=j|c|2" }] })
      assert.deepStrictEqual(yield* ask("u_id_correlacao=j|c|2"), [[], "1"])
      assert.deepStrictEqual(yield* ask("u_id_correlacao=j|c|1"), [["1"], "1"])
      assert.deepStrictEqual(yield* ask(""), [["1", "3"], "3"])
      assert.deepStrictEqual(yield* ask("", { sysparm_limit: "2" }), [["1"], "3"])
    })
  )

  it.effect("a before-query rule leaves them out of the search: nothing counts them", () =>
    Effect.gen(function* () {
      const { ask } = yield* withThree({ hiddenRows: [{ query: "u_id_correlacao=j|c|2", by: "rule" }] })
      assert.deepStrictEqual(yield* ask("u_id_correlacao=j|c|2"), [[], "0"])
      assert.deepStrictEqual(yield* ask("", { sysparm_limit: "2" }), [["1", "3"], "2"])
    })
  )

  it.effect("a hidden row is no record for a read or an update by its sys_id, and is created all the same", () =>
    Effect.gen(function* () {
      const { ask, send, simulator, sysIds } = yield* withThree({ hiddenRows: [{ table: "sn_customerservice_case" }] })
      const hidden = `${casePath}/${sysIds[0]}`
      const asked = [yield* send("GET", hidden), yield* send("PATCH", hidden, { state: 6 })]
      assert.deepStrictEqual(
        asked.map(({ status }) => status),
        [404, 404]
      )
      const created = yield* send("POST", casePath, { u_num_pedido: "4" })
      assert.deepStrictEqual([created.status, at(created.json, "result.u_num_pedido")], [201, "4"])
      assert.deepStrictEqual(yield* ask(""), [[], "4"])
      assert.strictEqual((yield* simulator.cases).length, 4)
      yield* simulator.seed([{ email: "ana@example.com" }])
      const consumers = yield* send("GET", `${consumerPath}?sysparm_fields=email`)
      assert.deepStrictEqual(consumers.json, { result: [{ email: "ana@example.com" }] })
    })
  )
})

describe("fields that the API user does not see", () => {
  it.effect(
    "hiddenOnRead: reads answer them empty or not at all; writes store and echo them, queries find by them",
    () =>
      Effect.gen(function* () {
        const { send, simulator, sysIds } = yield* withThree({
          hiddenOnRead: ["u_id_correlacao", "csm_consumer.number"]
        })
        const shown = { sysparm_fields: "number,u_id_correlacao" }
        const read = yield* send("GET", casePath + query("u_id_correlacao=j|c|2", shown))
        assert.deepStrictEqual(read.json, { result: [{ number: "CS0001002", u_id_correlacao: "" }] })
        const written = yield* send("PATCH", `${casePath}/${sysIds[1]}${query("", shown)}`, {
          u_id_correlacao: "j|c|5"
        })
        assert.deepStrictEqual(written.json, { result: { number: "CS0001002", u_id_correlacao: "j|c|5" } })
        assert.strictEqual((yield* simulator.cases)[1]?.fields.u_id_correlacao, "j|c|5")
        yield* send("POST", "/_sim/options", { hiddenAs: "absent" })
        assert.deepStrictEqual((yield* send("GET", `${casePath}/${sysIds[1]}${query("", shown)}`)).json, {
          result: { number: "CS0001002" }
        })
      })
  )

  it.effect("hiddenOnWrite: a create's answer without sys_id and number; `*` and `u_*` mean several", () =>
    Effect.gen(function* () {
      const { send, sysIds } = yield* withThree({ hiddenOnWrite: ["sys_id", "number"], hiddenAs: "absent" })
      const shown = query("", { sysparm_fields: "sys_id,number,state,u_num_pedido,u_msisdn" })
      const body = { u_num_pedido: "4", u_msisdn: "5" }
      assert.deepStrictEqual((yield* send("POST", casePath + shown, body)).json, {
        result: { state: "1", u_num_pedido: "4", u_msisdn: "5" }
      })
      yield* send("POST", "/_sim/options", { hiddenOnWrite: ["u_*"] })
      const result = { number: "CS0001001", sys_id: sysIds[0], state: "1" }
      assert.deepStrictEqual((yield* send("PATCH", `${casePath}/${sysIds[0]}${shown}`, body)).json, { result })
      yield* send("POST", "/_sim/options", { hiddenOnWrite: ["sn_customerservice_case.*"] })
      assert.deepStrictEqual((yield* send("POST", casePath + shown, body)).json, { result: {} })
    })
  )
})

describe("searches that the API user must not make", () => {
  it.effect("rangeSearchDenied: LIKE, CONTAINS, comparisons and ORDERBY find nothing, whole values are found", () =>
    Effect.gen(function* () {
      const { ask } = yield* withThree({ rangeSearchDenied: ["u_num_pedido", "sys_created_on"] })
      const nothing = [
        "u_num_pedidoLIKE2",
        "u_num_pedidoCONTAINS2",
        "u_num_pedidoSTARTSWITH2",
        "u_num_pedidoENDSWITH2",
        "u_num_pedido>1",
        "u_num_pedido=2^ORDERBYsys_created_on",
        "u_num_pedido=2^ORu_num_pedidoLIKE2",
        "ORDERBYDESCu_num_pedido"
      ]
      for (const text of nothing) assert.deepStrictEqual([text, yield* ask(text)], [text, [[], "0"]])
      for (const text of ["u_num_pedido=2", "u_num_pedidoIN2,5", "u_num_pedido=2^u_num_pedidoISNOTEMPTY"]) {
        assert.deepStrictEqual([text, yield* ask(text)], [text, [["2"], "1"]])
      }
      assert.deepStrictEqual(yield* ask("u_id_correlacaoLIKE|3"), [["3"], "1"])
    })
  )

  it.effect("rangeSearchAnswer 403 refuses such a query; `*` means every field", () =>
    Effect.gen(function* () {
      const { send } = yield* withThree({ rangeSearchDenied: ["*"], rangeSearchAnswer: "403" })
      const refused = yield* send("GET", casePath + query("numberLIKE1"))
      assert.deepStrictEqual(
        [refused.status, refused.json],
        [
          403,
          {
            error: { message: "Operation Failed", detail: "ACL Exception Query Failed due to security constraints" },
            status: "failure"
          }
        ]
      )
      assert.strictEqual((yield* send("GET", casePath + query("number=CS0001001"))).status, 200)
    })
  )

  it.effect("readOnlyTables: creates and updates are answered with 403 and store nothing", () =>
    Effect.gen(function* () {
      const { send, simulator, sysIds } = yield* withThree({ readOnlyTables: ["sn_customerservice_case"] })
      const before = yield* simulator.cases
      const answers = [
        yield* send("POST", casePath, {}),
        yield* send("PATCH", `${casePath}/${sysIds[0]}`, { work_notes: "nota" }),
        yield* send("POST", consumerPath, { email: "ana@example.com" })
      ]
      assert.deepStrictEqual(
        answers.map(({ json, status }) => [status, at(json, "error.detail")]),
        [
          [403, "ACL Exception Insert Failed due to security constraints"],
          [403, "ACL Exception Update Failed due to security constraints"],
          [201, undefined]
        ]
      )
      assert.deepStrictEqual(yield* simulator.cases, before)
    })
  )
})
