import { assert, describe, it } from "@effect/vitest"

import { replay, runSeries } from "./series.ts"

/** Enough for a fault that is easily met; `npm run simulate` makes more. */
const runs = 150

describe("the whole service under simulation", () => {
  it("SPEC 9.3: every promise is kept, whatever fails and whoever dies", () => {
    const failed = runSeries({ seed: 1, runs })
    assert.deepStrictEqual(
      failed.map(({ seed, violations }) => ({ seed, violations })),
      []
    )
  })

  it("a seed runs the same way each time", () => {
    for (const seed of [3, 174, 1325]) {
      const { hash, story } = replay(seed)
      assert.isAbove(story.length, 10)
      assert.strictEqual(replay(seed).hash, hash)
    }
  })
})
