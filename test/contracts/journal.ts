import { assert, layer } from "@effect/vitest"
import { Effect, Exit, type Layer, Result } from "effect"

import type { Fact } from "../../src/domain/communication/Fact.ts"
import { CommunicationIndex } from "../../src/services/CommunicationIndex.ts"
import { Journal, type Append, UnknownFact } from "../../src/services/Journal.ts"
import { type RecordEnding, Ledger } from "../../src/services/Ledger.ts"
import { everyFact } from "../layers/journal/factExamples.ts"

const at = 1_763_866_000_123

/** Part of all names of this run, because several runs may share a database. */
const run = crypto.randomUUID()
let counter = 0
const freshId = () => `jornada|${run}|${counter++}`

const fact = (text: string): Fact => ({ _tag: "CaseIntended", at, body: { text } })

const append = (id: string, seq: number, facts: ReadonlyArray<Fact>, more: Partial<Append> = {}): Append => ({
  id,
  seq,
  facts,
  view: { journey: "jornada", status: "working", inDoubt: false, updatedAt: at },
  index: [],
  endings: [],
  ...more
})

const ended = (offset: number, more: Partial<RecordEnding> = {}): RecordEnding => ({
  origin: { topic: `topico ${run}`, partition: 1, offset },
  ending: "response",
  at,
  ...more
})

