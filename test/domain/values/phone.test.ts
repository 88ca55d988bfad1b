import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import { phoneLookups, samePhone, toE164 } from "../../../src/domain/values/phone.ts"

describe("toE164", () => {
  const valid: ReadonlyArray<readonly [string, string]> = [
    ["+5511999999999", "+5511999999999"],
    ["5511999999999", "+5511999999999"],
    ["005511999999999", "+5511999999999"],
    ["0055 (11) 99999-9999", "+5511999999999"],
    ["11999999999", "+5511999999999"],
    ["(11) 99999-9999", "+5511999999999"],
    ["(11)  9 9999.9999 ", "+5511999999999"],
    ["011 99999-9999", "+5511999999999"],
    ["0 15 11 99999-9999", "+5511999999999"],
    ["+55 (0) 11 99999-9999", "+5511999999999"],
    ["+55 11 3333-4444", "+551133334444"],
    ["1133334444", "+551133334444"],
    ["551133334444", "+551133334444"],
    // DDD 55 is no country code.
    ["55 99999-9999", "+5555999999999"],
    ["5533334444", "+555533334444"],
    ["5555999999999", "+5555999999999"],
    ["0800 123 4567", "+558001234567"],
    ["+1 415 555 2671", "+14155552671"],
    ["00351 912 345 678", "+351912345678"],
    ["+595 981 234567", "+595981234567"]
  ]
  it.each(valid)("SPEC 5.1: %j is %s", (raw, expected) => {
    assert.strictEqual(toE164(raw), expected)
  })

  const none = [
    "",
    "99999-9999",
    "190",
    "00000000000",
    "+5500000000000",
    "+55 20 99999-9999",
    "+55 11 1999-9999",
    "14155552671",
    "+1 555 0100",
    "joão 11999999999",
    "11999999999 / 11988888888",
    "+5511999999999x",
    "1".repeat(1000)
  ]
  it.each(none)("SPEC 5.1: %j is not a valid phone", (raw) => {
    assert.strictEqual(toE164(raw), undefined)
  })

  const ddds = [11, 19, 21, 27, 31, 38, 41, 47, 51, 55, 61, 68, 71, 79, 81, 89, 91, 99]
  const mobile = fc
    .tuple(fc.constantFrom(...ddds), fc.integer({ min: 0, max: 99_999_999 }))
    .map(([ddd, subscriber]) => `${ddd}9${String(subscriber).padStart(8, "0")}`)

  it("SPEC 5.1: every Brazilian mobile passes, however it is written, and stays itself", () => {
    fc.assert(
      fc.property(mobile, (national) => {
        const e164 = `+55${national}`
        const formatted = national.replace(/(..)(.....)(....)/, "($1) $2-$3")
        for (const raw of [e164, `55${national}`, `00${e164.slice(1)}`, national, `0${national}`, formatted]) {
          assert.strictEqual(toE164(raw), e164)
        }
      })
    )
  })

  it("SPEC 3.1: a mobile is itself in every spelling, with and without +55 and ninth digit; another subscriber is not", () => {
    fc.assert(
      fc.property(mobile, mobile, (national, other) => {
        const old = `${national.slice(0, 2)}${national.slice(3)}`
        for (const spelling of [`+55${national}`, national, old, `+55${old}`, `0${national}`, `55 ${old}`]) {
          assert.isTrue(samePhone(`+55${national}`, spelling), spelling)
          assert.isTrue(samePhone(spelling, `+55${national}`), spelling)
          assert.strictEqual(samePhone(other, spelling), other === national)
        }
      })
    )
  })

  it("total on any text, and what it answers is a fixed point", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..."0123456789+-() ") })), (raw) => {
        const phone = toE164(raw)
        assert.isTrue(phone === undefined || (/^\+\d{8,15}$/.test(phone) && toE164(phone) === phone))
        assert.strictEqual(samePhone(raw, raw), raw.replace(/\D/g, "").replace(/^0+/, "").length >= 8)
      }),
      { numRuns: 1000 }
    )
  })
})

describe("samePhone", () => {
  const rows: ReadonlyArray<readonly [string, string, boolean]> = [
    ["+5511999999999", "(11) 99999-9999", true],
    ["+5511999999999", "11 9999-9999", true],
    ["+5511999999999", "+55 11 9999-9999", true],
    ["+551133334444", "011 3333 4444", true],
    ["+14155552671", "1 415 555-2671", true],
    ["+5511999999999", "+5521999999999", false],
    ["+5511999999999", "+5511999999998", false],
    ["+5511999999999", "99999-9999", false],
    ["99999-9999", "9999-9999", true],
    ["+7 995 123 45 67", "(79) 95123-4567", false],
    ["+7 995 123 45 67", "(79) 5123-4567", false],
    ["", "", false],
    ["1234", "1234", false]
  ]
  it.each(rows)("SPEC 3.1: %j and %j: %s", (a, b, same) => {
    assert.strictEqual(samePhone(a, b), same)
    assert.strictEqual(samePhone(b, a), same)
  })
})

describe("phoneLookups", () => {
  const rows: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    ["+5511987654321", ["87654321", "8765-4321"]],
    ["(11) 3333-4444", ["33334444", "3333-4444"]],
    ["9999-9999", ["99999999", "9999-9999"]],
    ["999-9999", []],
    ["", []]
  ]
  it.each(rows)("SPEC 3.1: %j by %j", (raw, lookups) => {
    assert.deepStrictEqual(phoneLookups(raw), lookups)
  })
})
