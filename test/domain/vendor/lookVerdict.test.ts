import { assert, describe, it } from "@effect/vitest"

import {
  type AttemptReason,
  Refused,
  type ServiceNowReason,
  Unreadable
} from "../../../src/domain/vendor/failureReasons.ts"
import {
  answeredLook,
  type FailedLook,
  failedLook,
  type LookResult,
  type LookVerdict
} from "../../../src/domain/vendor/lookVerdict.ts"

/** The verdict with its error's fields, because two errors are not compared by them. */
const plain = (verdict: LookVerdict<string>) =>
  verdict._tag === "Failed" ? { failed: verdict.reason._tag, ...fieldsOf(verdict.reason) } : verdict
const fieldsOf = (reason: ServiceNowReason) => ({
  detail: "detail" in reason ? reason.detail : undefined,
  status: "status" in reason ? reason.status : undefined,
  blindField: "blindField" in reason ? reason.blindField : undefined
})
const again = { _tag: "Again" }
const nothing = { _tag: "Known", found: undefined }
const unknown = (detail: string, blindField?: string) => ({
  failed: "Indeterminate",
  detail,
  status: undefined,
  blindField
})
const failedWith = (reason: ServiceNowReason) => ({ failed: reason._tag, ...fieldsOf(reason) })

describe("SPEC 4.3, 6.2: what an answered look proves", () => {
  const unproven: LookResult<string> = { _tag: "Unproven", detail: "x" }
  const blind: LookResult<string> = { _tag: "Unknowable", detail: "x", blindField: "f" }
  for (const [what, result, early, late] of [
    ["a row", { _tag: "Found", found: "row" }, { _tag: "Known", found: "row" }, { _tag: "Known", found: "row" }],
    ["nothing", { _tag: "None" }, again, nothing],
    ["nothing, and no proof that it sees", unproven, again, unknown("x")],
    ["no answer to the question", blind, unknown("x", "f"), unknown("x", "f")]
  ] as const) {
    it(`of ${what}`, () => {
      assert.deepStrictEqual<unknown>(
        [false, true].map((isOver) => plain(answeredLook<string>(result, isOver))),
        [early, late]
      )
    })
  }
})

describe("SPEC 4.3, 4.6: what follows from a failed look", () => {
  const refused = (status: number) => new Refused({ status, message: "no", detail: "" })
  const first: FailedLook = { isOutage: false, forbidden: 0, failures: 0, attempts: 2 }
  const page = new Unreadable({ status: 200, detail: "" })
  const unknowable = unknown("a busca pelo registro foi recusada; ele pode existir")
  const rows: ReadonlyArray<readonly [string, AttemptReason, Partial<FailedLook>, unknown]> = [
    ["503", refused(503), { failures: 1 }, again],
    ["503 to the end", refused(503), { failures: 2 }, failedWith(refused(503))],
    ["a page to the end", page, { failures: 2 }, failedWith(page)],
    ["400", refused(400), {}, unknowable],
    ["a first 403", refused(403), {}, again],
    ["a second 403", refused(403), { forbidden: 1 }, unknowable],
    ["401", refused(401), {}, again],
    ["401 for everybody", refused(401), { isOutage: true }, failedWith(refused(401))]
  ]
  for (const [what, reason, known, verdict] of rows) {
    it(`of ${what}`, () => {
      assert.deepStrictEqual<unknown>(plain(failedLook(reason, { ...first, ...known })), verdict)
    })
  }
})
