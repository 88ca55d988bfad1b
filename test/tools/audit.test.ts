import { assert, describe, it } from "@effect/vitest"

import { auditVerdict } from "../../tools/audit/verdict.ts"

const reportOf = (severities: Readonly<Record<string, string>>) =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: Object.fromEntries(
      Object.entries(severities).map(([name, severity]) => [name, { name, severity, range: "<1.2.3" }])
    )
  })

describe("npm audit in CI", () => {
  it("fails on a known advisory of high severity or above, and names its package", () => {
    const verdict = auditVerdict(reportOf({ a: "low", b: "high", c: "moderate", d: "critical" }))
    assert.deepStrictEqual(verdict, { _tag: "Known", packages: ["b <1.2.3: high", "d <1.2.3: critical"] })
  })

  it("passes without one", () => {
    for (const severities of [{}, { a: "low", b: "moderate" }])
      assert.deepStrictEqual(auditVerdict(reportOf(severities)), { _tag: "Clean" })
  })

  it("says where the registry gave no answer", () => {
    const outputs = [
      "",
      "npm error",
      "null",
      "{}",
      '{"message":"405 Method Not Allowed","method":"POST","statusCode":405,"error":{"summary":"","detail":""}}'
    ]
    for (const output of outputs) assert.deepStrictEqual(auditVerdict(output), { _tag: "Unanswered" }, output)
  })
})
