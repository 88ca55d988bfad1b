import { assert, describe, it } from "@effect/vitest"

import { boundaries, outcomes, replay, seeds, type Series } from "./series.ts"

const failed = (series: Series) =>
  [...outcomes(series)].flatMap(({ outcome: { violations }, run }) =>
    violations.length === 0 ? [] : [{ ...run, violations }]
  )

/** Milliseconds. A few seconds are enough if nothing else runs. */
const waitBudget = 120_000

/** Enough runs for frequent faults. `npm run simulate` makes more. */
describe("the whole service under simulation", () => {
  it(
    "SPEC 9.3: every promise is kept, whatever fails and whichever process crashes",
    () => {
      assert.deepStrictEqual(failed(seeds(1, 80)), [])
    },
    waitBudget
  )

  it(
    "SPEC 9.3: every promise is kept, wherever a process crashes",
    () => {
      assert.deepStrictEqual(failed(boundaries(3, 1)), [])
    },
    waitBudget
  )

  it(
    "SPEC 9.3: every promise is kept on a strict instance",
    () => {
      assert.deepStrictEqual(failed(seeds(1, 20, { instance: "strict" })), [])
    },
    waitBudget
  )

  it("a seed runs the same way each time", () => {
    for (const seed of [3, 174, 1325]) {
      const { hash, story } = replay({ seed })
      assert.isAbove(story.length, 10)
      assert.strictEqual(replay({ seed }).hash, hash)
    }
  })
})
