import { assert, layer } from "@effect/vitest"
import { Effect, type Layer } from "effect"

import { type CustomerCreation, CustomerCreations } from "../../src/services/CustomerCreations.ts"

const at = 1_763_866_000_123
const run = crypto.randomUUID()
let counter = 0
const fresh = (kind: string) => `${kind} ${run} ${counter++}`

const sorted = (list: ReadonlyArray<CustomerCreation>) =>
  list.toSorted((one, other) => (one.identity < other.identity ? -1 : 1))

/** What holds for every layer of `CustomerCreations`. */
export const customerCreationsContract = (name: string, creations: Layer.Layer<CustomerCreations, unknown>): void =>
  layer(creations, { timeout: "60 seconds" })(`CustomerCreations: ${name}`, (it) => {
    it.effect("SPEC 3.3: a creation is found by each of its identities from its start to its outcome", () =>
      Effect.gen(function* () {
        const kept = yield* CustomerCreations
        const [document, phone] = [fresh("document"), fresh("phone")]
        assert.deepStrictEqual(yield* kept.find([document, phone]), [])
        assert.isTrue(yield* kept.begin([phone, document], at, []))
        assert.deepStrictEqual(sorted(yield* kept.find([document, phone, fresh("email")])), [
          { identity: document, begunAt: at },
          { identity: phone, begunAt: at }
        ])
        yield* kept.settle([document, phone], at, "sys-1")
        assert.deepStrictEqual(yield* kept.find([phone]), [{ identity: phone, begunAt: at, sysId: "sys-1" }])
        yield* kept.reckon([{ identity: phone, begunAt: at }], at + 1)
        assert.deepStrictEqual(yield* kept.find([phone]), [{ identity: phone, begunAt: at, sysId: "sys-1" }])
      })
    )

    it.effect(
      "SPEC 3.3, 4.3: the time until which it may have been sent is set once; a creation that starts again is a new one",
      () =>
        Effect.gen(function* () {
          const kept = yield* CustomerCreations
          const [email, another] = [fresh("email"), fresh("email")]
          yield* kept.begin([email], at, [])
          yield* kept.begin([another], at, [])
          yield* kept.reckon([{ identity: email, begunAt: at }], at + 6000)
          yield* kept.reckon([{ identity: email, begunAt: at }], at + 60_000)
          assert.deepStrictEqual(yield* kept.find([another]), [{ identity: another, begunAt: at }])
          assert.deepStrictEqual(yield* kept.find([email]), [{ identity: email, begunAt: at, sentUntil: at + 6000 }])
          assert.isTrue(yield* kept.begin([email], at + 70_000, yield* kept.find([email])))
          yield* kept.settle([email], at, "of the former one")
          yield* kept.reckon([{ identity: email, begunAt: at }], at + 6000)
          assert.deepStrictEqual(yield* kept.find([email]), [{ identity: email, begunAt: at + 70_000 }])
        })
    )

    it.effect("SPEC 3.3: a refused creation leaves nothing behind", () =>
      Effect.gen(function* () {
        const kept = yield* CustomerCreations
        const [email, phone, another] = [fresh("email"), fresh("phone"), fresh("phone")]
        yield* kept.begin([email, phone], at, [])
        yield* kept.begin([another], at, [])
        yield* kept.reckon([{ identity: phone, begunAt: at }], at + 6000)
        yield* kept.withdraw([email, phone], at)
        assert.deepStrictEqual(yield* kept.find([email, phone, another]), [{ identity: another, begunAt: at }])
      })
    )

    it.effect("SPEC 3.3: a refusal withdraws neither another creation nor one with an outcome", () =>
      Effect.gen(function* () {
        const kept = yield* CustomerCreations
        const [other, settled] = [fresh("email"), fresh("phone")]
        yield* kept.begin([other], at + 1, [])
        yield* kept.settle([settled], at, "sys-1")
        yield* kept.withdraw([other, settled], at)
        assert.deepStrictEqual(sorted(yield* kept.find([other, settled])), [
          { identity: other, begunAt: at + 1 },
          { identity: settled, begunAt: at, sysId: "sys-1" }
        ])
      })
    )

    it.effect(
      "SPEC 3.3: a creation starts only if nothing has changed since it was read, for all identities or for none",
      () =>
        Effect.gen(function* () {
          const kept = yield* CustomerCreations
          const old = 100
          const [email, phone] = [fresh("email"), fresh("phone")]
          const rows = Effect.map(kept.find([email, phone]), sorted)
          /** The state that is read before `change` is outdated after it. */
          const overtaken = Effect.fnUntraced(function* (change: Effect.Effect<unknown>) {
            const seen = yield* rows
            yield* change
            const now = yield* rows
            assert.isFalse(yield* kept.begin([phone, email], old + 9, seen))
            assert.deepStrictEqual(yield* rows, now)
          })
          yield* overtaken(kept.begin([email], old, []))
          yield* overtaken(kept.reckon([{ identity: email, begunAt: old }], old + 6000))
          yield* overtaken(Effect.flatMap(rows, (seen) => kept.begin([email], old + 1, seen)))
          yield* overtaken(kept.settle([email], old + 1, "sys-1"))
          yield* overtaken(kept.settle([email], old + 1, "sys-2"))
          yield* overtaken(kept.prune(old + 2))
          assert.isTrue(yield* kept.begin([phone, email], at, []))
        })
    )

    it.effect(
      "SPEC 3.3: a creation starts after an outcome or a doubt that it has read, even if its clock is behind",
      () =>
        Effect.gen(function* () {
          const kept = yield* CustomerCreations
          const [email, phone] = [fresh("email"), fresh("phone")]
          yield* kept.settle([email], at, "sys-1")
          yield* kept.begin([phone], at, [])
          yield* kept.reckon([{ identity: phone, begunAt: at }], at + 6000.25)
          assert.isTrue(yield* kept.begin([phone, email], at - 50, yield* kept.find([email, phone])))
          assert.deepStrictEqual(sorted(yield* kept.find([email, phone])), [
            { identity: email, begunAt: at - 50 },
            { identity: phone, begunAt: at - 50 }
          ])
        })
    )

    it.effect("SPEC 3.3: creations are deleted by their age", () =>
      Effect.gen(function* () {
        const kept = yield* CustomerCreations
        const [old, young] = [fresh("id"), fresh("id")]
        yield* kept.begin([old], 1999, [])
        yield* kept.begin([young], 2000, [])
        assert.strictEqual(yield* kept.prune(2000), 1)
        assert.deepStrictEqual(yield* kept.find([old, young]), [{ identity: young, begunAt: 2000 }])
      })
    )

    it.effect("DESIGN Group commit: a creation that lost does not block a third one that began at the same time", () =>
      Effect.gen(function* () {
        const kept = yield* CustomerCreations
        const [id, phone] = [fresh("id"), fresh("phone")]
        const begun = yield* Effect.forEach(
          [[id], [id, phone], [phone]],
          (identities) => kept.begin(identities, at, []),
          {
            concurrency: "unbounded"
          }
        )
        assert.deepStrictEqual(begun, [true, false, true])
      })
    )

    it.effect("DESIGN Group commit: 200 customers at once; of those who share an identity exactly one starts", () =>
      Effect.gen(function* () {
        const kept = yield* CustomerCreations
        const shared = fresh("phone")
        const own = Array.from({ length: 200 }, () => fresh("id"))
        const identitiesOf = (id: string, index: number) => (index % 2 === 0 ? [id] : [id, shared])
        const begun = yield* Effect.forEach(own, (id, index) => kept.begin(identitiesOf(id, index), at + index, []), {
          concurrency: "unbounded"
        })
        const going = own.filter((_, index) => begun[index])
        assert.lengthOf(going, 101)
        assert.deepStrictEqual(new Set((yield* kept.find(own)).map(({ identity }) => identity)), new Set(going))
        yield* Effect.forEach(own, (id) => kept.settle([id, shared], at + 1000, id), { concurrency: "unbounded" })
        const found = yield* kept.find(own)
        assert.deepStrictEqual(new Set(found.map(({ identity, sysId }) => identity === sysId)), new Set([true]))
        assert.lengthOf(found, 200)
      })
    )
  })
