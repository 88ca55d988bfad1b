import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import { RecordHeaders } from "../../../src/domain/record/RecordHeaders.ts"
import { recordTime, timestampText } from "../../../src/domain/record/recordTime.ts"
import { Malformed, VarintReader } from "../../../src/domain/record/VarintReader.ts"
import { anyHeaders } from "../../support/anyRecord.ts"

const listed = (headers: RecordHeaders) => Array.from(headers, ({ name, value }) => [[...name], value && [...value]])
const bytes = (text: string) => new TextEncoder().encode(text)

describe("the headers of a record", () => {
  it("SPEC 9.5: any names and values are kept as they are, in their order", () => {
    fc.assert(
      fc.property(anyHeaders, (all) => {
        const headers = RecordHeaders.of(all)
        assert.deepStrictEqual(
          listed(headers),
          all.map(([name, value]) => [[...name], value && [...value]])
        )
        assert.deepStrictEqual(RecordHeaders.parse(headers.count, headers.bytes), headers)
      })
    )
  })

  it("CONTRACT Records: the last of several headers with one name counts, and a null is not a value", () => {
    const headers = RecordHeaders.of([
      ["a", "1"],
      ["b", "2"],
      ["a", "3"],
      ["b", null],
      ["__proto__", "4"]
    ])
    assert.deepStrictEqual(
      ["a", "b", "__proto__", "c"].map((name) => headers.get(name)),
      [bytes("3"), undefined, bytes("4"), undefined]
    )
    assert.deepStrictEqual(
      ["a", "b", "c", "constructor"].map((name) => headers.has(name)),
      [true, true, false, false]
    )
  })

  it("CONTRACT Dead letter: headers are left out by their names, all of one name", () => {
    const headers = RecordHeaders.of([
      ["dlq-a", "1"],
      ["x", "2"],
      ["dlq-", "3"],
      ["x", "4"],
      ["dlq-a", "5"]
    ])
    const left = RecordHeaders.of([
      ["x", "2"],
      ["x", "4"]
    ])
    assert.deepStrictEqual(headers.withoutPrefix("dlq-"), left)
    assert.deepStrictEqual(headers.without(["dlq-a", "dlq-"]), left)
    assert.deepStrictEqual(left.concat(RecordHeaders.none), left)
    assert.strictEqual(left.without(["dlq-a"]), left)
  })

  it("SPEC 9.5: bytes that are not headers are reported, and never read beyond their end", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (any) => {
        try {
          const headers = RecordHeaders.read(new VarintReader(any))
          assert.strictEqual(listed(headers).length, headers.count)
        } catch (error) {
          assert.instanceOf(error, Malformed)
        }
      }),
      { numRuns: 2000 }
    )
  })
})

describe("the time of a record", () => {
  it.each([
    [0n, 0],
    [-1n, -1],
    [1_763_866_000_123n, 1_763_866_000_123],
    [253_402_300_799_999n, 253_402_300_799_999],
    [253_402_300_800_000n, 253_402_300_799_999],
    [9_007_199_254_740_993n, 253_402_300_799_999],
    [9_223_372_036_854_775_807n, 253_402_300_799_999],
    [-9_223_372_036_854_775_808n, -62_135_596_800_000]
  ])("SPEC 9.5: %s is one that ISO 8601 can write, and stays known with its 64 bits", (exact, timestamp) => {
    const time = recordTime(exact)
    assert.strictEqual(time.timestamp, timestamp)
    assert.match(new Date(time.timestamp).toISOString(), /^\d{4}-/)
    assert.strictEqual(timestampText(time), String(exact))
  })
})
