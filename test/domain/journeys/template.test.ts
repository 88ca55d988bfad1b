import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import { render, templateVariables, truncate } from "../../../src/domain/journeys/template.ts"

describe("render", () => {
  const variables = {
    vazio: " ",
    nome: "João",
    n: 5,
    sim: true,
    nada: null,
    obj: { a: 1 },
    lista: [1],
    "num pedido": "x"
  }
  const rows: ReadonlyArray<readonly [string, string]> = [
    ["Olá, {{nome}}!", "Olá, João!"],
    ["{{ nome }}{{n}}{{sim}}", "João5true"],
    ["[{{nada}}{{obj}}{{lista}}{{outro}}{{}}]", "[]"],
    ["[{{constructor}}{{__proto__}}]", "[]"],
    ["{{num pedido}}", "x"],
    ["{nome} {{nome} }} {{", "{nome} {{nome} }} {{"],
    ["{{{nome}}}", "{João}"],
    ["Olá, {{nome|cliente}}!", "Olá, João!"],
    ["Olá, {{vazio|cliente}}! {{ nada | caro cliente }} {{outro|a|b}}", "Olá, cliente! caro cliente a|b"],
    ["[{{outro|}}{{|x}}]", "[x]"]
  ]
  it.each(rows)("SPEC 4.1: %j is %j", (template, expected) => {
    assert.strictEqual(render(template, variables), expected)
  })

  it("SPEC 4.1: a value is never a template itself, nor a replacement pattern", () => {
    assert.strictEqual(render("{{a}}|{{b}}", { a: "{{b}}", b: "$&$1" }), "{{b}}|$&$1")
  })

  it("SPEC 4.1: shows any text between its neighbours as it is", () => {
    fc.assert(fc.property(fc.string(), (text) => assert.strictEqual(render("<{{x}}>", { x: text }), `<${text}>`)))
  })
})

describe("templateVariables", () => {
  it("names each variable with its replacement text, in order", () => {
    assert.deepStrictEqual(templateVariables("{{b}} {{ a |x}} {{b|y}} {c} {{d}"), [
      { name: "b", otherwise: "" },
      { name: "a", otherwise: "x" },
      { name: "b", otherwise: "y" }
    ])
  })
})

describe("truncate", () => {
  it("SPEC 4.1: cuts by code points and keeps surrogate pairs whole", () => {
    assert.strictEqual(truncate("ação", 3), "açã")
    assert.strictEqual(truncate("a😀b", 2), "a😀")
    assert.strictEqual(truncate("😀😀", 2), "😀😀")
    assert.strictEqual(truncate("😀😀😀", 1), "😀")
    assert.strictEqual(truncate("abc", 0), "")
  })

  it("SPEC 4.1: is the longest beginning of at most max code points", () => {
    const text = fc.string({ unit: "binary" })
    fc.assert(
      fc.property(text, fc.nat(20), (whole, max) =>
        assert.strictEqual(truncate(whole, max), [...whole].slice(0, max).join(""))
      )
    )
  })
})
