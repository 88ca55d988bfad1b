import { assert, describe, it } from "@effect/vitest"

import { type Compared, judgeLog, partsOf } from "../../../src/domain/record/logIdentity.ts"

const compared = (more: Partial<Compared>): Compared => ({
  earliest: 0,
  end: 10,
  reached: 10,
  isElsewhere: false,
  ...more
})

const at = (offset: number, isSame: boolean) => ({ offset, isSame })

describe("which log a partition has", () => {
  const cases: ReadonlyArray<readonly [what: string, given: Partial<Compared>, verdict: ReturnType<typeof judgeLog>]> =
    [
      ["first and last are there", { first: at(0, true), last: at(9, true) }, { is: "same" }],
      ["the log has gone on", { end: 50, first: at(0, true), last: at(9, true) }, { is: "same" }],
      ["the last is there, and it is all that is known", { last: at(9, true) }, { is: "same" }],
      ["neither is the same", { first: at(0, false), last: at(9, false) }, { is: "another" }],
      ["the only one that is known is not the same", { last: at(9, false) }, { is: "another" }],
      ["nothing is left, and it ends where it did", { earliest: 10 }, { is: "same" }],
      ["nothing is left, and it has gone on", { earliest: 12, end: 12 }, { is: "same" }],
      ["nothing can be read, and it ends before", { end: 9 }, { is: "another" }],
      ["it is empty", { end: 0 }, { is: "another" }],
      ["it is empty, as it was", { end: 0, reached: 0 }, { is: "same" }],
      ["nothing can be compared in another cluster", { isElsewhere: true, reached: 0 }, { is: "another" }],
      ["nothing is there in another cluster", { isElsewhere: true, reached: 0, end: 0 }, { is: "same" }],
      ["the same in another cluster", { isElsewhere: true, first: at(0, true), last: at(9, true) }, { is: "same" }],
      ["the last is not the same", { first: at(0, true), last: at(9, false) }, { is: "cut", after: 0, before: 9 }],
      ["it is shorter", { end: 5, first: at(0, true), last: at(4, true) }, { is: "cut", after: 4, before: 5 }],
      [
        "it is shorter than what was read",
        { end: 9, reached: 12, last: at(8, true) },
        { is: "cut", after: 8, before: 9 }
      ],
      ["only the last is the same", { first: at(0, false), last: at(9, true) }, { is: "same" }]
    ]
  for (const [what, given, verdict] of cases) {
    it(`SPEC 9.10: ${what}: ${verdict.is}`, () => {
      assert.deepStrictEqual(judgeLog(compared(given)), verdict)
    })
  }

  it("SPEC 9.10: a later generation has all offsets from its first one on", () => {
    const log = (generation: number, first: number) => ({ generation, first })
    const part = (generation: number, first: number, next = Number.POSITIVE_INFINITY) => ({ generation, first, next })
    assert.deepStrictEqual(partsOf([log(1, 5)]), [part(1, 5)])
    assert.deepStrictEqual(partsOf([log(1, 0), log(2, 90)]), [part(1, 0, 90), part(2, 90)])
    assert.deepStrictEqual(partsOf([log(1, 0), log(2, 90), log(3, 0)]), [part(3, 0)])
    assert.deepStrictEqual(partsOf([log(1, 0), log(2, 90), log(3, 40), log(4, 95)]), [
      part(1, 0, 40),
      part(3, 40, 95),
      part(4, 95)
    ])
  })
})
