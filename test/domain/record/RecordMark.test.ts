import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import { logName, originKey, readLogName } from "../../../src/domain/record/Origin.ts"
import { isSameMark, markOf } from "../../../src/domain/record/RecordMark.ts"
import { recordTime } from "../../../src/domain/record/recordTime.ts"

const bytes = (text: string) => new TextEncoder().encode(text)
const record = (key: string | null, value: string | null, timestamp = 1n) => ({
  ...recordTime(timestamp),
  key: key === null ? null : bytes(key),
  value: value === null ? null : bytes(value)
})

describe("the mark of a record", () => {
  it("SPEC 9.10: the mark of a record never changes, and is the same for the same record alone", () => {
    assert.deepStrictEqual(markOf(record("k", "v")), { timestamp: 1, digest: "5e4df0632cddbef3" })
    const all = [
      record("k", "v"),
      record("k", "v", 2n),
      record("kv", ""),
      record("", "kv"),
      record(null, "kv"),
      record("kv", null),
      record(null, null),
      record("", ""),
      record("k", "v", 2n ** 63n - 1n),
      record("k", "v", 2n ** 63n - 2n)
    ].map(markOf)
    for (const [index, mark] of all.entries()) {
      for (const [other, second] of all.entries()) assert.strictEqual(isSameMark(mark, second), index === other)
    }
  })

  it("SPEC 9.10: any bytes and any 64 bits of a timestamp have a mark that any database accepts", () => {
    const part = fc.option(fc.uint8Array(), { nil: null })
    fc.assert(
      fc.property(part, part, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (key, value, exact) => {
        const { digest, timestamp } = markOf({ ...recordTime(exact), key, value })
        assert.match(digest, /^[0-9a-f]{16}$/)
        assert.isTrue(Number.isSafeInteger(timestamp))
      })
    )
  })

  it("SPEC 9.10: an ending without a mark counts as the same", () => {
    assert.isTrue(isSameMark(undefined, markOf(record("k", "v"))))
  })

  it("SPEC 9.10: the first log keeps its names, and those of later logs end with ~2, ~3 …", () => {
    const origin = { topic: "a.b_c-d", partition: 3, offset: 17 }
    assert.deepStrictEqual(
      [origin, { ...origin, generation: 1 }, { ...origin, generation: 2 }, { ...origin, generation: 11 }].map(
        originKey
      ),
      ["a.b_c-d/3/17", "a.b_c-d/3/17", "a.b_c-d/3/17~2", "a.b_c-d/3/17~11"]
    )
    for (const log of [{ topic: "a.b_c-d" }, { topic: "a.b_c-d", generation: 2 }, { topic: "x", generation: 11 }]) {
      assert.deepStrictEqual(readLogName(logName(log)), log)
    }
  })
})
