import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import { readPhone, samePhone, toE164 } from "../../../src/domain/values/phone.ts"

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
    // DDD 55 is not a country code.
    ["55 99999-9999", "+5555999999999"],
    ["5533334444", "+555533334444"],
    ["5555999999999", "+5555999999999"],
    ["+1 415 555 2671", "+14155552671"],
    ["00351 912 345 678", "+351912345678"],
    ["+595 981 234567", "+595981234567"],
    // An old mobile has its ninth digit.
    ["1187654321", "+5511987654321"],
    ["+551187654321", "+5511987654321"],
    ["(11) 8765-4321", "+5511987654321"],
    ["5599999999", "+5555999999999"],
    // Trunk prefix and carrier as printed on letterheads.
    ["(0XX11) 98765-4321", "+5511987654321"],
    ["0xx 11 98765 4321", "+5511987654321"],
    ["0XX(11)3333-4444", "+551133334444"],
    ["(0**11) 98765-4321", "+5511987654321"],
    ["+55 (0XX11) 98765-4321", "+5511987654321"],
    ["+55 011 98765-4321", "+5511987654321"],
    ["055 11 98765-4321", "+5511987654321"],
    // What programs make of a phone.
    ["whatsapp:+5511987654321", "+5511987654321"],
    ["tel:+55-11-98765-4321", "+5511987654321"],
    ["tel:11987654321;phone-context=+55", "+5511987654321"],
    ["https://wa.me/5511987654321", "+5511987654321"],
    ["https://api.whatsapp.com/send?phone=5511987654321&text=oi", "+5511987654321"],
    ["551187654321@c.us", "+5511987654321"],
    ["5511987654321:12@s.whatsapp.net", "+5511987654321"],
    ["351912345678@c.us", "+351912345678"],
    ["5511987654321@wa.gw.msging.net", "+5511987654321"],
    ["5511987654321@wa.gw.msging.net/5f0c", "+5511987654321"],
    ["5511987654321.0", "+5511987654321"],
    ["5.511987654321E12", "+5511987654321"],
    ["%2B5511987654321", "+5511987654321"],
    ["0000011987654321", "+5511987654321"],
    ["555511987654321", "+5511987654321"],
    ["+55 +55 11 98765-4321", "+5511987654321"],
    // What people write.
    ["Tel.: (11) 98765-4321", "+5511987654321"],
    ["(11) 98765-4321 (WhatsApp)", "+5511987654321"],
    ["11/98765-4321", "+5511987654321"],
    ["11 98765-4321 / (11) 98765-4321", "+5511987654321"],
    // Other spellings of the same characters.
    ["\u200E+55\u00A011\u00A098765\u20114321\u202C", "+5511987654321"],
    ["＋５５（１１）９８７６５－４３２１", "+5511987654321"],
    ["\uFEFF11987654321\u200B", "+5511987654321"]
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
    "11999999999 ou 11988888888",
    "11999999999 11988888888",
    "+5511999999999x",
    "(11) 3333-4444 ramal 12",
    "11987654321 x 12",
    "0800 123 4567",
    "+558001234567",
    "0300 313 4701",
    "4004-1234",
    "(11) 4004-1234",
    "+55 11 4003 1234",
    "+1 800 555 2671",
    "-",
    "null",
    "11111111111",
    "120363025246125486@g.us",
    "+11 98765-4321",
    "351912345678",
    "0081987654321",
    "5.511E12",
    "1".repeat(1000)
  ]
  it.each(none)("SPEC 5.1: %j is not a valid phone", (raw) => {
    assert.strictEqual(toE164(raw), undefined)
  })

  const ddds = [11, 19, 21, 27, 31, 38, 41, 47, 51, 55, 61, 68, 71, 79, 81, 89, 91, 99]
  const subscriber = (min: number, max: number) =>
    fc
      .tuple(fc.constantFrom(...ddds), fc.integer({ min, max }))
      .map(([ddd, digits]) => `${ddd}9${String(digits).padStart(8, "0")}`)
  const mobile = subscriber(0, 99_999_999)

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
      fc.property(subscriber(60_000_000, 99_999_999), mobile, (national, other) => {
        const old = `${national.slice(0, 2)}${national.slice(3)}`
        for (const spelling of [`+55${national}`, national, old, `+55${old}`, `0${national}`, `55 ${old}`]) {
          assert.isTrue(samePhone(`+55${national}`, spelling), spelling)
          assert.isTrue(samePhone(spelling, `+55${national}`), spelling)
          assert.strictEqual(samePhone(other, spelling), other === national)
        }
      })
    )
  })

  it("total on any text, and its result is a fixed point", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom(..."0123456789+-() /x@.") })),
        (raw) => {
          const { problem, value } = readPhone(raw)
          assert.isTrue(value === undefined ? problem.startsWith("esperado ") : /^\+\d{8,15}$/.test(value))
          assert.isTrue(value === undefined || toE164(value) === value)
          assert.strictEqual(samePhone(raw, raw), value !== undefined)
        }
      ),
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
    ["99999-9999", "9999-9999", false],
    ["(11) 3765-4321", "+5511937654321", false],
    ["+551137654321", "11937654321", false],
    ["+5511987654321", "(11) 8765-4321", true],
    ["+5511987654321", "(0XX11) 98765-4321", true],
    ["+5521987650001", "+55 21 98765 0001", true],
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

describe("readPhone", () => {
  const reasons: ReadonlyArray<readonly [string, string]> = [
    ["", "esperado DDD e número de celular ou fixo, veio texto vazio"],
    ["98765-4321", 'esperado telefone com DDD, veio "*****-**21"'],
    ["11987654321 / 1133334444", 'esperado um só telefone, veio "*********** / ********44"'],
    ["1133334444 ramal 12", 'esperado telefone sem ramal, veio "********** ***** 12"'],
    ["joão 11987654321", 'esperado telefone sem letras, veio "**** *********21"'],
    ["0800 123 4567", 'esperado celular ou fixo, não número de serviço, veio "**** *** **67"'],
    ["4004-1234", 'esperado celular ou fixo, não número de serviço, veio "****-**34"'],
    ["351912345678", 'esperado + antes do código de outro país, veio "**********78"'],
    ["0081987654321", 'esperado telefone que só se lê de um modo, veio "***********21"'],
    ["(20) 98765-4321", 'esperado DDD e número de celular ou fixo, veio "(**) *****-**21"']
  ]
  it.each(reasons)("SPEC 5.1: why %j is not read", (raw, problem) => {
    assert.deepStrictEqual(readPhone(raw), { problem })
  })
})
