import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import { digitsOf, documentLookups, documentOf, sameDocument } from "../../../src/domain/outbound/consumer.ts"

const lookups: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
  ["12345678901", ["12345678901", "123.456.789-01"]],
  ["123.456.789-01", ["12345678901", "123.456.789-01"]],
  [" 123 456 789 01 ", ["12345678901", "123.456.789-01"]],
  ["CPF 123.456.789-01", ["12345678901", "123.456.789-01"]],
  ["12345678000195", ["12345678000195", "12.345.678/0001-95"]],
  ["12.345.678/0001-95", ["12345678000195", "12.345.678/0001-95"]],
  ["12.abc.345/01de-35", ["12ABC34501DE35", "12.ABC.345/01DE-35"]],
  ["12ABC34501DE3X", []],
  ["1234567890", []],
  ["", []]
]

describe("documents", () => {
  it.each(lookups)("SPEC 3.1: %j is looked up by %j", (raw, expected) => {
    assert.deepStrictEqual(documentLookups(raw), expected)
  })

  it("SPEC 3.1: one document is the same in every spelling, and no other", () => {
    const digits = fc.oneof(
      ...[11, 14].map((length) =>
        fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: length, maxLength: length })
      )
    )
    fc.assert(
      fc.property(digits, digits, (document, other) => {
        const spellings = documentLookups(document)
        assert.strictEqual(spellings.length, 2)
        for (const spelling of spellings) {
          assert.strictEqual(digitsOf(spelling), document)
          assert.isTrue(sameDocument(document, spelling))
          assert.strictEqual(sameDocument(other, spelling), other === document)
        }
      })
    )
  })

  it("SPEC 3.1: a text that is not a document does not even match itself", () => {
    for (const raw of ["", "123", "não informado"]) assert.isFalse(sameDocument(raw, raw))
    assert.isTrue(sameDocument("12abc34501de35", "12.ABC.345/01DE-35"))
  })

  it("SPEC 3.1: the first of cpf, cnpj, cpf_cnpj, documento that is not empty", () => {
    const all = { id: "c", cpf: "1", cnpj: "2", cpf_cnpj: "3", documento: "4" }
    assert.strictEqual(documentOf(all), "1")
    assert.strictEqual(documentOf({ ...all, cpf: "" }), "2")
    assert.strictEqual(documentOf({ ...all, cpf: " ", cnpj: "" }), "3")
    assert.strictEqual(documentOf({ id: "c", documento: " 4 " }), "4")
    assert.strictEqual(documentOf({ id: "c" }), undefined)
  })
})
