import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import { isOpen, nextOpening } from "../../../src/domain/journeys/businessHours.ts"
import type { BusinessHours } from "../../../src/domain/journeys/Journey.ts"
import { formatMinute, saoPaulo } from "../../../src/domain/values/localTime.ts"

/** Monday to Saturday, 08:00 to 20:00. */
const hours: BusinessHours = { days: [1, 2, 3, 4, 5, 6], from: 480, to: 1200, holidays: ["2025-12-25", "2026-01-01"] }
const at = (local: string) => Date.parse(`${local}:00-03:00`)

describe("isOpen", () => {
  const rows: ReadonlyArray<readonly [string, boolean]> = [
    ["2025-09-30T08:00", true],
    ["2025-09-30T19:59", true],
    ["2025-09-30T20:00", false],
    ["2025-09-30T07:59", false],
    ["2025-10-04T12:00", true],
    ["2025-10-05T12:00", false],
    ["2025-12-25T12:00", false],
    ["2025-12-26T12:00", true]
  ]
  it.each(rows)("SPEC 8.8: at %s: %s", (local, open) => {
    assert.strictEqual(isOpen(at(local), hours, saoPaulo), open)
  })
})

describe("nextOpening", () => {
  const rows: ReadonlyArray<readonly [string, string]> = [
    // As fixture retorno_sim_fora_do_horario.
    ["2025-09-30T22:40", "01/10/2025 08:00"],
    ["2025-09-30T20:00", "01/10/2025 08:00"],
    ["2025-09-30T05:00", "30/09/2025 08:00"],
    ["2025-09-30T12:34", "30/09/2025 12:34"],
    ["2025-10-04T20:00", "06/10/2025 08:00"],
    ["2025-12-24T21:00", "26/12/2025 08:00"],
    ["2025-12-31T20:00", "02/01/2026 08:00"]
  ]
  it.each(rows)("SPEC 8.8: from %s it is %s", (local, opening) => {
    assert.strictEqual(formatMinute(nextOpening(at(local), hours, saoPaulo), saoPaulo), opening)
  })

  it("SPEC 8.8: one day a week that is a holiday for weeks is still found; no day never opens", () => {
    const mondays = ["2025-10-06", "2025-10-13", "2025-10-20"]
    const rare = { ...hours, days: [1], holidays: mondays }
    assert.strictEqual(formatMinute(nextOpening(at("2025-10-06T09:00"), rare, saoPaulo), saoPaulo), "27/10/2025 08:00")
    assert.strictEqual(nextOpening(at("2025-10-06T09:00"), { ...hours, days: [] }, saoPaulo), Infinity)
  })

  it("SPEC 8.8: opening hours are wall clock times on both sides of a change of the clocks", () => {
    const zone = "America/New_York"
    const from = (utc: string) => new Date(nextOpening(Date.parse(utc), { ...hours, days: [0, 1] }, zone)).toISOString()
    assert.strictEqual(from("2025-03-09T01:00:00Z"), "2025-03-09T12:00:00.000Z")
    assert.strictEqual(from("2025-11-02T01:00:00Z"), "2025-11-02T13:00:00.000Z")
    const midnight = { ...hours, days: [0], from: 0 }
    const skipped = nextOpening(Date.parse("2018-11-03T12:00:00Z"), midnight, saoPaulo)
    assert.strictEqual(formatMinute(skipped, saoPaulo), "04/11/2018 01:00")
  })

  it("SPEC 8.8: it is the first open moment: open then, and closed from now until the minute before", () => {
    const anyHours = fc.record({
      days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }),
      from: fc.integer({ min: 0, max: 1379 }),
      holidays: fc.subarray(["2018-11-04", "2019-02-17", "2025-12-25", "2026-01-01"])
    })
    const dates = ["2018-11-01", "2019-02-14", "2025-12-23", "2025-12-30"]
    const start = fc
      .tuple(fc.constantFrom(...dates), fc.nat(4 * 1440))
      .map(([day, minutes]) => Date.parse(day) + minutes * 60_000)
    fc.assert(
      fc.property(anyHours, fc.nat(1439), start, (some, length, ms) => {
        // Not at midnight, which the clocks of 2018-11-04 skip, nor in the hour before, which those of 2019-02-16
        // repeat.
        const open = {
          ...some,
          from: Math.max(some.from, 60),
          to: Math.min(1380, Math.max(some.from, 60) + 1 + length)
        }
        const opening = nextOpening(ms, open, saoPaulo)
        assert.isTrue(opening >= ms && isOpen(opening, open, saoPaulo))
        for (let before = opening - 60_000; before >= ms; before -= 7 * 60_000) {
          assert.isFalse(isOpen(before, open, saoPaulo))
        }
      })
    )
  })
})
