import { assert, describe, it } from "@effect/vitest"

import { correlationIdProblem } from "../../../src/domain/record/Origin.ts"

describe("correlationIdProblem", () => {
  const good = ["a", "x|y|z", "a".repeat(200), "😀".repeat(200), "maçã 1", "java script:", "javascript"]
  it.each(good)("SPEC 1.3: takes %j", (id) => {
    assert.strictEqual(correlationIdProblem(id), undefined)
  })

  const bad: ReadonlyArray<readonly [string, string]> = [
    ["", "esperado texto não vazio, veio texto vazio"],
    ["   ", "esperado texto não vazio, veio texto vazio"],
    ["a".repeat(201), "esperado no máximo 200 caracteres"],
    ["😀".repeat(201), "esperado no máximo 200 caracteres"],
    ["a".repeat(1_000_000), "esperado no máximo 200 caracteres"],
    ["a\nb", "contém caractere de controle"],
    ["a\u0000", "contém caractere de controle"],
    ["a\u007F", "contém caractere de controle"],
    ["a\u0085", "contém caractere de controle"],
    ["a\uD800", "contém caractere Unicode inválido"],
    ["a^ORb", 'contém "^"'],
    ["xJaVaScRiPt:alert", 'contém "javascript:"']
  ]
  it.each(bad)("SPEC 1.3: refuses %j", (id, problem) => {
    assert.strictEqual(correlationIdProblem(id), problem)
  })
})
