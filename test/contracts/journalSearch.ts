import { assert, layer } from "@effect/vitest"
import { Effect, type Layer } from "effect"

import type { View } from "../../src/domain/views/View.ts"
import { CommunicationIndex } from "../../src/services/CommunicationIndex.ts"
import { Journal } from "../../src/services/Journal.ts"

const at = 1_763_866_000_123
const run = crypto.randomUUID()
let counter = 0
const fresh = () => `${run}|${String(counter++).padStart(4, "0")}`

const write = (journal: Journal["Service"], id: string, seq: number, view: Partial<View>) =>
  journal.append({
    id,
    seq,
    facts: [{ _tag: "CaseIntended", at, body: {} }],
    view: { journey: "jornada", status: "working", inDoubt: false, updatedAt: at, ...view },
    index: [],
    endings: []
  })

/** How every `CommunicationIndex` finds communications by what they wait for. */
export const journalSearchContract = (
  name: string,
  journal: Layer.Layer<CommunicationIndex | Journal, unknown>
): void =>
  layer(journal, { timeout: "60 seconds" })(`Journal, searched: ${name}`, (it) => {
    it.effect("SPEC 9.2: those that wait for a vendor are found, the longest waiting first, and counted", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const communicationIndex = yield* CommunicationIndex
        const [first, second, both, none] = [fresh(), fresh(), fresh(), fresh()]
        const before = yield* communicationIndex.heldCount
        yield* write(journal, second, 0, { held: { servicenow: at - 50_000_000 } })
        yield* write(journal, first, 0, { held: { servicenow: at - 60_000_000 } })
        yield* write(journal, both, 0, { held: { servicenow: at - 70_000_000, weni: at - 70_000_000 } })
        yield* write(journal, none, 0, {})
        assert.deepStrictEqual(yield* communicationIndex.heldBy("servicenow", 3), [both, first, second])
        assert.deepStrictEqual(yield* communicationIndex.heldBy("servicenow", 2), [both, first])
        assert.deepStrictEqual(yield* communicationIndex.heldBy("weni", 9), [both])
        assert.deepStrictEqual(yield* communicationIndex.heldCount, {
          servicenow: before.servicenow + 3,
          weni: before.weni + 1
        })
        yield* write(journal, both, 1, { held: { servicenow: at - 70_000_000 } })
        yield* write(journal, first, 1, {})
        assert.deepStrictEqual(yield* communicationIndex.heldBy("servicenow", 9), [both, second])
        assert.deepStrictEqual(yield* communicationIndex.heldBy("weni", 9), [])
        yield* write(journal, both, 2, {})
        yield* write(journal, second, 1, {})
      })
    )

    it.effect("SPEC 8.2: a communication is known from its first fact on, many asked at once", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const communicationIndex = yield* CommunicationIndex
        const ids = Array.from({ length: 300 }, fresh)
        const even = ids.filter((_, index) => index % 2 === 0)
        yield* Effect.forEach(even, (id) => write(journal, id, 0, {}), { concurrency: "unbounded" })
        const known = yield* Effect.forEach(ids, (id) => communicationIndex.knows(id), { concurrency: "unbounded" })
        assert.deepStrictEqual(
          known,
          ids.map((_, index) => index % 2 === 0)
        )
        assert.isFalse(yield* communicationIndex.knows(""))
      })
    )

    it.effect("SPEC 8.8: communications are due at their time, the earliest first, and limited", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const communicationIndex = yield* CommunicationIndex
        const [a, b, c, d, e] = [fresh(), fresh(), fresh(), fresh(), fresh()]
        yield* write(journal, d, 0, { due: at + 1 })
        yield* write(journal, c, 0, { due: at })
        yield* write(journal, b, 0, { due: at })
        yield* write(journal, a, 0, { due: at - 90_000_000 })
        yield* write(journal, e, 0, {})
        assert.deepStrictEqual(yield* communicationIndex.dueBefore(at, 10), [a, b, c])
        assert.deepStrictEqual(yield* communicationIndex.dueBefore(at + 1, 10), [a, b, c, d])
        assert.deepStrictEqual(yield* communicationIndex.dueBefore(at + 1, 2), [a, b])
        assert.deepStrictEqual(yield* communicationIndex.dueBefore(at - 90_000_001, 10), [])
        // An append moves it, or, without a time, clears it.
        yield* write(journal, a, 1, { due: at + 1 })
        yield* write(journal, b, 1, {})
        assert.deepStrictEqual(yield* communicationIndex.dueBefore(at + 1, 10), [c, a, d])
        yield* Effect.forEach([[c, 1] as const, [a, 2] as const, [d, 1] as const], ([id, seq]) =>
          write(journal, id, seq, {})
        )
        assert.deepStrictEqual(yield* communicationIndex.dueBefore(at + 1, 10), [])
      })
    )

    it.effect("SPEC 8.2: the communication that awaits an answer of a phone is found by each spelling of it", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const communicationIndex = yield* CommunicationIndex
        const [id, other] = [fresh(), fresh()]
        const [phone, without, stranger] = [`+${fresh()}`, `+${fresh()}`, `+${fresh()}`]
        yield* write(journal, id, 0, {})
        yield* write(journal, id, 1, { awaiting: { phone: stranger, since: at } })
        yield* write(journal, id, 2, { awaiting: { phone, since: at } })
        yield* write(journal, other, 0, { awaiting: { phone: stranger, since: at } })
        assert.deepStrictEqual(yield* communicationIndex.awaitingBy([phone, without], at), [id])
        assert.deepStrictEqual(yield* communicationIndex.awaitingBy([without, phone, phone], at - 1), [id])
        assert.deepStrictEqual(yield* communicationIndex.awaitingBy([phone], at + 1), [])
        assert.deepStrictEqual(yield* communicationIndex.awaitingBy([without], 0), [])
        assert.deepStrictEqual(yield* communicationIndex.awaitingBy([], 0), [])
        // Answered.
        yield* write(journal, id, 3, {})
        assert.deepStrictEqual(yield* communicationIndex.awaitingBy([phone], 0), [])
        assert.deepStrictEqual(yield* communicationIndex.awaitingBy([stranger], 0), [other])
      })
    )

    it.effect("SPEC 8.2: of several communications that await an answer of a phone the latest two are returned", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const communicationIndex = yield* CommunicationIndex
        const [first, second, third, fourth] = [fresh(), fresh(), fresh(), fresh()]
        const [phone, spelled] = [`+${fresh()}`, `+${fresh()}`]
        yield* write(journal, second, 0, { awaiting: { phone, since: at + 1 } })
        yield* write(journal, third, 0, { awaiting: { phone: spelled, since: at + 1 } })
        yield* write(journal, first, 0, { awaiting: { phone, since: at } })
        yield* write(journal, fourth, 0, { awaiting: { phone: spelled, since: at + 2 } })
        assert.deepStrictEqual(yield* communicationIndex.awaitingBy([phone], 0), [second, first])
        assert.deepStrictEqual(yield* communicationIndex.awaitingBy([phone, spelled], 0), [fourth, third])
        assert.deepStrictEqual(yield* communicationIndex.awaitingBy([phone, spelled], at + 2), [fourth])
      })
    )

    it.effect("DESIGN Group commit: concurrent queries for several senders each get their own result", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const communicationIndex = yield* CommunicationIndex
        const all = Array.from({ length: 250 }, () => ({ id: fresh(), phone: `+${fresh()}`, since: at - counter }))
        yield* Effect.forEach(all, ({ id, phone, since }) => write(journal, id, 0, { awaiting: { phone, since } }), {
          concurrency: "unbounded"
        })
        const ask = (late: number) =>
          Effect.forEach(all, ({ phone, since }) => communicationIndex.awaitingBy([phone], since + late), {
            concurrency: "unbounded"
          })
        assert.deepStrictEqual(
          yield* ask(0),
          all.map(({ id }) => [id])
        )
        assert.deepStrictEqual(
          yield* ask(1),
          all.map(() => [])
        )
      })
    )
  })
