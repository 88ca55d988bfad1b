import { assert, describe, it } from "@effect/vitest"

import { PersistentMap } from "../../../src/domain/values/PersistentMap.ts"

const abc = PersistentMap.empty<string, number>().with("a", 1).with("b", 2).with("c", 3)

describe("a persistent map", () => {
  it("has its keys in the order in which they were first set", () => {
    assert.deepStrictEqual(Array.from(abc.with("a", 4)), [
      ["a", 4],
      ["b", 2],
      ["c", 3]
    ])
    assert.deepStrictEqual(Array.from(abc.without("a").with("a", 4).keys()), ["b", "c", "a"])
  })

  it("knows its first key, whichever was removed, and in which order", () => {
    assert.isUndefined(PersistentMap.empty().firstKey)
    assert.strictEqual(abc.firstKey, "a")
    assert.strictEqual(abc.with("a", 4).firstKey, "a")
    assert.strictEqual(abc.without("b").firstKey, "a")
    assert.strictEqual(abc.without("b").without("a").firstKey, "c")
    const none = abc.without("a").without("c").without("b")
    assert.isUndefined(none.firstKey)
    assert.strictEqual(none.with("b", 5).with("a", 6).firstKey, "b")
    assert.strictEqual(none.without("x"), none)
  })

  it("leaves its earlier versions as they were", () => {
    abc.without("a").with("d", 4)
    assert.strictEqual(abc.firstKey, "a")
    assert.strictEqual(abc.size, 3)
  })
})
