import { assert, describe, it } from "@effect/vitest"

import { retryAfter } from "../../../src/layers/http/answer.ts"

const now = Date.parse("2026-01-31T12:00:00Z")

const asked = (headers: Readonly<Record<string, string>>, status = 429) => retryAfter({ status, headers }, now)

const digits = "9".repeat(400)
/** 1e9 seconds. */
const longest = 1e12

describe("retryAfter", () => {
  it.each([
    ["30", 30_000],
    ["0", 0],
    ["1.5", 1500],
    [" 7 ", 7000],
    ["Sat, 31 Jan 2026 12:01:00 GMT", 60_000],
    ["Sat, 31 Jan 2026 11:59:00 GMT", 0],
    ["2026-01-31T12:00:10Z", 10_000],
    [digits, longest],
    ["-5", undefined],
    ["5s", undefined],
    ["1,5", undefined],
    ["1e3", undefined],
    ["soon", undefined],
    ["", undefined]
  ])("SPEC 4.6: Retry-After: %s is %s ms", (value, millis) => {
    assert.strictEqual(asked({ "retry-after": value }), millis)
  })

  it.each([
    ["30", 30_000],
    ["0.5", 500],
    [String(now / 1000 + 20), 20_000],
    [digits, longest],
    ["-1", undefined]
  ])("SPEC 4.6: X-RateLimit-Reset: %s of a 429 without Retry-After is %s ms", (value, millis) => {
    assert.strictEqual(asked({ "x-ratelimit-reset": value }), millis)
    assert.strictEqual(asked({ "x-ratelimit-reset": value, "retry-after": "-5" }), millis)
    assert.isUndefined(asked({ "x-ratelimit-reset": value }, 503))
  })
})
