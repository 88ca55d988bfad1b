import { assert, describe, it } from "@effect/vitest"

import { attempted, type CircuitState, closed, elapsed, type CallOutcome } from "../../../src/domain/vendor/breaker.ts"

const limits = { failures: 3, after: 60_000, reset: 30_000, retryAfterMax: 600_000 }
const alive: CallOutcome<string> = { _tag: "Alive" }
const none: CallOutcome<string> = { _tag: "None" }
const failed: CallOutcome<string> = { _tag: "Failed", reason: "away" }
const busy: CallOutcome<string> = { _tag: "Busy", reason: "busy", wait: 90_000 }

/** After these signs, one each second from 1 s on. */
const after = (signs: ReadonlyArray<CallOutcome<string>>, from: CircuitState<string> = closed) =>
  signs.reduce<CircuitState<string>>(
    (breaker, sign, at) => attempted(breaker, limits, sign, false, 1000 * (at + 1)),
    from
  )

const open = after([failed, failed, failed])
const halfOpen = elapsed(open, 33_000)
const probing: CircuitState<string> = { _tag: "HalfOpen", probing: true, since: 3000, reason: "away", refusing: false }

describe("a breaker", () => {
  it("SPEC 9.2: opens at BREAKER_FAILURES failed attempts in a row, for BREAKER_RESET", () => {
    assert.deepStrictEqual(after([failed, failed]), { _tag: "Closed", failures: 2, failingSince: 1000 })
    assert.deepStrictEqual(open, { _tag: "Open", since: 3000, until: 33_000, reason: "away", refusing: false })
  })

  it("SPEC 9.2: opens after BREAKER_AFTER of failures alone, however few", () => {
    const quiet = { ...limits, failures: 20, after: 3000 }
    const first = attempted(closed, quiet, failed, false, 1000)
    assert.deepStrictEqual(attempted(first, quiet, failed, false, 3999), {
      _tag: "Closed",
      failures: 2,
      failingSince: 1000
    })
    assert.deepInclude(attempted(first, quiet, failed, false, 4000), { _tag: "Open", since: 4000, until: 34_000 })
    const again = attempted(attempted(first, quiet, alive, false, 2000), quiet, failed, false, 4000)
    assert.deepStrictEqual(again, { _tag: "Closed", failures: 1, failingSince: 4000 })
  })

  it("SPEC 4.6, 9.2: a Retry-After that is longer than BREAKER_RESET puts the probe off, up to RETRY_AFTER_MAX", () => {
    const untilAfter = (wait: number) =>
      after([failed, failed, { _tag: "Failed", reason: "away", wait }]) as Extract<
        CircuitState<string>,
        { readonly _tag: "Open" }
      >
    assert.deepStrictEqual(
      [1000, 90_000, 86_400_000].map((wait) => untilAfter(wait).until),
      [33_000, 93_000, 603_000]
    )
  })

  it("SPEC 9.2: an answer in between restarts the count; an abandoned attempt does not", () => {
    assert.deepStrictEqual(after([failed, failed, alive, failed, failed]), {
      _tag: "Closed",
      failures: 2,
      failingSince: 4000
    })
    assert.strictEqual(after([failed, none, failed, none, failed])._tag, "Open")
  })

  it("SPEC 4.6: a 429 opens it at once, for the time of its hold, and prolongs an open one", () => {
    assert.deepStrictEqual(after([busy]), { _tag: "Open", since: 1000, until: 91_000, reason: "busy", refusing: true })
    assert.deepInclude(attempted(open, limits, busy, false, 5000), { since: 3000, until: 95_000 })
  })

  it("SPEC 4.6: a 429 of a call that began before the hold prolongs it, even if a probe is awaited or under way", () => {
    for (const breaker of [halfOpen, probing]) {
      assert.deepStrictEqual(attempted(breaker, limits, busy, false, 40_000), {
        _tag: "Open",
        since: 3000,
        until: 130_000,
        reason: "busy",
        refusing: true
      })
    }
  })

  it("SPEC 9.2: a call that began before it opened changes nothing when it ends", () => {
    for (const sign of [alive, failed, none]) {
      assert.strictEqual(attempted(open, limits, sign, false, 9000), open)
      assert.strictEqual(attempted(probing, limits, sign, false, 9000), probing)
    }
  })

  it("SPEC 9.2: awaits a probe from BREAKER_RESET on", () => {
    assert.strictEqual(elapsed(open, 32_999), open)
    assert.deepStrictEqual(halfOpen, { _tag: "HalfOpen", probing: false, since: 3000, reason: "away", refusing: false })
    assert.strictEqual(elapsed(closed, 99_000), closed)
  })

  it("SPEC 9.2: a probe closes it, or opens it for BREAKER_RESET again; an abandoned probe lets the next one through", () => {
    assert.deepStrictEqual(attempted(probing, limits, alive, true, 40_000), closed)
    assert.deepStrictEqual(attempted(probing, limits, failed, true, 40_000), {
      _tag: "Open",
      since: 3000,
      until: 70_000,
      reason: "away",
      refusing: false
    })
    assert.deepStrictEqual(attempted(probing, limits, busy, true, 40_000), {
      _tag: "Open",
      since: 3000,
      until: 130_000,
      reason: "busy",
      refusing: true
    })
    assert.deepStrictEqual(attempted(probing, limits, none, true, 40_000), halfOpen)
  })

  it("SPEC 4.6, 9.2: a probe that fails after a 429 is a first failure, not an outage", () => {
    const held = elapsed(after([busy]), 91_000)
    assert.deepInclude(held, { _tag: "HalfOpen", refusing: true })
    assert.deepStrictEqual(attempted(held, limits, failed, true, 91_000), {
      _tag: "Closed",
      failures: 1,
      failingSince: 91_000
    })
    assert.strictEqual(attempted(held, { ...limits, failures: 1 }, failed, true, 91_000)._tag, "Open")
  })
})
