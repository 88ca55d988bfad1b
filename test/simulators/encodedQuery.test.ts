import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { at, consumerPath, query, servingServiceNow } from "./serviceNow.ts"

const seeds = [
  { first_name: "Ana", email: "ana@example.com", phone: "+5511999990001", sys_created_on: "2025-03-01 00:00:00" },
  { first_name: "Bia", email: "bia@example.com", mobile_phone: "(11) 99999-0002", u_cpf_cnpj: "11144477735" },
  { first_name: "Caio", email: "ANA@example.com", phone: "1133330001", sys_created_on: "2025-02-01 00:00:00" },
  { first_name: "Duda", phone: "+5511999990001", sys_created_on: "2025-01-01 00:00:00" }
]

const asking = (settings = {}) =>
  Effect.gen(function* () {
    const { send, simulator } = yield* servingServiceNow(settings)
    yield* simulator.seed(seeds)
    const ask = (text: string, more: Readonly<Record<string, string>> = {}) =>
      Effect.map(send("GET", consumerPath + query(text, more)), ({ json }) => {
        const result = at(json, "result")
        return Array.isArray(result) ? result.map((row) => at(row, "first_name")) : json
      })
    return { ask, send, simulator }
  })

describe("encoded queries of the simulator", () => {
  it.effect("SPEC 3.1: operators, alternatives and orders find what they mean", () =>
    Effect.gen(function* () {
      const { ask } = yield* asking()
      const cases: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
        ["email=ana@example.com", ["Ana", "Caio"]],
        ["email=ana@example.com^first_name!=Ana", ["Caio"]],
        ["emailLIKE@EXAMPLE", ["Ana", "Bia", "Caio"]],
        ["phoneLIKE99990001", ["Ana", "Duda"]],
        ["phoneLIKE9999-0001", []],
        ["phoneLIKE0001", ["Ana", "Caio", "Duda"]],
        ["mobile_phoneLIKE99999-0002^ORphoneLIKE33330001", ["Bia", "Caio"]],
        ["first_nameSTARTSWITHd", ["Duda"]],
        ["u_cpf_cnpjIN111.444.777-35,11144477735", ["Bia"]],
        ["u_cpf_cnpj=111.444.777-35^ORu_cpf_cnpj=11144477735", ["Bia"]],
        ["email=", ["Duda"]],
        ["email=ana@example.com^ORfirst_name=Bia^phone=1133330001", ["Caio"]],
        ["first_name=Bia^NQfirst_name=Ana", ["Ana", "Bia"]],
        ["phoneLIKE0001^ORDERBYsys_created_on", ["Duda", "Caio", "Ana"]],
        ["phoneLIKE0001^ORDERBYDESCfirst_name", ["Duda", "Caio", "Ana"]],
        ["phone=+5511999990001^ORDERBYphone^ORDERBYDESCsys_created_on", ["Ana", "Duda"]]
      ]
      for (const [text, found] of cases) assert.deepStrictEqual([text, yield* ask(text)], [text, found])
    })
  )

  it.effect("sysparm_limit and sysparm_offset take a page; the total is in X-Total-Count", () =>
    Effect.gen(function* () {
      const { ask, send } = yield* asking()
      assert.deepStrictEqual(yield* ask("ORDERBYDESCfirst_name", { sysparm_limit: "2", sysparm_offset: "1" }), [
        "Caio",
        "Bia"
      ])
      const answer = yield* send("GET", `${consumerPath}?sysparm_limit=1`)
      assert.strictEqual(answer.headers.get("x-total-count"), "4")
    })
  )

  it.effect("SPEC 3.1: a condition on an unknown field is ignored, so that strangers come back", () =>
    Effect.gen(function* () {
      const { ask, simulator } = yield* asking()
      const everybody = ["Ana", "Bia", "Caio", "Duda"]
      assert.deepStrictEqual(yield* ask("u_documento=11144477735"), everybody)
      assert.deepStrictEqual(yield* ask("u_documento=1^first_name=Bia"), ["Bia"])
      assert.deepStrictEqual(yield* ask("u_documento=1^ORfirst_name=Bia"), ["Bia"])
      assert.deepStrictEqual(yield* ask("not a condition"), everybody)
      assert.deepStrictEqual(yield* ask("u_cpf_cnpj=nobody"), [])
      yield* simulator.change({ withoutFields: ["u_cpf_cnpj"] })
      assert.deepStrictEqual(yield* ask("u_cpf_cnpj=nobody"), everybody)
    })
  )

  it.effect("with strictQuery a query with an unknown field finds nothing", () =>
    Effect.gen(function* () {
      const { ask } = yield* asking({ strictQuery: true })
      assert.deepStrictEqual(yield* ask("u_documento=1^NQfirst_name=Bia"), [])
      assert.deepStrictEqual(yield* ask("first_name=Bia"), ["Bia"])
    })
  )

  it.effect("a changed value is found by its new value only, also where an index knew the old one", () =>
    Effect.gen(function* () {
      const { ask, send, simulator } = yield* asking()
      assert.deepStrictEqual(yield* ask("email=bia@example.com^ORphoneLIKE11999990001"), ["Ana", "Bia", "Duda"])
      const bia = (yield* simulator.consumers)[1]
      yield* send("PATCH", `${consumerPath}/${bia?.sysId}`, { email: "nova@example.com", phone: "+5511888880002" })
      yield* send("POST", consumerPath, { first_name: "Eva", email: "nova@example.com" })
      assert.deepStrictEqual(yield* ask("email=bia@example.com"), [])
      assert.deepStrictEqual(yield* ask("email=nova@example.com"), ["Bia", "Eva"])
      assert.deepStrictEqual(yield* ask("phoneLIKE88880002"), ["Bia"])
    })
  )
})
