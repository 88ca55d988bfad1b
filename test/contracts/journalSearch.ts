import { assert, layer } from "@effect/vitest"
import { Effect, type Layer } from "effect"

import type { EventName, IndexEntry, NewEntry } from "../../src/domain/inbound/namesOf.ts"
import type { Bearer } from "../../src/domain/inbound/whose.ts"
import type { Addressee, View } from "../../src/domain/views/View.ts"
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

/** How every layer of `CommunicationIndex` finds communications. */
export const journalSearchContract = (
  name: string,
  journal: Layer.Layer<CommunicationIndex | Journal, unknown>
): void =>
  layer(journal, { timeout: "60 seconds" })(`Journal, index: ${name}`, (it) => {
    it.effect("SPEC 9.2: communications that wait for a vendor are found, the longest waiting first, and counted", () =>
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

    it.effect("SPEC 8.2: a communication is known from its first fact on; many are looked up at once", () =>
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

    it.effect("SPEC 8.8: communications are due at their time, the earliest first, up to the limit", () =>
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
        // An append changes the time, or clears it if it has none.
        yield* write(journal, a, 1, { due: at + 1 })
        yield* write(journal, b, 1, {})
        assert.deepStrictEqual(yield* communicationIndex.dueBefore(at + 1, 10), [c, a, d])
        yield* Effect.forEach([[c, 1] as const, [a, 2] as const, [d, 1] as const], ([id, seq]) =>
          write(journal, id, seq, {})
        )
        assert.deepStrictEqual(yield* communicationIndex.dueBefore(at + 1, 10), [])
      })
    )

    const addressee = (phone: string, sentAt: number, more: Partial<Addressee> = {}) => ({
      addressee: { phone, sentAt, ...more }
    })
    const phones = (...values: ReadonlyArray<string>) => values.map((value) => ({ kind: "phone", value }) as const)
    const idsOf = (bearers: ReadonlyArray<Bearer>) => bearers.map(({ id }) => id).toSorted()

    it.effect(
      "SPEC 8.2: the communications of a phone are found by each of its spellings, also after their answer",
      () =>
        Effect.gen(function* () {
          const journal = yield* Journal
          const communicationIndex = yield* CommunicationIndex
          const [id, other] = [fresh(), fresh()]
          const [phone, without, stranger] = [`+${fresh()}`, `+${fresh()}`, `+${fresh()}`]
          const asked = (names: ReadonlyArray<EventName>, since: number) =>
            Effect.map(communicationIndex.bearers(names, since), idsOf)
          yield* write(journal, id, 0, {})
          yield* write(journal, id, 1, addressee(stranger, at))
          yield* write(journal, id, 2, addressee(phone, at))
          yield* write(journal, other, 0, addressee(stranger, at))
          assert.deepStrictEqual(yield* asked(phones(phone, without), at), [id])
          assert.deepStrictEqual(yield* asked(phones(without, phone), at - 1), [id])
          assert.deepStrictEqual(yield* asked(phones(phone), at + 1), [])
          assert.deepStrictEqual(yield* asked(phones(without), 0), [])
          assert.deepStrictEqual(yield* asked([], 0), [])
          assert.deepStrictEqual(yield* asked(phones(phone, stranger), 0), [id, other].toSorted())
          // It was answered.
          yield* write(journal, id, 3, addressee(phone, at, { answeredAt: at + 50 }))
          assert.deepStrictEqual(yield* asked(phones(phone), at + 50), [id])
          assert.deepStrictEqual(yield* asked(phones(phone), at + 51), [])
          // Its dispatch has failed after all.
          yield* write(journal, id, 4, {})
          assert.deepStrictEqual(yield* asked(phones(phone), 0), [])
        })
    )

    it.effect("SPEC 8.2: each bearer of any of an event's names is found once, with these names and its state", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const communicationIndex = yield* CommunicationIndex
        const [id, other] = [fresh(), fresh()]
        const phone = `+${fresh()}`
        const [caseNumber, messageId, user, chat, answer, unclear, business] = [
          "case_number",
          "message_id",
          "user",
          "chat",
          "answer",
          "unclear",
          "business"
        ].map((kind) => ({ kind, value: `${fresh()} ção` }) as IndexEntry)
        const facts = [{ _tag: "CaseIntended", at, body: {} }] as const
        const view = { journey: "j", status: "working", inDoubt: false, updatedAt: at }
        yield* journal.append({
          id,
          seq: 0,
          facts,
          view: {
            ...view,
            caseNumber: "CS1",
            caseSysId: "s1",
            addressee: { phone, sentAt: at, answeredAt: at + 1, knownMessage: "whatsapp", undelivered: true }
          },
          index: [caseNumber, messageId, user, chat, answer, unclear, business].flatMap((entry) => entry ?? []),
          endings: []
        })
        const bare = { ...view, addressee: { phone, sentAt: at - 1 } }
        // An append may name a communication other than its own.
        const index = [{ ...messageId, id } as NewEntry, messageId as NewEntry]
        yield* journal.append({ id: other, seq: 0, facts, view: bare, index, endings: [] })
        const names: ReadonlyArray<EventName> = [
          { kind: "id", value: id },
          { kind: "id", value: fresh() },
          ...[caseNumber, messageId, user, chat, answer, unclear].flatMap((entry) => entry ?? []),
          ...phones(phone)
        ]
        const found = yield* communicationIndex.bearers(names, at - 1)
        const [first, second, ...others] = found.toSorted((a, b) => (a.id < b.id ? -1 : 1))
        assert.deepStrictEqual(others, [])
        const sorted = (bearer: Bearer | undefined) => ({
          ...bearer,
          names: (bearer?.names ?? []).map(({ kind }) => kind).toSorted()
        })
        assert.deepStrictEqual(sorted(first), {
          id,
          names: ["answer", "case_number", "chat", "id", "message_id", "phone", "unclear", "user"],
          caseNumber: "CS1",
          caseSysId: "s1",
          phone,
          sentAt: at,
          answeredAt: at + 1,
          knownMessage: "whatsapp",
          undelivered: true,
          businesses: [business?.value ?? ""]
        })
        assert.deepStrictEqual(sorted(second), {
          id: other,
          names: ["message_id", "phone"],
          phone,
          sentAt: at - 1,
          businesses: []
        })
        assert.strictEqual(yield* communicationIndex.knowsBusiness(business?.value ?? ""), "this")
        assert.strictEqual(yield* communicationIndex.knowsBusiness(fresh()), "other")
      })
    )

    it.effect("SPEC 8.2: of the many bearers of one name the latest 20 are found", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const communicationIndex = yield* CommunicationIndex
        const phone = `+${fresh()}`
        const user = { kind: "user", value: fresh() } as const
        const ids = Array.from({ length: 23 }, fresh)
        for (const [index, id] of ids.entries()) {
          yield* journal.append({
            id,
            seq: 0,
            facts: [{ _tag: "CaseIntended", at, body: {} }],
            view: {
              journey: "j",
              status: "working",
              inDoubt: false,
              ...addressee(phone, at + index),
              updatedAt: at + index
            },
            index: [user],
            endings: []
          })
        }
        for (const name of [user, ...phones(phone)]) {
          assert.deepStrictEqual(idsOf(yield* communicationIndex.bearers([name], 0)), ids.slice(3).toSorted())
        }
      })
    )

    it.effect("DESIGN Group commit: concurrent queries for several events each get their own result", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const communicationIndex = yield* CommunicationIndex
        const all = Array.from({ length: 250 }, () => ({ id: fresh(), phone: `+${fresh()}`, since: at - counter }))
        yield* Effect.forEach(all, ({ id, phone, since }) => write(journal, id, 0, addressee(phone, since)), {
          concurrency: "unbounded"
        })
        const ask = (late: number) =>
          Effect.forEach(
            all,
            ({ phone, since }) => Effect.map(communicationIndex.bearers(phones(phone), since + late), idsOf),
            { concurrency: "unbounded" }
          )
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
