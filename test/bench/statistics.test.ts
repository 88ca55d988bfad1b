import { assert, describe, it } from "@effect/vitest"

import { latencyOf, median, percentile } from "../../bench/statistics.ts"

const oneTo100 = Array.from({ length: 100 }, (_, index) => 100 - index)

describe("percentile", () => {
  it("is the nearest rank, whatever the order of the values", () => {
    assert.deepStrictEqual(latencyOf(oneTo100), { p50: 50, p95: 95, p99: 99 })
  })

  it("of one value is that value, and of no value is NaN", () => {
    assert.strictEqual(percentile([7], 0.99), 7)
    assert.isNaN(percentile([], 0.5))
  })
})

describe("median", () => {
  it("is the middle value, or the mean of the two in the middle", () => {
    assert.strictEqual(median([30, 1, 2]), 2)
    assert.strictEqual(median([4, 1, 30, 2]), 3)
    assert.isNaN(median([]))
  })
})
