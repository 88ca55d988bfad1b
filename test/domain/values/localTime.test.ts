import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import {
  addDays,
  formatDate,
  formatDateTime,
  formatDay,
  formatMinute,
  localDay,
  saoPaulo
} from "../../../src/domain/values/localTime.ts"
import { wallClock } from "../../../src/domain/values/localTime.ts"

const at = (iso: string) => Date.parse(iso)

describe("local times", () => {
  it("SPEC 6.1: dates, minutes and seconds of America/Sao_Paulo (fixture response)", () => {
    const ms = at("2025-09-30T15:30:02.481Z")
    assert.strictEqual(formatDateTime(ms, saoPaulo), "30/09/2025 12:30:02")
    assert.strictEqual(formatMinute(ms, saoPaulo), "30/09/2025 12:30")
    assert.strictEqual(formatDate(ms, saoPaulo), "30/09/2025")
    assert.strictEqual(localDay(ms, saoPaulo), "2025-09-30")
  })

  const rows: ReadonlyArray<readonly [string, string, string]> = [
    ["2025-10-01T02:59:59Z", saoPaulo, "30/09/2025 23:59:59"],
    ["2025-10-01T03:00:00Z", saoPaulo, "01/10/2025 00:00:00"],
    // Until 2019 clocks went forward at midnight of the first Sunday of November, and back in February.
    ["2018-11-04T02:59:59Z", saoPaulo, "03/11/2018 23:59:59"],
    ["2018-11-04T03:00:00Z", saoPaulo, "04/11/2018 01:00:00"],
    ["2019-02-17T01:30:00Z", saoPaulo, "16/02/2019 23:30:00"],
    ["2019-02-17T02:30:00Z", saoPaulo, "16/02/2019 23:30:00"],
    // No summer time since: November is three hours behind again.
    ["2019-11-04T03:00:00Z", saoPaulo, "04/11/2019 00:00:00"],
    ["2025-03-09T06:59:59Z", "America/New_York", "09/03/2025 01:59:59"],
    ["2025-03-09T07:00:00Z", "America/New_York", "09/03/2025 03:00:00"],
    ["2025-01-01T00:00:00Z", "Asia/Kolkata", "01/01/2025 05:30:00"],
    ["1969-12-31T23:59:59.999Z", "UTC", "31/12/1969 23:59:59"],
    // Half an hour back, and a change that came within a minute.
    ["2025-04-05T14:59:59Z", "Australia/Lord_Howe", "06/04/2025 01:59:59"],
    ["2025-04-05T15:00:00Z", "Australia/Lord_Howe", "06/04/2025 01:30:00"],
    ["1971-06-01T12:00:00Z", "Africa/Monrovia", "01/06/1971 11:15:30"],
    ["1972-01-07T00:44:29Z", "Africa/Monrovia", "06/01/1972 23:59:59"],
    ["1972-01-07T00:44:30Z", "Africa/Monrovia", "07/01/1972 00:44:30"]
  ]
  it.each(rows)("SPEC 6.1: %s in %s is %s", (iso, zone, expected) => {
    assert.strictEqual(formatDateTime(at(iso), zone), expected)
  })

  it("agrees with another formatter for any time and zone", () => {
    const zones = fc.constantFrom(saoPaulo, "America/Manaus", "America/Noronha", "Europe/Lisbon", "UTC")
    fc.assert(
      fc.property(fc.integer({ min: 0, max: at("2040-01-01T00:00:00Z") }), zones, (ms, timeZone) => {
        const [day, time] = new Date(ms).toLocaleString("sv-SE", { timeZone }).split(" ")
        assert.strictEqual(localDay(ms, timeZone), day)
        assert.strictEqual(formatDateTime(ms, timeZone), `${formatDay(day ?? "")} ${time}`)
      })
    )
  })
})

describe("wallClock", () => {
  it("SPEC 6.1: agrees with another formatter in every zone, in the minutes about its changes, too", () => {
    const zone = fc.constantFrom(...Intl.supportedValuesOf("timeZone"))
    const day = 86_400_000
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: at("2040-01-01T00:00:00Z") }),
        zone,
        fc.nat(1_800_000),
        (from, timeZone, off) => {
          const { format } = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" })
          const offset = (ms: number) => Date.parse(`${format(ms).replace(" ", "T")}Z`) - Math.floor(ms / 1000) * 1000
          let [before, after] = [from, from + 200 * day]
          while (after - before > 1000) {
            const middle = Math.floor((before + after) / 2)
            if (offset(middle) === offset(from)) before = middle
            else after = middle
          }
          for (const ms of [from, before, before + 1000, before - off, before + off]) {
            assert.strictEqual(
              `${localDay(ms, timeZone)} ${formatDateTime(ms, timeZone).slice(11)}`,
              format(ms),
              timeZone
            )
          }
        }
      )
    )
  })

  it("throws for an invalid zone, each time", () => {
    for (const _ of [1, 2]) assert.throws(() => wallClock(0, "Brazil/Nowhere"), RangeError)
  })
})

describe("addDays", () => {
  const rows: ReadonlyArray<readonly [string, number, string]> = [
    ["2025-09-30", 1, "2025-10-01"],
    ["2025-12-31", 1, "2026-01-01"],
    ["2024-02-28", 1, "2024-02-29"],
    ["2025-03-01", -1, "2025-02-28"],
    ["2018-11-03", 1, "2018-11-04"],
    ["0001-01-01", 0, "0001-01-01"]
  ]
  it.each(rows)("SPEC 4.2: %s and %i days is %s", (day, days, expected) => {
    assert.strictEqual(addDays(day, days), expected)
  })
})
