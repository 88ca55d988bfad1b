import { assert, layer } from "@effect/vitest"
import { Effect, type Layer } from "effect"

import { type CustomerCreation, CustomerCreations } from "../../src/services/CustomerCreations.ts"

const at = 1_763_866_000_123
const run = crypto.randomUUID()
let counter = 0
const fresh = (kind: string) => `${kind} ${run} ${counter++}`

const sorted = (list: ReadonlyArray<CustomerCreation>) =>
  list.toSorted((one, other) => (one.identity < other.identity ? -1 : 1))

/** How every `CustomerCreations` keeps creations. */
export const customerCreationsContract = (name: string, creations: Layer.Layer<CustomerCreations, unknown>): void =>
  layer(creations, { timeout: "60 seconds" })(`CustomerCreations: ${name}`, (it) => {
    it.effect("SPEC 3.3: a creation is known by each identity from its beginning to its outcome", () =>
      Effect.gen(function* () {
        const kept = yield* CustomerCreations
        const [document, phone] = [fresh("document"), fresh("phone")]
        assert.deepStrictEqual(yield* kept.find([document, phone]), [])
        yield* kept.begin([phone, document], at)
        assert.deepStrictEqual(sorted(yield* kept.find([document, phone, fresh("email")])), [
          { identity: document, begunAt: at },
          { identity: phone, begunAt: at }
        ])
        yield* kept.settle([document, phone], at, "sys-1")
        assert.deepStrictEqual(yield* kept.find([phone]), [{ identity: phone, begunAt: at, sysId: "sys-1" }])
        yield* kept.reckon([phone], at + 1)
        assert.deepStrictEqual(yield* kept.find([phone]), [{ identity: phone, begunAt: at, sysId: "sys-1" }])
      })
    )

    it.effect(
      "SPEC 3.3, 4.3: until when it may have been sent is said once, and not put off; one begun anew is a new one",
      () =>
        Effect.gen(function* () {
          const kept = yield* CustomerCreations
          const email = fresh("email")
          yield* kept.begin([email], at)
          yield* kept.reckon([email], at + 6000)
          yield* kept.reckon([email], at + 60_000)
          assert.deepStrictEqual(yield* kept.find([email]), [{ identity: email, begunAt: at, sentUntil: at + 6000 }])
          yield* kept.begin([email], at + 70_000)
          yield* kept.settle([email], at, "of the former one")
          assert.deepStrictEqual(yield* kept.find([email]), [{ identity: email, begunAt: at + 70_000 }])
        })
    )

    it.effect("SPEC 3.3: a creation that was refused is as if it had never begun", () =>
      Effect.gen(function* () {
        const kept = yield* CustomerCreations
        const email = fresh("email")
        yield* kept.begin([email], at)
        yield* kept.withdraw([email])
        assert.deepStrictEqual(yield* kept.find([email]), [])
      })
    )

    it.effect("SPEC 3.3: creations are forgotten by their age", () =>
      Effect.gen(function* () {
        const kept = yield* CustomerCreations
        const [old, young] = [fresh("id"), fresh("id")]
        yield* kept.begin([old], 1000)
        yield* kept.begin([young], at)
        assert.strictEqual(yield* kept.prune(2000), 1)
        assert.deepStrictEqual(yield* kept.find([old, young]), [{ identity: young, begunAt: at }])
      })
    )

    it.effect("DESIGN Group commit: 200 customers at once, who share identities", () =>
      Effect.gen(function* () {
        const kept = yield* CustomerCreations
        const shared = fresh("phone")
        const own = Array.from({ length: 200 }, () => fresh("id"))
        yield* Effect.forEach(own, (id, index) => kept.begin([id, shared], at + index), { concurrency: "unbounded" })
        yield* Effect.forEach(own, (id) => kept.settle([id, shared], at + 1000, id), { concurrency: "unbounded" })
        const found = yield* kept.find(own)
        assert.deepStrictEqual(new Set(found.map(({ identity, sysId }) => identity === sysId)), new Set([true]))
        assert.lengthOf(found, 200)
      })
    )
  })
