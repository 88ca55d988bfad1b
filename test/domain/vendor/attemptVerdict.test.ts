import { assert, describe, it } from "@effect/vitest"

import { attemptVerdict, type FailedAttempt } from "../../../src/domain/vendor/attemptVerdict.ts"
import { type AttemptReason, HeldBack, NotConnected, Refused } from "../../../src/domain/vendor/failureReasons.ts"

const refused = (status: number) => new Refused({ status, message: "no", detail: "" })
const withheld = new NotConnected({ detail: "", withheld: true })
const first: FailedAttempt = { counts: true, isOutage: false, made: 1, attempts: 5, forbidden: 0, isOnce: false }
const used = { made: 5 }

describe("SPEC 4.6, 9.2: whether another attempt follows", () => {
  const rows: ReadonlyArray<
    readonly [string, AttemptReason, Partial<FailedAttempt>, ReturnType<typeof attemptVerdict>]
  > = [
    ["a breaker held it back", new HeldBack({ reason: refused(503) }), { counts: false }, "held"],
    ["a shut way explains it", refused(503), { counts: false, ...used }, "excused"],
    ["503", refused(503), {}, "retry"],
    ["503, the attempts are used up", refused(503), used, "last"],
    ["no connection", new NotConnected({ detail: "" }), {}, "retry"],
    ["withheld, the attempts are used up", withheld, used, "withheld"],
    ["withheld, of a call that is made once", withheld, { attempts: 1, isOnce: true }, "last"],
    ["400", refused(400), {}, "last"],
    ["401", refused(401), {}, "retry"],
    ["401 for everybody", refused(401), { isOutage: true }, "last"],
    ["503 for everybody", refused(503), { isOutage: true }, "retry"],
    ["a first 403, the attempts are used up", refused(403), used, "stray"],
    ["a second 403", refused(403), { forbidden: 1 }, "last"],
    ["a 403 of a call that is made once", refused(403), { attempts: 1, isOnce: true }, "last"],
    ["429", refused(429), {}, "retry"]
  ]
  for (const [what, reason, known, verdict] of rows) {
    it(`${what}: ${verdict}`, () => {
      assert.strictEqual(attemptVerdict(reason, { ...first, ...known }), verdict)
    })
  }
})
