import { assert, describe, it } from "@effect/vitest"

import { isPlaceholder, isPlaceholderEntry, usualPlaceholders } from "../../../src/domain/journeys/placeholders.ts"

describe("placeholders", () => {
  const usual = [
    "naotem@gmail.com",
    "nao.tem@hotmail.com",
    "nao_tem1@x.com.br",
    "naopossui@naopossui.com",
    "sememail@sememail.com.br",
    "cliente@naotem.com.br",
    "email@email.com",
    "teste@teste.com",
    "nao@tem.com.br",
    "n.ao@possui.com",
    "sem@email.com",
    "null@null.com",
    "undefined@gmail.com",
    "x@x.com",
    "aaa@aaa.com.br",
    "+5511999999999",
    "+5521911111111",
    "+5511900000000",
    "12345678909"
  ]
  it.each(usual)("CONTRACT Journeys file: %s is a placeholder by default", (value) => {
    assert.isTrue(isPlaceholder(value, usualPlaceholders))
  })

  const own = [
    "joao.silva@example.com",
    "joao.teste@gmail.com",
    "teste@gmail.com",
    "ana@tem.com",
    "x@empresa.com.br",
    "+5521988888888",
    "email@empresa.com.br",
    "+5511987654321",
    "+5511999999998",
    "52998224725",
    "12345678000195"
  ]
  it.each(own)("CONTRACT Journeys file: %s is not a placeholder by default", (value) => {
    assert.isFalse(isPlaceholder(value, usualPlaceholders))
  })

  it("CONTRACT Journeys file: an entry is a phone, a document or an address, in any spelling", () => {
    const entries = ["(11) 4000-1234", "4444-1234", "529.982.247-25", "*@loja.com.br", "Fulano@x.com"]
    for (const value of [
      "+551140001234",
      "+551144441234",
      "+5521944441234",
      "52998224725",
      "a@loja.com.br",
      "fulano@x.com"
    ]) {
      assert.isTrue(isPlaceholder(value, entries), value)
    }
    for (const value of ["+552140001234", "11144477735", "a@loja.com", "fulano@x.com.br"]) {
      assert.isFalse(isPlaceholder(value, entries), value)
    }
    assert.isFalse(isPlaceholder("+5511999999999", []))
  })

  it("CONTRACT Journeys file: an entry that could match anything is invalid", () => {
    for (const entry of usualPlaceholders) assert.isTrue(isPlaceholderEntry(entry), entry)
    for (const entry of ["", "naotem", "123", "@", "a b@c"]) assert.isFalse(isPlaceholderEntry(entry), entry)
  })
})
