import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import { Watermark } from "../../../src/layers/kafka/PartitionTracker.ts"

describe("Watermark", () => {
  it("DESIGN Kafka intake: advances over what has ended without a gap", () => {
    const watermark = new Watermark(10)
    assert.strictEqual(watermark.committable, 10)
    for (const offset of [10, 11, 12]) assert.isTrue(watermark.take(offset))
    watermark.end(11)
    watermark.end(12)
    assert.deepStrictEqual([watermark.committable, watermark.unfinished, watermark.behind], [10, 1, 2])
    watermark.end(10)
    assert.deepStrictEqual([watermark.committable, watermark.unfinished, watermark.behind], [13, 0, 0])
  })

  it("DESIGN Kafka intake: an offset is taken once, and one from before the start never", () => {
    const watermark = new Watermark(5)
    assert.isFalse(watermark.take(4))
    assert.isTrue(watermark.take(5))
    assert.isFalse(watermark.take(5))
    assert.strictEqual(watermark.next, 6)
  })

  it("docs/kafka.md: gaps and control records are passed, but not before open records have ended", () => {
    const watermark = new Watermark(0)
    watermark.passTo(3)
    assert.strictEqual(watermark.committable, 3)
    watermark.take(7)
    watermark.passTo(9)
    assert.strictEqual(watermark.committable, 7)
    watermark.end(7)
    assert.strictEqual(watermark.committable, 9)
    watermark.passTo(2)
    assert.strictEqual(watermark.next, 9)
  })

  it("DESIGN Kafka intake: for any order of ends, the committable offset is the first that has not ended", () => {
    const orders = fc
      .uniqueArray(fc.nat(5000), { minLength: 1, maxLength: 3000 })
      .chain((offsets) => fc.tuple(fc.constant(offsets.toSorted((a, b) => a - b)), fc.shuffledSubarray(offsets)))
    fc.assert(
      fc.property(orders, ([offsets, order]) => {
        const watermark = new Watermark(0)
        for (const offset of offsets) watermark.take(offset)
        const open = new Set(offsets)
        for (const offset of order) {
          watermark.end(offset)
          open.delete(offset)
        }
        const first = offsets.find((offset) => open.has(offset)) ?? (offsets.at(-1) as number) + 1
        assert.strictEqual(watermark.committable, first)
        assert.strictEqual(watermark.unfinished, open.size)
      }),
      { numRuns: 50 }
    )
  })

  it("DESIGN Kafka intake: 100,000 records ended behind a slow one cost no more than as many in order", () => {
    const watermark = new Watermark(0)
    for (let offset = 0; offset < 200_000; offset++) watermark.take(offset)
    for (let offset = 199_999; offset > 0; offset--) watermark.end(offset)
    assert.deepStrictEqual([watermark.committable, watermark.behind], [0, 199_999])
    watermark.end(0)
    assert.deepStrictEqual([watermark.committable, watermark.behind], [200_000, 0])
  })
})

it("SPEC 12.6: the oldest record is the first that has not ended, whatever ends behind it", () => {
  const watermark = new Watermark(10)
  assert.isUndefined(watermark.oldestAt)
  for (const offset of [10, 11, 12]) watermark.take(offset, 1000 * offset)
  watermark.end(11)
  assert.strictEqual(watermark.oldestAt, 10_000)
  watermark.end(10)
  assert.strictEqual(watermark.oldestAt, 12_000)
  watermark.end(12)
  assert.isUndefined(watermark.oldestAt)
  for (let offset = 13; offset < 4000; offset++) watermark.take(offset, 1000 * offset)
  for (let offset = 13; offset < 3999; offset++) watermark.end(offset)
  assert.strictEqual(watermark.oldestAt, 3_999_000)
})
