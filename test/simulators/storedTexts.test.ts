import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { at, casePath, consumerPath, query, servingServiceNow } from "./serviceNow.ts"

describe("columns of the simulator", () => {
  it.effect("columnLengths: a longer value is cut without a word, and a query for the whole one finds nothing", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingServiceNow()
      yield* send("POST", "/_sim/options", { columnLengths: { "u_*": 40, u_msisdn: 3, "csm_consumer.email": 5 } })
      const id = `pedido|${"x".repeat(40)}`
      const created = yield* send("POST", casePath, { u_id_correlacao: id, u_msisdn: "12345", subcategory: id })
      assert.strictEqual(created.status, 201)
      const [one] = yield* simulator.cases
      assert.deepStrictEqual(
        ["u_id_correlacao", "u_msisdn", "subcategory"].map((field) => one?.fields[field]),
        [id.slice(0, 40), "123", id]
      )
      const found = (value: string) =>
        Effect.map(
          send("GET", casePath + query(`u_id_correlacao=${value}`, { sysparm_fields: "number" })),
          ({ json }) => json
        )
      assert.deepStrictEqual(yield* found(id), { result: [] })
      assert.deepStrictEqual(yield* found(id.slice(0, 40)), { result: [{ number: "CS0001001" }] })
      const consumer = yield* send("POST", consumerPath, { email: "ana@example.com" })
      assert.strictEqual(at(consumer.json, "result.email"), "ana@e")
    })
  )

  it.effect("correlation_id is a column of every Case, of 100 characters", () =>
    Effect.gen(function* () {
      const { send } = yield* servingServiceNow()
      const created = yield* send("POST", casePath, { correlation_id: "x".repeat(101) })
      assert.strictEqual(at(created.json, "result.correlation_id"), "x".repeat(100))
      const found = yield* send(
        "GET",
        casePath + query(`correlation_id=${"x".repeat(100)}`, { sysparm_fields: "state" })
      )
      assert.deepStrictEqual(found.json, { result: [{ state: "1" }] })
    })
  )
})

describe("texts that the instance stores otherwise than sent", () => {
  const sent = 'Olá 😀!\nA & B <b>já</b> 1 < 2 <script>alert("x")</script>fim'
  const rewrites: ReadonlyArray<readonly [string, string]> = [
    ["fourBytes", 'Olá ????!\nA & B <b>já</b> 1 < 2 <script>alert("x")</script>fim'],
    ["html", "Olá 😀!\nA &amp; B já 1 &lt; 2 fim"],
    ["lineEnds", 'Olá 😀!\r\nA & B <b>já</b> 1 < 2 <script>alert("x")</script>fim']
  ]
  for (const [rewrite, stored] of rewrites) {
    it.effect(`rewrites ${rewrite}: in texts and in notes`, () =>
      Effect.gen(function* () {
        const { send, simulator } = yield* servingServiceNow()
        yield* send("POST", "/_sim/options", { rewrites: [rewrite] })
        yield* send("POST", casePath, { description: sent, work_notes: sent })
        const [one] = yield* simulator.cases
        assert.deepStrictEqual([one?.fields.description, one?.notes], [stored, [stored]])
      })
    )
  }

  it.effect("all rewrites together come before the cut of the column", () =>
    Effect.gen(function* () {
      const { send } = yield* servingServiceNow({ rewrites: ["lineEnds", "fourBytes", "html"] })
      const answer = yield* send("POST", casePath, { short_description: `<i>😀</i>\n${"x".repeat(160)}` })
      assert.strictEqual(at(answer.json, "result.short_description"), `????\r\n${"x".repeat(154)}`)
    })
  )

  it.effect("timeZone: journals and display values are in the API user's", () =>
    Effect.gen(function* () {
      const { send } = yield* servingServiceNow()
      yield* send("POST", "/_sim/options", { timeZone: "Asia/Tokyo" })
      const created = yield* send("POST", casePath, { work_notes: "nota" })
      const shown = query("", { sysparm_display_value: "true", sysparm_fields: "work_notes,sys_created_on" })
      assert.deepStrictEqual((yield* send("GET", `${casePath}/${at(created.json, "result.sys_id")}${shown}`)).json, {
        result: {
          work_notes: "2025-10-01 00:30:02 - System Administrator (Work notes)\nnota\n\n",
          sys_created_on: "2025-10-01 00:30:02"
        }
      })
      const bad = yield* send("POST", "/_sim/options", { timeZone: "Mars/Base" })
      assert.deepStrictEqual(at(bad.json, "problems.0"), {
        field: "timeZone",
        value: "Mars/Base",
        expected: "an IANA time zone"
      })
    })
  )
})
