import { assert, describe, it } from "@effect/vitest"

import { faster, type Pace, rateOf, slower } from "../../../src/domain/vendor/pace.ts"

/** The pace after so many answers. `undefined` once it no longer limits. */
const after = (answers: number, from: Pace): Pace | undefined =>
  Array.from({ length: answers }).reduce<Pace | undefined>((pace) => pace && faster(pace), from)

const rateAfter = (answers: number, from: Pace) => {
  const pace = after(answers, from)
  return pace && Math.round(rateOf(pace) * 100) / 100
}

describe("a pace", () => {
  it("SPEC 4.6: begins at half of what the vendor took, is back within 20 s, and ends when it no longer limits", () => {
    const pace = slower(undefined, 10)
    assert.deepStrictEqual(pace, { known: 9.5, answered: 0 })
    assert.deepStrictEqual(
      [0, 95, 190, 285, 342, 475, 569, 570].map((answers) => rateAfter(answers, pace)),
      [4.75, 9.46, 9.5, 9.54, 10.5, 90.66, 606.39, undefined]
    )
  })

  it("SPEC 4.6: is halved by a further 429", () => {
    const pace = after(342, slower(undefined, 10))
    assert(pace !== undefined)
    assert.strictEqual(Math.round(rateOf(slower(pace, 11)) * 100) / 100, 4.99)
    // A pace that has grown far beyond the calls that are sent is measured by those.
    const free = after(560, slower(undefined, 10))
    assert.deepStrictEqual(slower(free, 20), { known: 19, answered: 0 })
  })

  it("SPEC 4.6: is at least one call per second", () => {
    const pace = slower(undefined, 0)
    assert.deepStrictEqual([rateOf(pace), rateAfter(59, pace), rateAfter(60, pace)], [1, 54.61, undefined])
  })
})
