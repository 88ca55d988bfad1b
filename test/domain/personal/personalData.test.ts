import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import {
  hidePersonalData,
  holdsPersonalData,
  personalDataIn,
  shownId
} from "../../../src/domain/personal/personalData.ts"
import { innocent, spellings } from "./corpus.ts"
import { around, spelledEmail, spelledNumber } from "./spelled.ts"

describe("hidePersonalData", () => {
  it.each(spellings)("SPEC 9.6: hides %j", (text, hidden) => {
    assert.strictEqual(hidePersonalData(text), hidden)
  })

  it.each(spellings)("SPEC 9.6: hides %j even between words and after a line end", (text, hidden) => {
    assert.strictEqual(hidePersonalData(`não: ${text} e\n${text}`), `não: ${hidden} e\n${hidden}`)
  })

  it.each(innocent)("leaves %j", (text) => {
    assert.strictEqual(hidePersonalData(text), text)
  })

  it("SPEC 9.6: hides every valid CPF, CNPJ and phone, however it is written and whatever stands beside it", () => {
    fc.assert(
      fc.property(around, spelledNumber, around, (before, number, after) => {
        const hidden = hidePersonalData(`${before}${number} ${after}`)
        assert.strictEqual(
          hidden
            .replace(before, "")
            .replace(after, "")
            .match(/\p{Nd}{2}/u),
          null,
          hidden
        )
      }),
      { numRuns: 2000 }
    )
  })

  it("SPEC 9.6: hides every e-mail address, whatever stands beside it", () => {
    fc.assert(
      fc.property(around, spelledEmail, around, (before, email, after) => {
        const hidden = hidePersonalData(`${before}${email} ${after}`)
        assert.include(hidden, "***@***")
        // The part before the at-sign may be an asterisk, as the mask is.
        assert.notInclude(hidden.replace("***@***", ""), email.slice(0, email.indexOf("@") + 1))
      }),
      { numRuns: 1000 }
    )
  })

  it("a text of more than 16,384 code units is cut before data that may continue after the cut, and ends with its length", () => {
    const text = `${"x ".repeat(8190)}11910002201 ${"y".repeat(100)}`
    assert.strictEqual(hidePersonalData(text), `${"x ".repeat(8032)}… (16492)`)
    const whole = "x ".repeat(8192)
    assert.strictEqual(hidePersonalData(whole), whole)
  })
})

/** How often the characters of the text are read. */
const readsOf = (text: string): number => {
  let reads = 0
  personalDataIn({
    length: text.length,
    charCodeAt: (index) => {
      reads += 1
      return text.charCodeAt(index)
    }
  })
  return reads
}

/** Texts that once made a pattern backtrack, each as a piece to be repeated. */
const stubborn = [
  "a",
  "a.",
  "a@",
  "@a.",
  "@",
  '"a@',
  "1",
  "1 ",
  "11 ",
  "1-",
  "+1",
  "(11)",
  "529.982.247",
  "11910002201 ",
  "a1",
  "AB.CDE.FGH/",
  "ab cde fgh ijkl ",
  "1\u200B",
  "\u200B",
  "１",
  "f-",
  "0f",
  "%40",
  "joao@example.com,",
  "𝟓"
]

describe("the work", () => {
  it.each(stubborn)("SPEC 9.6: twice the text is at most twice the work: %j", (piece) => {
    const [once, twice] = [readsOf(piece.repeat(4000)), readsOf(piece.repeat(8000))]
    assert.isAtMost(twice, 2.02 * once)
    assert.isAtMost(once, 200 * 4000 * piece.length)
  })

  it("SPEC 9.6: twice the text is at most twice the work, of any pieces", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...stubborn), { minLength: 1, maxLength: 6 }), (pieces) => {
        const piece = pieces.join("")
        assert.isAtMost(readsOf(piece.repeat(400)), 2.1 * readsOf(piece.repeat(200)) + 2000)
      }),
      { numRuns: 200 }
    )
  })
})

describe("ids", () => {
  it.each([
    ["pedido|joao@example.com|OBM3028874-01", "pedido|***@***|OBM3028874-01"],
    ["pedido|52998224725|OBM3028874-01", "pedido|***|OBM3028874-01"],
    ["pedido|529.982.247-25|1", "pedido|***|1"],
    ["pedido|12.345.678/0001-95|1", "pedido|***|1"],
    ["pedido|+5511910002201|1", "pedido|***|1"],
    ["pedido|5511910002201|1", "pedido|***|1"],
    ["pedido|11 91000-2201|1", "pedido|***|1"],
    ["cliente-11910002201", "cliente-***"],
    ["joao@example.com", "***@***"]
  ])("SPEC 9.6: %s holds personal data", (id, shown) => {
    assert.isTrue(holdsPersonalData(id))
    assert.strictEqual(shownId(id), shown)
  })

  it.each([
    "pedido_entregue_amanha|550e8400-e29b-41d4-a716-446655440000|805566999OBM3028874-01",
    "pedido|123|R1PED-1",
    // Ten to fourteen digits that are neither a document nor a phone.
    "pedido|12345678900|4500012345",
    "pedido|0000123456|20250930123",
    "pedido|c0ffee00c0ffee00c0ffee00c0ffee00|1",
    "pedido|1759246202481|1"
  ])("SPEC 9.6: %s holds none", (id) => {
    assert.isFalse(holdsPersonalData(id))
    assert.strictEqual(shownId(id), id)
  })
})
