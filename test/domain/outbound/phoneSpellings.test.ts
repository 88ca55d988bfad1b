import { assert, describe, it } from "@effect/vitest"

import { lastDigits, storedSpellings } from "../../../src/domain/outbound/phoneSpellings.ts"
import { toE164 } from "../../../src/domain/values/phone.ts"

describe("storedSpellings", () => {
  it("SPEC 3.1: the spellings in use of a mobile, E.164 first, each of which is the phone", () => {
    const spellings = storedSpellings("+5511987654321")
    assert.strictEqual(spellings[0], "+5511987654321")
    for (const spelling of ["5511987654321", "11987654321", "(11) 98765-4321", "+55 11 98765 4321", "1187654321"]) {
      assert.include(spellings, spelling)
    }
    for (const spelling of spellings) assert.strictEqual(toE164(spelling), "+5511987654321", spelling)
    assert.strictEqual(new Set(spellings).size, spellings.length)
  })

  it("SPEC 3.1: a landline never as a mobile, a mobile never as a landline, a foreign number with and without +", () => {
    for (const phone of ["+551137654321", "+5511937654321"]) {
      for (const spelling of storedSpellings(phone)) assert.strictEqual(toE164(spelling), phone, spelling)
    }
    assert.deepStrictEqual(storedSpellings("+14155552671"), ["+14155552671", "14155552671", "0014155552671"])
  })

  it("SPEC 3.1: the last eight digits are parts of every other spelling", () => {
    assert.deepStrictEqual(lastDigits("+5511987654321"), ["87654321", "8765-4321", "8765 4321", "8765.4321"])
  })
})
