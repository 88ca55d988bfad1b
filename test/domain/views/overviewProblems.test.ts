import { readFileSync } from "node:fs"

import { assert, it } from "@effect/vitest"

import { overviewProblems, type OverviewState } from "../../../src/domain/views/overviewProblems.ts"

const well: OverviewState = {
  at: 10_000_000,
  replicas: 2,
  readyReplicas: 2,
  openVendors: [],
  lag: 5,
  inDoubt: 0,
  deadLetters: 0,
  parked: 1,
  parkedSince: 9_999_000,
  orphanAfter: 600_000,
  audit: { unaccounted: 0, stalled: 0, overdue: 0 }
}

const ids = (changes: Partial<OverviewState>) => overviewProblems({ ...well, ...changes }).map(({ id }) => id)

it("SPEC 12.6: nothing is wrong", () => assert.deepStrictEqual(ids({}), []))

it.each<readonly [Partial<OverviewState>, string]>([
  [{ replicas: 0, readyReplicas: 0 }, "no_replica"],
  [{ readyReplicas: 0 }, "no_replica"],
  [{ readyReplicas: 1 }, "not_ready"],
  [{ openVendors: ["servicenow"] }, "servicenow"],
  [{ openVendors: ["weni"] }, "weni"],
  [{ inDoubt: 1 }, "in_doubt"],
  [{ deadLetters: 1 }, "dead_letters"],
  [{ oldestAt: 10_000_000 - 300_001 }, "lag"],
  [{ parkedSince: 10_000_000 - 1_200_001 }, "parked"],
  [{ audit: { unaccounted: 1, stalled: 0, overdue: 0 } }, "unaccounted"],
  [{ audit: { unaccounted: 0, stalled: 1, overdue: 0 } }, "stalled"],
  [{ audit: { unaccounted: 0, stalled: 0, overdue: 1 } }, "overdue"]
])("SPEC 12.6: %j is %s", (changes, id) => assert.deepStrictEqual(ids(changes), [id]))

it("SPEC 12.6: a lag is not a problem while the oldest record is young, nor is a lag of 0", () => {
  assert.deepStrictEqual(ids({ oldestAt: 10_000_000 - 299_999 }), [])
  assert.deepStrictEqual(ids({ lag: 0, oldestAt: 0 }), [])
})

it("SPEC 12.6: every problem leads to a heading of the manual", () => {
  const headings = new Set(
    [...readFileSync("docs/operations.md", "utf8").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-")
    )
  )
  const { audit: _, ...unknown } = well
  const worst = { replicas: 1, readyReplicas: 0, openVendors: ["servicenow", "weni"] as const, inDoubt: 1, oldestAt: 0 }
  const more = { deadLetters: 1, parkedSince: 0, audit: { unaccounted: 1, stalled: 1, overdue: 1 } }
  const all = [
    ...overviewProblems(unknown),
    ...overviewProblems({ ...well, ...worst, ...more }),
    ...overviewProblems({ ...well, readyReplicas: 1 })
  ]
  assert.strictEqual(new Set(all.map(({ id }) => id)).size, 12)
  for (const { runbook } of all) assert.isTrue(headings.has(runbook.replace("docs/operations.md#", "")), runbook)
  // The long table of the manual would have to be searched.
  assert.deepStrictEqual(
    all.filter(({ runbook }) => runbook.endsWith("#what-goes-wrong-what-the-log-says-what-to-do")),
    []
  )
})
