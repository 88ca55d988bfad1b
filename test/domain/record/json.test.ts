import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import { decodeJson, maxDepth, toPlainJson } from "../../../src/domain/record/json.ts"

const nested = (levels: number): unknown => (levels === 0 ? "leaf" : { within: nested(levels - 1) })

describe("toPlainJson", () => {
  const rows: ReadonlyArray<readonly [string, unknown]> = [
    ['"a\\u0000b"', "ab"],
    ['"a\\ud800b"', "ab"],
    ['"\\ud83d\\u0000\\ude00"', "😀"],
    ['"\\ud83d\\ude00"', "😀"],
    ['{"a\\u0000":[1,"\\udfff"],"b":{"c":null}}', { a: [1, ""], b: { c: null } }],
    ["1e999", null],
    ["[0,-1e999]", [0, null]],
    ['{"a":1,"__proto__":{"b":2}}', { a: 1 }],
    ['{"__proto\\u0000__":1}', {}]
  ]
  it.each(rows)("SPEC 1.3: %s", (text, value) => {
    assert.deepStrictEqual(toPlainJson(JSON.parse(text)), { value, tooDeep: false })
  })

  it("SPEC 1.3: no value keeps anything that a store cannot hold", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "é", "\0", "\ud83d", "\ude00", "__proto__") })
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), fc.array(text), (value, texts) => {
        const plain = toPlainJson(JSON.parse(JSON.stringify([value, texts, { [texts.join()]: texts }]))).value
        const again = JSON.stringify(plain)
        assert.notInclude(again, "\\u0000")
        assert.notMatch(again, /\\ud[89a-f]/)
        assert.strictEqual(toPlainJson(plain).value, plain)
      })
    )
  })

  it("returns the same value if nothing has to change", () => {
    const value = JSON.parse('{"a":[1.5,"é 😀",{"b":false}],"c":{}}')
    assert.strictEqual(toPlainJson(value).value, value)
  })

  it("leaves out values that are nested too deeply, and reports it", () => {
    const deepest = nested(maxDepth)
    assert.deepStrictEqual(toPlainJson(deepest), { value: deepest, tooDeep: false })
    const { tooDeep, value } = toPlainJson(nested(maxDepth + 1))
    assert.isTrue(tooDeep)
    assert.strictEqual(JSON.stringify(value), JSON.stringify(deepest).replace('"leaf"', "null"))
  })
})

describe("decodeJson", () => {
  const value = (text: string) => {
    const decoded = decodeJson(new TextEncoder().encode(text))
    return decoded._tag === "Json" ? decoded.value : decoded.problem
  }
  const rows: ReadonlyArray<readonly [string, unknown]> = [
    ["35250912345678000195550010000012341000012345", "35250912345678000195550010000012341000012345"],
    ["[9007199254740993]", ["9007199254740993"]],
    ['{"a":{"b":-9007199254740993}}', { a: { b: "-9007199254740993" } }],
    ["9007199254740991", 9007199254740991],
    ["0.12345678901234567890", 0.12345678901234568],
    ["3.5e43", 3.5e43],
    ['["35250912345678000195", 7]', ["35250912345678000195", 7]],
    ['{"__proto__":{"x":12345678901234567890}}', JSON.parse('{"__proto__":{"x":"12345678901234567890"}}')]
  ]
  it.each(rows)("SPEC 2.1: %s", (text, expected) => assert.deepStrictEqual(value(text), expected))

  it("SPEC 2.1: any depth of nesting, even beside an integer of many digits", () => {
    const [list] = value(
      `[${"[".repeat(200_000)}${"]".repeat(200_000)},12345678901234567890]`
    ) as ReadonlyArray<unknown>
    assert.isTrue(Array.isArray(list))
  })

  it("SPEC 2.1: every other value is as JSON.parse returns it", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (any) => {
        const text = JSON.stringify([any, "1234567890123456"])
        assert.deepStrictEqual(
          JSON.stringify(value(text)).replaceAll(/"(-?\d{16,})"/g, "$1"),
          JSON.stringify(JSON.parse(text)).replaceAll(/"(-?\d{16,})"/g, "$1")
        )
      })
    )
  })
})
