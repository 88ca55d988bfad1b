import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"

import { parseJourneys } from "../../../src/domain/journeys/JourneysFile.ts"
import { startWarnings } from "../../../src/domain/journeys/startWarnings.ts"

const warnings = (journey: ReadonlyArray<string>, top: ReadonlyArray<string> = [], fields = "") => {
  const text = [
    ...top,
    "journeys:",
    "  x:",
    "    deliveryOffsetDays: 2",
    `    case: { short_description: a, description: b${fields} }`,
    "    answers: { yes: [sim], no: [não] }",
    ...journey
  ].join("\n")
  const file = Result.getOrThrowWith(parseJourneys(text), (problems) => new Error(JSON.stringify(problems)))
  return startWarnings(file, "2026-11-30").map(({ path, problem }) => `${path}: ${problem}`)
}

const hours = '    businessHours: { days: [mon], from: "08:00", to: "20:00" }'
const expires = "    expiresAfter: 24 hours"

describe("startWarnings", () => {
  it("CONTRACT Journeys file: a journey without expiresAfter announces orders of any age", () => {
    assert.deepStrictEqual(warnings([]), ["journeys.x.expiresAfter: not set: an order is announced however old it is"])
    assert.deepStrictEqual(warnings([expires]), [])
  })

  it("CONTRACT Journeys file: a list of holidays that ends within 60 days", () => {
    const later = "a SIM on a later holiday closes the Case at once"
    assert.deepStrictEqual(warnings([expires, hours], ['holidays: ["2027-01-29"]']), [])
    assert.deepStrictEqual(warnings([expires, hours], ['holidays: ["2027-01-28", "2026-12-25"]']), [
      `holidays: the last one is 2027-01-28: ${later}`
    ])
    assert.deepStrictEqual(warnings([expires, hours]), [`holidays: none is listed: ${later}`])
  })

  it("CONTRACT Journeys file: a priority, impact, urgency or state that is not a number", () => {
    const lost = "expected a number: ServiceNow does not store another text in this field"
    assert.deepStrictEqual(
      warnings([expires], [], ', priority: "alta", state: "Novo", impact: 3, category: "Pedido"'),
      [`journeys.x.case.priority: read "alta", ${lost}`, `journeys.x.case.state: read "Novo", ${lost}`]
    )
    assert.deepStrictEqual(warnings([expires], [], ', priority: "3", urgency: "{{urgencia|3}}", state: "-5"'), [])
  })

  it("CONTRACT Journeys file: the warnings of the file itself come first", () => {
    assert.deepStrictEqual(warnings([], ['holidays: ["2026-12-25"]'])[0], "holidays: no journey has businessHours")
  })
})
