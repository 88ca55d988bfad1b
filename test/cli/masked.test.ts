import { assert, it } from "@effect/vitest"

import { maskedSummary } from "../../src/cli/show.ts"
import type { Summary } from "../../src/domain/views/summary.ts"

const summary: Summary = {
  id: "j|c|p",
  journey: "j",
  status: "failure",
  updatedAt: 1,
  waiting: [],
  events: [],
  responses: [],
  timeline: [
    { at: 1, fact: "DispatchRefused", text: "attempt 1 refused: 400 Invalid number +5511999999999; tried again" }
  ]
}

it("SPEC 9.6: what a vendor's text quotes of the customer is masked in the timeline", () => {
  assert.deepStrictEqual(maskedSummary(summary), {
    ...summary,
    timeline: [{ at: 1, fact: "DispatchRefused", text: "attempt 1 refused: 400 Invalid number ***; tried again" }]
  })
})

it("SPEC 9.9: an id that holds personal data is masked", () => {
  const named = { ...summary, id: "pedido|joao@example.com|1", customer: { id: "joao@example.com" } }
  assert.deepInclude(maskedSummary(named), { id: "pedido|***@***|1", customer: { id: "***@***" } })
})
