import { assert, describe, it } from "@effect/vitest"

import { psMillis, statTicks } from "../../bench/usage.ts"

describe("CPU time of a process", () => {
  it("is user and system time of /proc, also when the name holds brackets and blanks", () => {
    const line = "42 (node (a) b) S 1 42 42 0 -1 4194560 900 0 3 0 120 34 5 6 20 0 11 0 100"
    assert.strictEqual(statTicks(line), 154)
  })

  it("is read from ps if there is no /proc", () => {
    assert.strictEqual(psMillis("0:01.50"), 1500)
    assert.strictEqual(psMillis("01:02:03"), 3_723_000)
    assert.strictEqual(psMillis("2-00:00:01"), 172_801_000)
  })
})
