import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"

import { serviceNowOutcome, weniOutcome } from "../../../src/domain/vendor/breaker.ts"
import {
  ConnectionLost,
  NotConnected,
  Timeout,
  type OutageReason,
  Refused,
  TokenUnavailable,
  Unreadable,
  DispatchRefusal,
  type WeniReason
} from "../../../src/domain/vendor/failureReasons.ts"

const timeout = new Timeout({ after: Duration.seconds(15) })
const notConnected = new NotConnected({ detail: "ECONNREFUSED" })
const withheld = new NotConnected({ detail: "", withheld: true })
const lost = new ConnectionLost({ detail: "ECONNRESET" })

const refused = (status: number, retryAfter?: number) =>
  new Refused({ status, message: "Maria", detail: "11 99999-9999", ...(retryAfter !== undefined && { retryAfter }) })
const refusal = (status: number) =>
  new DispatchRefusal({ status, message: "Maria", answer: { phone: "11 99999-9999" }, retryAfter: 600_000 })

describe("the outcome of a call for the breaker", () => {
  const serviceNow: ReadonlyArray<readonly [string, OutageReason, string]> = [
    ["time-out", timeout, "Failed"],
    ["no connection", notConnected, "Failed"],
    ["not begun, for this process may have lost its lock", withheld, "None"],
    ["lost connection", lost, "Failed"],
    ["202", new Unreadable({ status: 202, detail: "" }), "Failed"],
    ["HTML", new Unreadable({ status: 200, detail: "" }), "Failed"],
    ["200 with an error", refused(200), "Failed"],
    ["500", refused(500), "Failed"],
    ["503", refused(503), "Failed"],
    ["401 after renewal", refused(401), "Failed"],
    ["no token", new TokenUnavailable({ reason: refused(503) }), "Failed"],
    ["400", refused(400), "Alive"],
    ["403", refused(403), "Alive"],
    ["404", refused(404), "Alive"],
    ["429", refused(429), "Busy"]
  ]
  for (const [name, reason, sign] of serviceNow) {
    it(`SPEC 9.2, 4.6: ServiceNow, ${name}: ${sign}`, () => {
      assert.strictEqual(serviceNowOutcome(reason)._tag, sign)
    })
  }

  const weni: ReadonlyArray<readonly [string, WeniReason, string]> = [
    ["time-out", timeout, "Failed"],
    ["no connection", notConnected, "Failed"],
    ["not begun, for this process may have lost its lock", withheld, "None"],
    ["lost connection", lost, "Failed"],
    ["302", refusal(302), "Failed"],
    ["500", refusal(500), "Failed"],
    ["504", refusal(504), "Failed"],
    ["401", refusal(401), "Failed"],
    ["403", refusal(403), "Alive"],
    ["400", refusal(400), "Alive"],
    ["422", refusal(422), "Alive"],
    ["429", refusal(429), "Busy"]
  ]
  for (const [name, reason, sign] of weni) {
    it(`SPEC 9.2: Weni, ${name}: ${sign}`, () => {
      assert.strictEqual(weniOutcome(reason)._tag, sign)
    })
  }

  it("SPEC 4.6: a 429 holds for as long as the vendor requests, 0 if it does not say", () => {
    assert.deepInclude(serviceNowOutcome(refused(429, 60_000)), { _tag: "Busy", wait: 60_000 })
    assert.deepInclude(serviceNowOutcome(refused(429)), { _tag: "Busy", wait: 0 })
    assert.deepInclude(weniOutcome(refusal(429)), { _tag: "Busy", wait: 600_000 })
  })

  it("SPEC 9.6: the reason that other communications see has none of the answer's words", () => {
    const told = [
      serviceNowOutcome(refused(500)),
      serviceNowOutcome(new TokenUnavailable({ reason: refused(503) })),
      serviceNowOutcome(refused(429, 60_000)),
      weniOutcome(refusal(500)),
      weniOutcome(refusal(429))
    ]
    assert.notMatch(JSON.stringify(told), /Maria|9999/)
  })
})
