import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import { memo } from "../../../src/domain/values/memo.ts"

describe("memo", () => {
  it("computes each value once, `undefined` too, and starts over when it is full", () => {
    const computed: Array<string> = []
    const lengthOf = memo(2, (text: string) => {
      computed.push(text)
      return text === "" ? undefined : text.length
    })
    assert.deepStrictEqual(["", "", "one", "one", ""].map(lengthOf), [undefined, undefined, 3, 3, undefined])
    assert.deepStrictEqual(computed, ["", "one"])
    assert.deepStrictEqual(["three", "three", "one"].map(lengthOf), [5, 5, 3])
    assert.deepStrictEqual(computed, ["", "one", "three", "one"])
  })

  it("returns what the plain function returns, whatever the capacity", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(fc.integer({ min: 0, max: 9 })), (capacity, arguments_) => {
        const square = memo(capacity, (value: number) => value * value)
        assert.deepStrictEqual(
          arguments_.map(square),
          arguments_.map((value) => value * value)
        )
      })
    )
  })

  it("remembers nothing of a call that throws", () => {
    let calls = 0
    const second = memo(1, (_: string) => {
      calls++
      if (calls === 1) throw new Error("first")
      return calls
    })
    assert.throws(() => second("a"), "first")
    assert.deepStrictEqual([second("a"), second("a")], [2, 2])
  })
})
