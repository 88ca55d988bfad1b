import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import { isUnreadableDate, readDate } from "../../../src/domain/values/readDate.ts"

const zone = "America/Sao_Paulo"

describe("readDate", () => {
  const october = [
    "2025-10-01",
    "01/10/2025",
    "1/10/2025",
    "01-10-2025",
    "01.10.2025",
    "2025/10/01",
    "01/10/25",
    "20251001",
    "2025-10-01T00:00:00Z",
    "2025-10-01T00:00:00.000+00:00",
    "2025-10-01T00:00:00-03:00",
    "2025-10-01T00:00:00",
    "2025-10-01 00:00:00",
    "2025-10-01 00:00:00.0",
    "2025-10-01 00:00:00 UTC",
    "2025-10-01T23:59:59",
    "2025-10-01Z",
    "2025-10-01-03:00",
    "20251001T000000Z",
    "20251001235959",
    "2025-10-01 9:30",
    "2025-10-01 00:00:00 -0300",
    "2025-10-01T00:00:00-03:00[America/Sao_Paulo]",
    "01/10/2025 14:30",
    "01/10/2025, 14:30:00",
    // A moment is the local day.
    "2025-10-02T02:59:59Z",
    "2025-10-01T22:00:00-03:00",
    " ２０２５-10-01\u00A0",
    "2025\u201110\u201101"
  ]
  it.each(october)("SPEC 4.2: %j is 1 October 2025", (text) => {
    assert.strictEqual(readDate(text, zone), "2025-10-01")
    assert.isFalse(isUnreadableDate(text, zone))
  })

  const unreadable = [
    "2025-02-30",
    "31/02/2025",
    "10/13/2025",
    "2025-13-01",
    "20251301",
    "01102025",
    "1759276800",
    "1759276800000",
    "20362",
    "2025-10-01T24:00:00Z",
    "2025-10-01T10:60:00Z",
    "2025-10/01",
    "2025100123",
    "20251001250000",
    // What programs write for no date.
    "0001-01-01T00:00:00",
    "30/12/1899",
    "1900-01-01",
    "1970-01-01T00:00:00Z",
    "31/12/9999"
  ]
  it.each(unreadable)("SPEC 4.2: %j has no readable day, although it looks like one", (text) => {
    assert.strictEqual(readDate(text, zone), undefined)
    assert.isTrue(isUnreadableDate(text, zone))
  })

  it.each(["", "amanhã", "até 01/10/2025", "01/10", "a combinar", "Wed Oct 01 2025"])(
    "SPEC 4.2: %j is words",
    (text) => {
      assert.strictEqual(readDate(text, zone), undefined)
      assert.isFalse(isUnreadableDate(text, zone))
    }
  )

  it("SPEC 4.2: total on any text, and a fixed point", () => {
    const nearly = fc.string({ unit: fc.constantFrom(..."0123456789-/.:TZ+ ") })
    const day = fc.date({ min: new Date("2000-01-02"), max: new Date("2099-12-31"), noInvalidDate: true })
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          nearly,
          day.map((date) => date.toISOString())
        ),
        (text) => {
          const read = readDate(text, zone)
          assert.isTrue(read === undefined || readDate(read, zone) === read)
        }
      ),
      { numRuns: 1000 }
    )
    fc.assert(
      fc.property(day, (date) =>
        assert.strictEqual(readDate(date.toISOString().slice(0, 10), zone), date.toISOString().slice(0, 10))
      )
    )
  })
})
