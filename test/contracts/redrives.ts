import { assert, layer } from "@effect/vitest"
import { Effect, type Layer } from "effect"

import { Redrives } from "../../src/services/Redrives.ts"

let counter = 0
const fresh = () => ({ topic: `in-${counter++}.dlq`, partition: 1, offset: 7, timestamp: 1_759_246_200_123 })

/** What holds for every layer of `Redrives`. */
export const redrivesContract = (name: string, redrives: Layer.Layer<Redrives, unknown>): void =>
  layer(redrives, { timeout: "60 seconds" })(`Redrives: ${name}`, (it) => {
    it.effect("a letter begins once and is known from then on", () =>
      Effect.gen(function* () {
        const { begin, done, known } = yield* Redrives
        const [one, other] = [fresh(), fresh()]
        assert.deepStrictEqual(yield* known([one, other]), [undefined, undefined])
        assert.deepStrictEqual(yield* begin([one], 1000, false), [undefined])
        assert.deepStrictEqual(yield* begin([other, one], 2000, false), [undefined, { begunAt: 1000 }])
        yield* done([one], 3001)
        assert.deepStrictEqual(yield* known([other, one]), [{ begunAt: 2000 }, { begunAt: 1000, doneAt: 3001 }])
        assert.deepStrictEqual(yield* begin([one], 4000, false), [{ begunAt: 1000, doneAt: 3001 }])
      })
    )

    it.effect("a recreated topic has new letters at the old offsets", () =>
      Effect.gen(function* () {
        const { begin, known } = yield* Redrives
        const letter = fresh()
        yield* begin([letter], 1000, false)
        assert.deepStrictEqual(yield* known([{ ...letter, timestamp: letter.timestamp + 1 }, letter]), [
          undefined,
          { begunAt: 1000 }
        ])
      })
    )

    it.effect("an undone letter can begin again; a letter done before stays done", () =>
      Effect.gen(function* () {
        const { begin, done, known, undo } = yield* Redrives
        const [never, before] = [fresh(), fresh()]
        yield* begin([never, before], 1000, false)
        yield* done([before], 1500)
        assert.deepStrictEqual(yield* begin([before], 2000, true), [undefined])
        yield* undo([never, before])
        assert.deepStrictEqual(yield* known([never, before]), [undefined, { begunAt: 2000, doneAt: 1500 }])
        assert.deepStrictEqual(yield* begin([never], 3000, false), [undefined])
      })
    )

    it.effect("letters that differ in one part of their place are different letters", () =>
      Effect.gen(function* () {
        const { begin, done, known, undo } = yield* Redrives
        const letter = fresh()
        const others = [
          { ...letter, topic: fresh().topic },
          { ...letter, partition: letter.partition + 1 },
          { ...letter, offset: letter.offset + 1 },
          { ...letter, timestamp: letter.timestamp + 1 }
        ]
        const begun = others.map(() => ({ begunAt: 1000 }))
        assert.deepStrictEqual(yield* begin([letter, ...others], 1000, false), [
          undefined,
          ...begun.map(() => undefined)
        ])
        yield* done([letter], 2000)
        assert.deepStrictEqual(yield* known([letter, ...others]), [{ begunAt: 1000, doneAt: 2000 }, ...begun])
        const another = { ...letter, partition: letter.partition + 2 }
        yield* begin([another], 1000, false)
        yield* undo([another])
        assert.deepStrictEqual(yield* known([another, ...others]), [undefined, ...begun])
      })
    )

    it.effect("a call without letters does nothing", () =>
      Effect.gen(function* () {
        const { begin, done, known, undo } = yield* Redrives
        assert.deepStrictEqual(yield* begin([], 1, false), [])
        assert.deepStrictEqual(yield* known([]), [])
        yield* done([], 1)
        yield* undo([])
      })
    )

    it.effect("of concurrent calls with the same letters each letter begins in exactly one", () =>
      Effect.gen(function* () {
        const { begin } = yield* Redrives
        const letters = Array.from({ length: 50 }, fresh)
        const answers = yield* Effect.all(
          Array.from({ length: 4 }, (_, index) => begin(letters, 1000 + index, false)),
          { concurrency: "unbounded" }
        )
        for (const index of letters.keys()) {
          assert.lengthOf(
            answers.filter((answer) => answer[index] === undefined),
            1
          )
        }
      })
    )
  })
