import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"

import {
  ConnectionLost,
  HeldBack,
  NotConnected,
  Refused,
  Timeout,
  TokenUnavailable,
  Unreadable
} from "../../../src/domain/vendor/failureReasons.ts"
import { createAmbiguityOf, wasCreated, writeAmbiguityOf } from "../../../src/domain/vendor/writeAmbiguity.ts"

const refused = (status: number) => new Refused({ status, message: "m", detail: "d" })
const unreadable = (status: number) => new Unreadable({ status, detail: "d" })
const timeout = new Timeout({ after: Duration.seconds(65) })

describe("what is known of a write that failed", () => {
  for (const [title, reason, create, update] of [
    ["no connection", new NotConnected({ detail: "d" }), "none", "none"],
    ["no token", new TokenUnavailable({ reason: timeout }), "none", "none"],
    ["held back", new HeldBack({ reason: timeout }), "none", "none"],
    ["400", refused(400), "none", "none"],
    ["403", refused(403), "none", "none"],
    ["429", refused(429), "none", "none"],
    ["a time-out", timeout, "running", "running"],
    ["a lost connection", new ConnectionLost({ detail: "d" }), "running", "running"],
    ["202", unreadable(202), "running", "running"],
    ["408", refused(408), "running", "running"],
    ["502", refused(502), "running", "running"],
    ["504", refused(504), "running", "running"],
    ["599", refused(599), "running", "running"],
    ["500", refused(500), "running", "ended"],
    ["503", refused(503), "running", "ended"],
    ["an error key", refused(200), "running", "ended"],
    ["HTML", unreadable(200), "running", "ended"]
  ] as const) {
    it(`SPEC 4.3, 6.2: ${title}: a create ${create}, an update ${update}`, () => {
      assert.deepStrictEqual([createAmbiguityOf(reason), writeAmbiguityOf(reason)], [create, update])
      assert.isFalse(wasCreated(reason))
    })
  }

  it("SPEC 4.3: a 201 has created the row, whatever else is wrong with it", () => {
    assert.isTrue(wasCreated(unreadable(201)))
  })

  it("SPEC 4.3: a 200 with a record has created it", () => {
    assert.isTrue(wasCreated(new Unreadable({ status: 200, detail: "", hasRecord: true })))
  })
})