/** What holds for every layer of `Journal`: the facts, and what an append writes beside them. */
export const journalContract = (
  name: string,
  journal: Layer.Layer<CommunicationIndex | Journal | Ledger, unknown>
): void =>
  layer(journal, { timeout: "60 seconds" })(`Journal: ${name}`, (it) => {
    it.effect("DESIGN Facts are the memory: every type of fact comes back as it was written", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const id = freshId()
        yield* journal.append(append(id, 0, everyFact))
        assert.deepStrictEqual(yield* journal.load(id), everyFact)
      })
    )

    it.effect("DESIGN Facts are the memory: appends come back in order, and an unknown id has no facts", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const id = freshId()
        yield* journal.append(append(id, 0, [fact("0"), fact("1")]))
        for (let seq = 2; seq < 14; seq++) yield* journal.append(append(id, seq, [fact(String(seq))]))
        const expected = Array.from({ length: 14 }, (_, index) => fact(String(index)))
        assert.deepStrictEqual(yield* journal.load(id), expected)
        assert.deepStrictEqual(yield* journal.load(freshId()), [])
      })
    )

    it.effect.each([0, 1, 2, 4, 9])("DESIGN Fence: of three facts, a writer that knows %i is fenced", (seq) =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const id = freshId()
        yield* journal.append(append(id, 0, [fact("a"), fact("b"), fact("c")]))
        const error = yield* Effect.flip(journal.append(append(id, seq, [fact("stale")])))
        assert.strictEqual(error._tag, "Fenced")
        assert.deepStrictEqual({ id: error.id, seq: error.seq }, { id, seq })
        assert.deepStrictEqual(yield* journal.load(id), [fact("a"), fact("b"), fact("c")])
      })
    )

    it.effect("DESIGN Fence: the first append of an unknown id starts at 0", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const id = freshId()
        const error = yield* Effect.flip(journal.append(append(id, 1, [fact("leap")])))
        assert.strictEqual(error._tag, "Fenced")
        assert.deepStrictEqual(yield* journal.load(id), [])
      })
    )

    it.effect("DESIGN Fence: a fenced append changes nothing, neither names nor endings nor the view", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const ledger = yield* Ledger
        const communicationIndex = yield* CommunicationIndex
        const id = freshId()
        yield* journal.append(append(id, 0, [fact("a")]))
        const before = yield* communicationIndex.inDoubt
        const name = { kind: "message_id", value: freshId() } as const
        const ending = ended(1)
        const view = { journey: "jornada", status: "working", inDoubt: true, updatedAt: at }
        yield* Effect.flip(journal.append(append(id, 0, [fact("b")], { index: [name], endings: [ending], view })))
        assert.strictEqual(yield* communicationIndex.find(name), undefined)
        assert.strictEqual(yield* ledger.ending(ending.origin), undefined)
        assert.strictEqual(yield* communicationIndex.inDoubt, before)
      })
    )

    it.effect("DESIGN Fence: of several writers at one position exactly one wins, and the journal has its facts", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const id = freshId()
        const writers = Array.from({ length: 20 }, (_, index) => fact(`writer ${index}`))
        const exits = yield* Effect.forEach(
          writers,
          (written) => Effect.exit(journal.append(append(id, 0, [written]))),
          { concurrency: "unbounded" }
        )
        const winners = writers.filter((_, index) => Exit.isSuccess(exits[index]!))
        assert.strictEqual(winners.length, 1)
        assert.deepStrictEqual(yield* journal.load(id), winners)
      })
    )

    it.effect(
      "DESIGN Group commit: 500 communications append at once, and each keeps its own facts; only the late one is fenced",
      () =>
        Effect.gen(function* () {
          const journal = yield* Journal
          const ids = Array.from({ length: 500 }, freshId)
          const write = (id: string) =>
            Effect.andThen(
              journal.append(append(id, 0, [fact(`${id} first`)])),
              journal.append(append(id, 1, [fact(`${id} second`), fact(`${id} third`)]))
            )
          yield* journal.append(append(ids[250]!, 0, [fact("taken")]))
          const exits = yield* Effect.forEach(ids, (id) => Effect.exit(write(id)), { concurrency: "unbounded" })
          assert.deepStrictEqual(
            ids.filter((_, index) => Exit.isFailure(exits[index]!)),
            [ids[250]!]
          )
          const loaded = yield* Effect.forEach(ids, (id) => journal.load(id), { concurrency: "unbounded" })
          assert.deepStrictEqual(
            loaded,
            ids.map((id, index) =>
              index === 250 ? [fact("taken")] : ["first", "second", "third"].map((word) => fact(`${id} ${word}`))
            )
          )
        })
    )

    it.effect("DESIGN Group commit: appends that one writer makes without waiting keep their order", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const id = freshId()
        const positions = Array.from({ length: 10 }, (_, index) => index)
        yield* Effect.forEach(positions, (seq) => journal.append(append(id, seq, [fact(String(seq))])), {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(
          yield* journal.load(id),
          positions.map((seq) => fact(String(seq)))
        )
      })
    )

    it.effect("SPEC 9.8: a fact of a newer version fails the load of its own communication, and no other", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const [newer, malformed, both, well] = [freshId(), freshId(), freshId(), freshId()]
        const unknown = { _tag: "OfANewerVersion", at, vendor: "weni" } as unknown as Fact
        const broken = { _tag: "CaseIntended", at: "yesterday" } as unknown as Fact
        yield* journal.append(append(newer, 0, [fact("0")]))
        yield* journal.append(append(newer, 1, [fact("1"), unknown]))
        yield* journal.append(append(malformed, 0, [broken]))
        yield* journal.append(append(both, 0, [broken, unknown]))
        yield* journal.append(append(well, 0, [fact("0")]))
        const [first, second, third, last] = yield* Effect.forEach(
          [newer, malformed, both, well],
          (id) => Effect.exit(Effect.result(journal.load(id))),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(first, Exit.succeed(Result.fail(new UnknownFact({ id: newer, tag: "OfANewerVersion" }))))
        assert.isTrue(Exit.hasDies(second!))
        assert.deepStrictEqual(third, Exit.succeed(Result.fail(new UnknownFact({ id: both, tag: "OfANewerVersion" }))))
        assert.deepStrictEqual(last, Exit.succeed(Result.succeed([fact("0")])))
      })
    )

    it.effect("DESIGN Facts are the memory: an append without facts is a defect", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const exit = yield* Effect.exit(journal.append(append(freshId(), 0, [])))
        assert.isTrue(Exit.hasDies(exit))
      })
    )

    it.effect("SPEC 8.2: a communication is found by each of its names, and only by the name's own kind", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const communicationIndex = yield* CommunicationIndex
        const id = freshId()
        const long = freshId() + "9".repeat(4000)
        const names = [
          { kind: "case_number", value: freshId() },
          { kind: "case_sys_id", value: freshId() },
          { kind: "message_id", value: long },
          // The 400th character is half of a surrogate pair, which Postgres would return as another character.
          { kind: "answer", value: freshId().padEnd(399, ".") + "👍🏽" }
        ] as const
        yield* journal.append(append(id, 0, [fact("a")], { index: names }))
        for (const name of names) assert.strictEqual(yield* communicationIndex.find(name), id)
        assert.strictEqual(yield* communicationIndex.find({ kind: "message_id", value: names[0].value }), undefined)
        assert.strictEqual(yield* communicationIndex.find({ kind: "case_sys_id", value: freshId() }), undefined)
      })
    )

    it.effect("SPEC 8.2: of several communications with the same name the last one named is found", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const communicationIndex = yield* CommunicationIndex
        const name = { kind: "case_sys_id", value: freshId() } as const
        const [first, second] = [freshId(), freshId()]
        const view = (updatedAt: number) => ({ journey: "jornada", status: "working", inDoubt: false, updatedAt })
        yield* journal.append(append(second, 0, [fact("a")], { index: [name], view: view(at + 1) }))
        yield* journal.append(append(first, 0, [fact("a")], { index: [name], view: view(at) }))
        assert.strictEqual(yield* communicationIndex.find(name), second)
        // Naming the first one again changes nothing, because its first time counts.
        yield* journal.append(append(first, 1, [fact("b")], { index: [name], view: view(at + 2) }))
        assert.strictEqual(yield* communicationIndex.find(name), second)
      })
    )

    it.effect("SPEC 2.7: endings are stored with their append; an ended record keeps its first ending", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const ledger = yield* Ledger
        const id = freshId()
        const written = ended(2 ** 40, { id })
        assert.strictEqual(yield* ledger.ending(written.origin), undefined)
        yield* journal.append(append(id, 0, [fact("a")], { endings: [written] }))
        assert.deepStrictEqual(yield* ledger.ending(written.origin), written)
        yield* ledger.end([ended(2 ** 40, { ending: "skipped", at: at + 1 })])
        assert.deepStrictEqual(yield* ledger.ending(written.origin), written)
      })
    )

    it.effect("SPEC 2.7: end is idempotent, takes many at once, and needs no id", () =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        const endings = ["repeat", "refused", "dead_letter", "skipped"] as const
        const all = endings.map((ending, index) => ended(10 + index, { ending }))
        yield* ledger.end(all)
        yield* ledger.end([...all, ...all])
        yield* ledger.end([])
        for (const ending of all) assert.deepStrictEqual(yield* ledger.ending(ending.origin), ending)
        const other = { ...all[0]!.origin, partition: 2 }
        assert.strictEqual(yield* ledger.ending(other), undefined)
      })
    )

    it.effect("CONTRACT ctx_in_doubt: counts the communications that are in doubt now", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const communicationIndex = yield* CommunicationIndex
        const id = freshId()
        const view = (inDoubt: boolean) => ({ journey: "jornada", status: "working", inDoubt, updatedAt: at })
        const before = yield* communicationIndex.inDoubt
        yield* journal.append(append(id, 0, [fact("a")], { view: view(true) }))
        assert.strictEqual(yield* communicationIndex.inDoubt, before + 1)
        yield* journal.append(append(id, 1, [fact("b")], { view: view(false) }))
        assert.strictEqual(yield* communicationIndex.inDoubt, before)
      })
    )

    it.effect("SPEC 4.3: returns the newest communications with a Case, the newest first", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const communicationIndex = yield* CommunicationIndex
        // Newer than everything that other tests write.
        const future = Date.now() + 3_000_000_000_000
        const added = Effect.fnUntraced(function* (age: number, theCase: { readonly caseNumber?: string }) {
          const id = freshId()
          const view = { journey: "jornada", status: "success", inDoubt: false, updatedAt: future - age, ...theCase }
          yield* journal.append(append(id, 0, [fact("a")], { view }))
          return { id, journey: "jornada" }
        })
        const older = yield* added(3, { caseNumber: "CS1" })
        yield* added(2, {})
        const newer = yield* added(1, { caseNumber: "CS2" })
        assert.deepStrictEqual(yield* communicationIndex.newestCases(3), [newer, older])
        assert.deepStrictEqual(yield* communicationIndex.newestCases(2), [newer])
      })
    )

    it.effect("SPEC 1.3: any Unicode id and text comes back, including an escaped NUL in JSON", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const id = `${freshId()}|São João 🚚 ' " \\ {} % _`
        const text = "ação 👩‍👩‍👧 \u0000 \uD800 \u2028 '; DROP TABLE facts; --"
        yield* journal.append(append(id, 0, [fact(text)]))
        assert.deepStrictEqual(yield* journal.load(id), [fact(text)])
      })
    )

    it.effect("SPEC 7.1: stores several facts of 1 MB at once", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const ids = Array.from({ length: 8 }, freshId)
        const large = (id: string) => fact(id + "ç".repeat(500_000))
        yield* Effect.forEach(ids, (id) => journal.append(append(id, 0, [large(id)])), { concurrency: "unbounded" })
        for (const id of ids) assert.deepStrictEqual(yield* journal.load(id), [large(id)])
      })
    )
  })
