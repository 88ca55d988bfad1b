import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"

import type { Fact } from "../../../src/domain/communication/Fact.ts"
import { fold } from "../../../src/domain/communication/State.ts"
import { CorrelationId } from "../../../src/domain/record/Origin.ts"
import { journalMemory } from "../../../src/layers/journal/memory/JournalMemory.ts"
import { makeJournalStore } from "../../../src/layers/journal/memory/store.ts"
import { openCommunication } from "../../../src/programs/communication/Communication.ts"
import { Fenced, Journal } from "../../../src/services/Journal.ts"

const id = CorrelationId.make("j|c|1")
const intent = (attempt: number): Fact => ({ _tag: "DispatchIntended", at: attempt, attempt, request: {} })

describe("what a program knows of its journal", () => {
  it.effect("DESIGN Fence: counts the facts, and does not go on after those of another process", () =>
    Effect.gen(function* () {
      const one = yield* openCommunication(id, fold([]))
      const other = yield* openCommunication(id, fold([]))
      yield* one.record([intent(1)])
      assert.deepStrictEqual(yield* one.journaled, { seq: 1, unknown: [] })
      yield* Effect.flip(other.settle(intent(2)))
      assert.deepStrictEqual(yield* other.journaled, { seq: -1, unknown: [] })
    }).pipe(Effect.provide(journalMemory(makeJournalStore())))
  )

  it.effect("SPEC 12.2: its row has the times of its facts, not those of its commits", () =>
    Effect.gen(function* () {
      const store = makeJournalStore()
      const one = yield* Effect.provide(openCommunication(id, fold([])), journalMemory(store))
      yield* one.remember(intent(5))
      yield* one.record([intent(9)])
      yield* one.record([intent(8)])
      const { createdAt, view } = store.communications.get(id) ?? assert.fail()
      assert.deepStrictEqual([createdAt, view.createdAt, view.updatedAt], [5, 5, 9])
    })
  )

  it.effect("SPEC 5.3: an outcome that comes after retention deleted its communication begins no other one", () =>
    Effect.gen(function* () {
      const store = makeJournalStore()
      yield* Effect.gen(function* () {
        const one = yield* openCommunication(id, fold([]))
        yield* one.record([intent(1)])
        store.communications.delete(id)
        yield* Effect.flip(one.settle(intent(2)))
      }).pipe(Effect.provide(journalMemory(store)))
      assert.strictEqual(store.communications.size, 0)
    })
  )

  it.effect("DESIGN Ownership: the facts of an interrupted append may be durable, those of a fenced one are not", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const begun = yield* Deferred.make<void>()
      const slow = Journal.of({
        ...journal,
        append: (append) =>
          Effect.andThen(journal.append(append), Effect.andThen(Deferred.succeed(begun, undefined), Effect.never))
      })
      const one = yield* Effect.provideService(openCommunication(id, fold([])), Journal, slow)
      const recording = yield* Effect.forkChild(one.record([intent(1)]))
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(recording)
      assert.deepStrictEqual(yield* one.journaled, { seq: 0, unknown: [intent(1)] })
      // The flush of the remembered facts is fenced by that very append.
      yield* one.remember(intent(2))
      yield* Effect.flip(Effect.provideService(one.flush, Journal, journal))
      assert.deepStrictEqual(yield* one.journaled, { seq: 0, unknown: [intent(1)] })
      const other = yield* openCommunication(id, fold([]))
      yield* Effect.flip(other.record([intent(2)]))
      assert.deepStrictEqual(yield* other.journaled, { seq: 0, unknown: [] })
    }).pipe(Effect.provide(journalMemory(makeJournalStore())))
  )

  it.effect("DESIGN Fence: an answer from a guessed state is given if the journal has no other facts", () =>
    Effect.gen(function* () {
      const guessed = yield* openCommunication(id, fold([]), { guessed: true })
      const late = yield* openCommunication(id, fold([]), { guessed: true })
      yield* guessed.confirmed
      yield* guessed.record([intent(1)])
      yield* guessed.confirmed
      assert.deepStrictEqual(yield* Effect.flip(late.confirmed), new Fenced({ id, seq: 0 }))
      // It is still fenced, because nothing has confirmed the state since.
      assert.deepStrictEqual(yield* Effect.flip(late.confirmed), new Fenced({ id, seq: 0 }))
    }).pipe(Effect.provide(journalMemory(makeJournalStore())))
  )
})
