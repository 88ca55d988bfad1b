import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import { type DocumentField, documentLookups, readDocument, sameDocument } from "../../../src/domain/values/document.ts"

const fields: ReadonlyArray<DocumentField> = ["cpf", "cnpj", "cpf_cnpj", "documento"]

describe("readDocument", () => {
  const anywhere: ReadonlyArray<readonly [string, string]> = [
    ["52998224725", "52998224725"],
    ["529.982.247-25", "52998224725"],
    [" 529 982 247 25 ", "52998224725"],
    ["CPF: 529.982.247-25", "52998224725"],
    ["CPF nº 529.982.247-25", "52998224725"],
    ["CPF n° 529.982.247-25", "52998224725"],
    ["'52998224725", "52998224725"],
    ['"529.982.247-25"', "52998224725"],
    ["(529.982.247-25);", "52998224725"],
    ["５２９.９８２.２４７-２５", "52998224725"],
    ["\u200E529.982.247\u201125\u00A0", "52998224725"],
    ["52998224725.0", "52998224725"],
    ["5.2998224725E10", "52998224725"],
    ["052998224725", "52998224725"],
    ["00052998224725", "52998224725"],
    ["12345678000195", "12345678000195"],
    ["12.345.678/0001-95", "12345678000195"],
    ["12 345 678 0001 95", "12345678000195"],
    ["1.2345678000195E13", "12345678000195"],
    // The Receita Federal's own example of a CNPJ with letters.
    ["12.ABC.345/01DE-35", "12ABC34501DE35"],
    ["12abc34501de35", "12ABC34501DE35"],
    ["00.000.000/0001-91", "00000000000191"]
  ]
  it.each(anywhere)("SPEC 3.1: %j is %s in any field", (raw, value) => {
    for (const field of fields) assert.deepStrictEqual(readDocument(raw, field), { value }, field)
  })

  const byField: ReadonlyArray<readonly [string, DocumentField, string | undefined]> = [
    // A CPF without its zeros, as a number has none.
    ["1234567890", "cpf", "01234567890"],
    ["1234567890", "cpf_cnpj", "01234567890"],
    ["1234567890", "documento", "01234567890"],
    ["12345679", "cpf", undefined],
    // Fewer digits of an identity card are not a CPF.
    ["123456797", "cpf", "00123456797"],
    ["123456797", "documento", undefined],
    // A CNPJ without its zeros.
    ["191000100", "cnpj", undefined],
    ["20800100", "cnpj", "00000020800100"],
    ["191", "cnpj", undefined]
  ]
  it.each(byField)("SPEC 3.1: %j in %s is %s", (raw, field, value) => {
    assert.strictEqual(readDocument(raw, field).value, value)
  })

  const none = [
    "",
    "-",
    "null",
    "123",
    "não informado",
    "000.000.000-00",
    "11111111111",
    "00000000000000",
    "52998224724",
    "12345678000196",
    "12ABC34501DE36",
    "12ABC34501DE3X",
    "CLIENTE0000099",
    "5.29982E10",
    "***.982.247-**",
    "529.###.###-25",
    "(529.982.247-25) (111.444.777-35)",
    "529.982.247-25 / 111.444.777-35"
  ]
  it.each(none)("SPEC 3.1: %j is not a document in any field, and does not even match itself", (raw) => {
    for (const field of fields) assert.match(readDocument(raw, field).problem ?? "", /^esperado C/, field)
    assert.deepStrictEqual(documentLookups(raw), [])
    assert.isFalse(sameDocument(raw, raw))
  })

  it("SPEC 3.1: digits that a CPF and a CNPJ both have are neither, except in a field that says which", () => {
    for (const field of ["cpf_cnpj", "documento"] as const) {
      const { problem = "" } = readDocument("000123456797", field)
      assert.match(problem, /^esperado C/)
    }
    assert.match(
      readDocument("123456797", "cpf_cnpj").problem ?? "",
      /^esperado CPF com 11 ou CNPJ com 14 dígitos, veio /
    )
    assert.strictEqual(readDocument("123456797", "cpf").value, "00123456797")
    assert.strictEqual(readDocument("123456797", "cnpj").value, "00000123456797")
  })

  it("SPEC 3.1: says what was expected and the shape of what came", () => {
    const problem = 'esperado CPF com dígitos verificadores certos, veio "***.***.***-24"'
    assert.deepStrictEqual(readDocument("529.982.247-24", "cpf"), { problem })
  })

  it("total on any text, and its result is a fixed point in every field", () => {
    const nearly = fc.string({ unit: fc.constantFrom(..."0123456789AZ.-/ E"), minLength: 8, maxLength: 20 })
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), nearly), fc.constantFrom(...fields), (raw, field) => {
        const { problem, value } = readDocument(raw, field)
        if (value === undefined) assert.isTrue(problem.startsWith("esperado "))
        else for (const each of fields) assert.strictEqual(readDocument(value, each).value, value)
      }),
      { numRuns: 2000 }
    )
  })
})

describe("documentLookups", () => {
  it("SPEC 3.1: a document is looked up plain, formatted, without its zeros, and a CPF as programs fill it up", () => {
    assert.deepStrictEqual(documentLookups("CPF 529.982.247-25"), [
      "52998224725",
      "529.982.247-25",
      "052998224725",
      "00052998224725"
    ])
    assert.deepStrictEqual(documentLookups("01234567890").slice(0, 3), ["01234567890", "012.345.678-90", "1234567890"])
    assert.deepStrictEqual(documentLookups("12.abc.345/01de-35"), ["12ABC34501DE35", "12.ABC.345/01DE-35"])
  })

  it("SPEC 3.1: a document is the same in every spelling that is looked up, and no other document is", () => {
    for (const document of ["52998224725", "01234567890", "12345678000195", "00000000000191", "12ABC34501DE35"]) {
      for (const spelling of documentLookups(document)) assert.isTrue(sameDocument(document, spelling), spelling)
      assert.isFalse(sameDocument(document, "11144477735"))
    }
  })
})
