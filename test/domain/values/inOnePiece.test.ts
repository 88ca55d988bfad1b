import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import { inOnePiece } from "../../../src/domain/values/memo.ts"

describe("inOnePiece", () => {
  it("is the text that a template makes of the parts", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer(), fc.string(), (a, b, c) => {
        assert.strictEqual(inOnePiece(a, b, c), `${a}${b}${c}`)
      })
    )
  })
})
