import { assert, describe, it } from "@effect/vitest"

import { caseKey, keyFields, keyOfBody } from "../../../src/domain/outbound/caseKey.ts"
import { covers, judgeLook } from "../../../src/domain/outbound/caseLook.ts"

const field = "u_id_correlacao"
const id = "pedido|cliente-1|805566999OBM3028874-01"
const key = { field, value: id }
const control = { field, value: "pedido|cliente-2|805566999OBM3028874-02" }
const row = (key: string | undefined) => ({ key })

describe("what a look proves", () => {
  const judged = (
    rows: ReadonlyArray<string | undefined>,
    total?: number,
    known: typeof control | undefined = control
  ) => judgeLook(key, known, { rows: rows.map(row), total, limit: 10 })._tag

  const cases: ReadonlyArray<readonly [string, ReadonlyArray<string | undefined>, number | undefined, string]> = [
    ["our key", [id], 1, "Found"],
    ["our key beside anything else", [undefined, "x", id], 9, "Found"],
    ["the control alone", [control.value], 1, "None"],
    ["the control alone, without a count", [control.value], undefined, "None"],
    ["the control and a hidden row", [control.value], 2, "Blind"],
    ["nothing", [], 0, "Blind"],
    ["the control cut at 32", [control.value.slice(0, 32)], 1, "Blind"],
    ["our key cut at 32", [control.value, id.slice(0, 32)], 2, "Blind"],
    ["our key with a space", [control.value, `${id} `], 2, "Blind"],
    ["an empty field", [control.value, ""], 2, "Blind"],
    ["no field", [control.value, undefined], 2, "Blind"],
    ["as many rows as it asked for", Array.from({ length: 10 }, () => control.value), 10, "Blind"],
    ["our id in capitals, where the column keeps the case", [control.value, id.toUpperCase()], 2, "None"],
    ["our id in capitals, and no control", [id.toUpperCase()], 1, "Blind"],
    ["the control in capitals", [control.value.toUpperCase()], 1, "Blind"]
  ]
  for (const [title, rows, total, expected] of cases) {
    it(`SPEC 4.3: ${title}: ${expected}`, () => assert.strictEqual(judged(rows, total), expected))
  }

  it("SPEC 4.3: an empty answer without a known Case proves nothing", () => {
    assert.strictEqual(judgeLook(key, undefined, { rows: [], total: 0, limit: 10 })._tag, "Unproven")
    assert.strictEqual(judgeLook(key, undefined, { rows: [], total: 1, limit: 10 })._tag, "Blind")
  })

  it("SPEC 4.3: if the control has no letter case to keep, another spelling may be ours", () => {
    const digits = { field, value: "1".repeat(60) }
    const rows = [digits.value, id.toUpperCase()].map(row)
    assert.strictEqual(judgeLook(key, digits, { rows, total: 2, limit: 10 })._tag, "Blind")
  })
})

describe("what a control shows", () => {
  for (const [shown, value, expected] of [
    ["a".repeat(40), "b".repeat(40), true],
    ["a".repeat(39), "b".repeat(40), false],
    ["a".repeat(40), `${"b".repeat(38)}🚚`, false],
    [`${"a".repeat(40)}👋`, `${"b".repeat(38)}🚚`, true],
    ["a".repeat(40), "b <i>", false],
    ["a".repeat(40), "b ", false],
    ["a".repeat(40), "b  c", false],
    ["a".repeat(40), "b c", true]
  ] as const) {
    it(`SPEC 4.3: "${shown}" ${expected ? "covers" : "does not cover"} "${value}"`, () =>
      assert.strictEqual(covers(shown, value), expected))
  }
})

describe("the key of a Case", () => {
  it("SPEC 4.3: the id itself, or in correlation_id a digest of it", () => {
    assert.deepStrictEqual(caseKey(field, id), key)
    assert.deepStrictEqual(caseKey("u_chave", id), { field: "u_chave", value: id })
    assert.deepStrictEqual(caseKey("correlation_id", "abc"), {
      field: "correlation_id",
      value: "brom-ctx:ba7816bf8f01cfea414140de5dae2223"
    })
  })

  it("SPEC 4.3: is sent beside the documented fields", () => {
    assert.deepStrictEqual(keyFields(key), {})
    assert.deepStrictEqual(keyFields(caseKey("u_chave", id)), { u_chave: id })
  })

  it("SPEC 4.3: an intent keeps the key that it was made with", () => {
    const digest = caseKey("correlation_id", id)
    assert.deepStrictEqual(keyOfBody({ u_id_correlacao: id, correlation_id: digest.value }, digest, id), digest)
    assert.deepStrictEqual(keyOfBody({ u_id_correlacao: id }, digest, id), key)
  })
})
