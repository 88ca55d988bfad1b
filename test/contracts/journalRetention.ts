import { assert, layer } from "@effect/vitest"
import { Effect, type Layer } from "effect"

import { erasedId } from "../../src/domain/personal/erasedId.ts"
import type { View } from "../../src/domain/views/View.ts"
import { CommunicationIndex } from "../../src/services/CommunicationIndex.ts"
import { Journal } from "../../src/services/Journal.ts"
import { Ledger } from "../../src/services/Ledger.ts"

const at = 1_463_866_000_123
const run = crypto.randomUUID()
let counter = 0
const fresh = () => `${run}|${String(counter++).padStart(4, "0")}`

const write = (journal: Journal["Service"], id: string, seq: number, view: Partial<View> = {}) =>
  journal.append({
    id,
    seq,
    facts: [{ _tag: "CaseIntended", at, body: {} }],
    view: { journey: "jornada", status: "success", inDoubt: false, updatedAt: at, ...view },
    index: [{ kind: "case_number", value: `CS ${id}` }],
    endings: []
  })

const own = (ids: ReadonlyArray<string>) => ids.filter((id) => id.startsWith(run))

/** What every layer of `Journal` and `Ledger` deletes, and what it keeps (CONTRACT RETENTION). */
export const journalRetentionContract = (
  name: string,
  journal: Layer.Layer<CommunicationIndex | Journal | Ledger, unknown>
): void =>
  layer(journal, { timeout: "60 seconds" })(`Journal, retention: ${name}`, (it) => {
    it.effect(
      "CONTRACT RETENTION: communications without a new fact or pending work are idle, the oldest first, page by page",
      () =>
        Effect.gen(function* () {
          const journal = yield* Journal
          const [young, second, first, fed, owed, third] = [fresh(), fresh(), fresh(), fresh(), fresh(), fresh()]
          const held = [fresh(), fresh()] as const
          yield* write(journal, young, 0, { updatedAt: at + 10 })
          yield* write(journal, third, 0, { updatedAt: at + 1 })
          yield* write(journal, second, 0)
          yield* write(journal, first, 0, { updatedAt: at - 5 })
          yield* write(journal, fed, 0)
          yield* write(journal, fed, 1, { updatedAt: at + 10 })
          yield* write(journal, owed, 0, { due: at + 5 })
          yield* write(journal, held[0], 0, { held: { servicenow: at } })
          yield* write(journal, held[1], 0, { held: { weni: at } })
          const idle = yield* journal.idleSince(at + 10, 10)
          assert.deepStrictEqual(own(idle.map(({ id }) => id)), [first, second, third])
          assert.deepStrictEqual(
            idle.map(({ createdAt, seq }) => [seq, createdAt]),
            [
              [1, at - 5],
              [1, at],
              [1, at + 1]
            ]
          )
          const [page] = yield* journal.idleSince(at + 10, 1)
          assert.deepStrictEqual(
            (yield* journal.idleSince(at + 10, 10, page)).map(({ id }) => id),
            [second, third]
          )
          for (const { id, seq } of idle) yield* journal.forget([{ id, seq, status: "success", number: 1 }])
          assert.deepStrictEqual(yield* journal.idleSince(at + 10, 10), [])
        })
    )

    it.effect("CONTRACT RETENTION: facts, names and the row are deleted together; id and hash stay", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const communicationIndex = yield* CommunicationIndex
        const [id, other] = [fresh(), fresh()]
        yield* write(journal, id, 0, { inDoubt: true })
        yield* write(journal, other, 0)
        const forgotten = { id, hash: "abc", status: "success", number: 2 }
        assert.strictEqual(yield* journal.forget([{ ...forgotten, seq: 1 }]), 1)
        assert.deepStrictEqual(yield* journal.load(id), [])
        assert.isFalse(yield* communicationIndex.knows(id))
        assert.strictEqual(yield* communicationIndex.find({ kind: "case_number", value: `CS ${id}` }), undefined)
        assert.deepStrictEqual(yield* journal.forgotten(id), forgotten)
        assert.strictEqual(yield* journal.forgotten(other), undefined)
        assert.strictEqual(yield* communicationIndex.find({ kind: "case_number", value: `CS ${other}` }), other)
        assert.isTrue(yield* communicationIndex.knows(other))
        assert.lengthOf(yield* journal.load(other), 1)
        assert.strictEqual(yield* journal.forget([{ ...forgotten, seq: 1 }]), 0)
      })
    )

    it.effect(
      "DESIGN Fence: a communication with a newer fact is left alone, and a writer that knew a deleted one is fenced",
      () =>
        Effect.gen(function* () {
          const journal = yield* Journal
          const id = fresh()
          yield* write(journal, id, 0)
          yield* write(journal, id, 1)
          assert.strictEqual(yield* journal.forget([{ id, seq: 1, status: "success", number: 0 }]), 0)
          assert.lengthOf(yield* journal.load(id), 2)
          assert.strictEqual(yield* journal.forget([{ id, seq: 2, status: "success", number: 0 }]), 1)
          assert.strictEqual((yield* Effect.flip(write(journal, id, 2)))._tag, "Fenced")
        })
    )

    it.effect("CONTRACT RETENTION: a later communication of the id without a hash does not overwrite the hash", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const id = fresh()
        yield* write(journal, id, 0)
        yield* journal.forget([{ id, seq: 1, hash: "abc", status: "success", number: 2 }])
        yield* write(journal, id, 0)
        yield* journal.forget([{ id, seq: 1, status: "failure", number: 0 }])
        assert.deepStrictEqual(yield* journal.forgotten(id), { id, hash: "abc", status: "success", number: 2 })
      })
    )

    it.effect(
      "SPEC 10.4: an erased communication is known as erased, under a hash if its id contains personal data",
      () =>
        Effect.gen(function* () {
          const journal = yield* Journal
          const ledger = yield* Ledger
          const [plain, personal] = [fresh(), `${fresh()}|11144477735`]
          const origin = { topic: `apagado ${run}`, partition: 0, offset: 7 }
          for (const id of [plain, personal]) {
            yield* write(journal, id, 0)
            yield* journal.forget([{ id, seq: 1, hash: "abc", status: "success", number: 2 }])
            yield* write(journal, id, 0)
            yield* ledger.end([{ origin: { ...origin, partition: id === plain ? 1 : 0 }, ending: "response", id, at }])
            const erased = { id, status: "failure", number: 0, erased: true } as const
            assert.strictEqual(yield* journal.forget([{ ...erased, seq: 2 }]), 0)
            assert.strictEqual(yield* journal.forget([{ ...erased, seq: 1 }]), 1)
            assert.strictEqual(yield* journal.forget([{ ...erased, seq: 1 }]), 0)
            const left = { id, hash: "abc", status: "success", number: 2, erased: true }
            assert.deepStrictEqual<unknown>(yield* journal.forgotten(id), left)
          }
          assert.deepInclude(yield* journal.forgotten(plain), { hash: "abc", erased: true })
          const ending = yield* ledger.ending(origin)
          assert.strictEqual(ending?.id, erasedId(personal))
          assert.match(erasedId(personal), /^sha256:[0-9a-f]{64}$/)
          assert.deepInclude(yield* journal.forgotten(erasedId(personal)), { hash: "abc", erased: true })
          assert.strictEqual((yield* ledger.ending({ ...origin, partition: 1 }))?.id, plain)
        })
    )

    it.effect("SPEC 10.4: a writer that has read before the erasure is fenced, as by any other fact", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const [plain, personal, deleted] = [fresh(), `${fresh()}|11144477735`, fresh()]
        for (const id of [plain, personal, deleted]) {
          yield* write(journal, id, 0)
          const left = { id, hash: "abc", status: "success", number: 2, seq: 1 }
          assert.strictEqual(yield* journal.forget([id === deleted ? left : { ...left, erased: true }]), 1)
        }
        for (const id of [plain, personal]) {
          const { _tag, seq } = yield* Effect.flip(write(journal, id, 0))
          assert.deepStrictEqual([_tag, seq], ["Fenced", 0])
          assert.lengthOf(yield* journal.load(id), 0)
        }
        // A communication that retention has deleted may start again: an event of its Case adopts it (SPEC 8.2).
        yield* write(journal, deleted, 0)
      })
    )

    it.effect("SPEC 10.4: an id stays in the ledger if its communication is not erased", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const ledger = yield* Ledger
        const id = `${fresh()}|11144477735`
        const origin = { topic: `inteiro ${run}`, partition: 0, offset: 7 }
        yield* write(journal, id, 0)
        yield* ledger.end([{ origin, ending: "response", id, at }])
        const erased = { id, status: "failure", number: 0, erased: true } as const
        assert.strictEqual(yield* journal.forget([{ ...erased, seq: 2 }]), 0)
        assert.strictEqual((yield* ledger.ending(origin))?.id, id)
        assert.strictEqual(yield* journal.forget([{ ...erased, seq: 1 }]), 1)
        assert.strictEqual((yield* ledger.ending(origin))?.id, erasedId(id))
      })
    )

    it.effect(
      "CONTRACT RETENTION: old rows of the ledger are deleted once they are counted, from the first on; the count stays",
      () =>
        Effect.gen(function* () {
          const ledger = yield* Ledger
          const topic = `topico ${run}`
          const origin = (offset: number) => ({ topic, partition: 0, offset })
          yield* ledger.beginLedger([origin(0)])
          const times = [at - 9, at - 8, at, at - 7, at - 6]
          yield* ledger.end(times.map((time, offset) => ({ origin: origin(offset), ending: "response", at: time })))
          // Old ones at the same offsets of logs that nothing has counted.
          const others = [0, 1, 2, 3].flatMap((offset) => [
            { topic: `outro ${run}`, partition: 0, offset },
            { topic, partition: 1, offset }
          ])
          yield* ledger.end(others.map((origin) => ({ origin, ending: "response", at: at - 9 })))
          assert.strictEqual(yield* ledger.pruneEndings(at, 10), 0)
          const counted = yield* ledger.account([origin(4)])
          assert.strictEqual(yield* ledger.pruneEndings(at, 2), 2)
          assert.strictEqual(yield* ledger.pruneEndings(at, 2), 1)
          assert.strictEqual(yield* ledger.pruneEndings(at, 2), 0)
          const left = yield* Effect.forEach(times, (_, offset) => ledger.ending(origin(offset)))
          assert.deepStrictEqual(
            left.map((ending) => ending !== undefined),
            [false, false, true, false, true]
          )
          for (const other of others) assert.isDefined(yield* ledger.ending(other))
          assert.deepStrictEqual(yield* ledger.account([origin(4)]), counted)
        })
    )
  })
