import { assert, layer } from "@effect/vitest"
import { Effect, type Layer } from "effect"

import type { SearchQuery } from "../../src/domain/search/SearchQuery.ts"
import type { SearchTerm } from "../../src/domain/search/SearchTerm.ts"
import type { Listing } from "../../src/domain/views/Listing.ts"
import type { Tally } from "../../src/domain/views/tallies.ts"
import type { View } from "../../src/domain/views/View.ts"
import { CommunicationSearch, type SearchPage } from "../../src/services/CommunicationSearch.ts"
import { type Append, Journal } from "../../src/services/Journal.ts"
import { Ledger } from "../../src/services/Ledger.ts"
import { SearchIndex } from "../../src/services/SearchIndex.ts"
import { Tallies } from "../../src/services/Tallies.ts"
import { WaitingCounts } from "../../src/services/WaitingCounts.ts"

const at = 1_763_866_000_123
const run = crypto.randomUUID()
let counter = 0
const fresh = () => `${run}|${String(counter++).padStart(4, "0")}`
const everything: SearchQuery = { statuses: [], marks: [] }
const firstPage: SearchPage = { limit: 50, awaitingSince: at - 1000 }

type Extra = Partial<Pick<Append, "codigos" | "endings" | "index" | "tallies" | "terms">>

const write = (id: string, seq: number, view: Partial<View>, extra: Extra = {}) =>
  Effect.flatMap(Journal, (journal) =>
    journal.append({
      id,
      seq,
      facts: [{ _tag: "CaseIntended", at, body: {} }],
      view: { journey: run, status: "working", inDoubt: false, updatedAt: at, ...view },
      index: [],
      endings: [],
      ...extra
    })
  )

const idsOf = (query: Partial<SearchQuery>, page: Partial<SearchPage> = {}) =>
  Effect.gen(function* () {
    const search = yield* CommunicationSearch
    const found = yield* search.find({ ...everything, ...query }, { ...firstPage, ...page })
    return found.map(({ id }) => id)
  })

const listing: Listing = {
  order: "R1PED-1",
  shipment: "R1",
  customer: { id: "123", name: "***", phone: "***0000" },
  lastEvent: { evento: "entregue", at },
  codigos: ["HTTP_500", "TIMEOUT"],
  whatsapp: { outcome: "sent", attempts: 1, messageId: "m" }
}

/** How every `CommunicationSearch` finds communications. */
export const communicationSearchContract = (
  name: string,
  journal: Layer.Layer<CommunicationSearch | Journal | Ledger | SearchIndex | Tallies | WaitingCounts, unknown>
): void =>
  layer(journal, { timeout: "120 seconds" })(`CommunicationSearch: ${name}`, (it) => {
    it.effect("SPEC 12.3: a communication comes with its row, its marks and what a list shows", () =>
      Effect.gen(function* () {
        const search = yield* CommunicationSearch
        const [id, bare, journey] = [fresh(), fresh(), fresh()]
        yield* write(bare, 0, { journey })
        yield* write(id, 0, { journey, createdAt: at + 1, updatedAt: at + 2 })
        yield* write(id, 1, {
          journey,
          status: "success",
          inDoubt: true,
          due: at + 5000,
          caseNumber: "CS1",
          caseSysId: "s1",
          addressee: { phone: "+5511999990000", sentAt: at },
          createdAt: at + 1,
          updatedAt: at + 3,
          listing
        })
        assert.deepStrictEqual(yield* search.find({ ...everything, journey }, firstPage), [
          {
            id,
            journey,
            status: "success",
            marks: ["in_doubt", "waiting", "awaiting"],
            createdAt: at + 1,
            updatedAt: at + 3,
            due: at + 5000,
            caseNumber: "CS1",
            caseSysId: "s1",
            listing
          },
          { id: bare, journey, status: "working", marks: [], createdAt: at, updatedAt: at }
        ])
      })
    )

    it.effect("SPEC 12.2: finds by any of several statuses and marks, each result once, of one journey or of all", () =>
      Effect.gen(function* () {
        const [working, failed, doubtful, held, sent, answered, lost, stale, adopted] = Array.from({ length: 9 }, fresh)
        const journey = fresh()
        const phone = "+5511999990000"
        const seen = at + 1_000_000
        const views: ReadonlyArray<readonly [string, Partial<View>]> = [
          [working ?? "", {}],
          [failed ?? "", { status: "failure" }],
          [doubtful ?? "", { status: "failure", inDoubt: true }],
          [held ?? "", { held: { weni: at } }],
          [sent ?? "", { status: "success", addressee: { phone, sentAt: at } }],
          [answered ?? "", { status: "success", addressee: { phone, sentAt: at, answeredAt: at } }],
          [lost ?? "", { status: "partial_success", addressee: { phone, sentAt: at, undelivered: true } }],
          [stale ?? "", { status: "success", addressee: { phone, sentAt: at - 1001 } }],
          [adopted ?? "", { status: "adopted" }]
        ]
        for (const [index, [id, view]] of views.entries())
          yield* write(id, 0, { journey, updatedAt: seen + index, ...view })
        const newestFirst = (...ids: ReadonlyArray<string | undefined>) => ids.toReversed()
        for (const scope of [{ journey }, { since: seen, until: seen + 100 }, { journey, since: seen }]) {
          const found = (query: Partial<SearchQuery>) => idsOf({ ...scope, ...query })
          assert.deepStrictEqual(yield* found({}), newestFirst(...views.map(([id]) => id)))
          assert.deepStrictEqual(yield* found({ statuses: ["working"] }), newestFirst(working, held))
          assert.deepStrictEqual(yield* found({ statuses: ["adopted"] }), [adopted])
          assert.deepStrictEqual(
            yield* found({ statuses: ["failure", "partial_success"] }),
            newestFirst(failed, doubtful, lost)
          )
          assert.deepStrictEqual(yield* found({ marks: ["in_doubt"] }), [doubtful])
          assert.deepStrictEqual(yield* found({ marks: ["waiting"] }), [held])
          assert.deepStrictEqual(yield* found({ marks: ["awaiting"] }), [sent])
          assert.deepStrictEqual(
            yield* found({ statuses: ["failure"], marks: ["in_doubt", "waiting"] }),
            newestFirst(failed, doubtful, held)
          )
        }
        assert.deepStrictEqual(yield* idsOf({ journey: fresh() }), [])
      })
    )

    it.effect("SPEC 12.2: since is included, until is not", () =>
      Effect.gen(function* () {
        const journey = fresh()
        const ids = Array.from({ length: 4 }, fresh)
        for (const [index, id] of ids.entries()) yield* write(id, 0, { journey, updatedAt: at + index })
        assert.deepStrictEqual(yield* idsOf({ journey, since: at + 1, until: at + 3 }), [ids[2], ids[1]])
        assert.deepStrictEqual(yield* idsOf({ journey, since: at + 3, until: at + 3 }), [])
        assert.deepStrictEqual(yield* idsOf({ statuses: ["working"], journey, until: at + 1 }), [ids[0]])
      })
    )

    it.effect("SPEC 12.2: pages follow each other without a gap or a repeat while communications come in", () =>
      Effect.gen(function* () {
        const search = yield* CommunicationSearch
        const journey = fresh()
        const ids = Array.from({ length: 25 }, fresh)
        // Some have the same time.
        for (const [index, id] of ids.entries())
          yield* write(id, 0, { journey, updatedAt: at + Math.floor(index / 4) }, { codigos: ["TIMEOUT"] })
        for (const query of [{ journey }, { journey, codigo: "TIMEOUT" }]) {
          const read: Array<string> = []
          let page = firstPage
          for (;;) {
            const found = yield* search.find({ ...everything, ...query }, { ...page, limit: 3 })
            read.push(...found.map(({ id }) => id))
            const last = found.at(-1)
            if (last === undefined) break
            yield* write(fresh(), 0, { journey, updatedAt: at + 1000 }, { codigos: ["TIMEOUT"] })
            page = { ...firstPage, after: { createdAt: last.createdAt, id: last.id } }
          }
          assert.deepStrictEqual(
            read.filter((id) => ids.includes(id)),
            ids.toReversed()
          )
          assert.strictEqual(new Set(read).size, read.length)
        }
      })
    )

    it.effect("SPEC 12.2: finds by the codigo of the latest responses, alone and with the other filters", () =>
      Effect.gen(function* () {
        const [one, both, healed, journey] = [fresh(), fresh(), fresh(), fresh()]
        const codigo = `C_${counter}_${run.slice(0, 8).toUpperCase()}`
        const other = `${codigo}_B`
        yield* write(one, 0, { journey, status: "failure", updatedAt: at }, { codigos: [codigo] })
        yield* write(both, 0, { journey, status: "partial_success", updatedAt: at + 1 }, { codigos: [codigo, other] })
        yield* write(healed, 0, { journey, updatedAt: at + 2 }, { codigos: [codigo, other] })
        assert.deepStrictEqual(yield* idsOf({ codigo }), [healed, both, one])
        assert.deepStrictEqual(yield* idsOf({ codigo: other, journey }), [healed, both])
        yield* write(healed, 1, { journey, status: "success" }, { codigos: [other] })
        yield* write(healed, 2, { journey, status: "success" })
        assert.deepStrictEqual(yield* idsOf({ codigo }), [both, one])
        assert.deepStrictEqual(yield* idsOf({ codigo: other }), [healed, both])
        yield* write(healed, 3, { journey, status: "success" }, { codigos: [] })
        assert.deepStrictEqual(yield* idsOf({ codigo: other }), [both])
        assert.deepStrictEqual(yield* idsOf({ codigo, statuses: ["failure"] }), [one])
        assert.deepStrictEqual(yield* idsOf({ codigo, since: at + 1 }), [both])
        assert.deepStrictEqual(yield* idsOf({ codigo, journey: run }), [])
        assert.deepStrictEqual(yield* idsOf({ codigo: "NADA" }), [])
      })
    )

    it.effect("SPEC 12.1: finds by id, name and every term; a term of one kind is not found as another", () =>
      Effect.gen(function* () {
        const search = yield* CommunicationSearch
        const [id, other] = [fresh(), fresh()]
        const value = fresh()
        const kinds = ["order", "shipment", "customer", "phone", "email", "document"] as const
        const terms = kinds.map((kind): SearchTerm => ({ kind, value: `${kind} ${value}` }))
        const index = [
          { kind: "case_number" as const, value: `CS${value}` },
          { kind: "case_sys_id" as const, value: `sys ${value}` },
          { kind: "message_id" as const, value: `m ${value}` }
        ]
        yield* write(id, 0, { updatedAt: at }, { terms, index })
        yield* write(other, 0, { updatedAt: at + 1 }, { terms: terms.slice(0, 1) })
        const nobody = { ids: [], names: [], terms: [] }
        for (const term of terms.slice(1)) {
          assert.deepStrictEqual(yield* idsOf({ q: { ...nobody, terms: [term] } }), [id])
          assert.deepStrictEqual(yield* idsOf({ q: { ...nobody, terms: [{ ...term, kind: "order" }] } }), [])
        }
        assert.deepStrictEqual(yield* idsOf({ q: { ...nobody, terms } }), [other, id])
        for (const name of index) {
          assert.deepStrictEqual(yield* idsOf({ q: { ...nobody, names: [name] } }), [id])
          assert.deepStrictEqual(yield* idsOf({ case: { ...nobody, names: [name] }, q: { ...nobody, terms } }), [id])
        }
        assert.deepStrictEqual(yield* idsOf({ q: { ids: [id, "none"], names: [], terms: [] } }), [id])
        assert.deepStrictEqual(yield* idsOf({ q: { ...nobody, terms }, statuses: ["success"] }), [])
        assert.deepStrictEqual(yield* idsOf({ q: { ...nobody, terms }, until: at + 1 }), [id])
        assert.deepStrictEqual(yield* idsOf({ q: { ...nobody, terms }, codigo: "NADA" }), [])
        assert.deepStrictEqual(yield* search.idsOf({ ...nobody, terms }, 9), [other, id])
        assert.deepStrictEqual(yield* search.idsOf({ ...nobody, terms }, 1), [other])
        const page = { after: { createdAt: at + 1, id: other } }
        assert.deepStrictEqual(yield* idsOf({ q: { ...nobody, terms } }, page), [id])
      })
    )

    it.effect("SPEC 12.1: later facts add terms, and keep the earlier ones", () =>
      Effect.gen(function* () {
        const id = fresh()
        const [first, second]: ReadonlyArray<SearchTerm> = [
          { kind: "phone", value: `${id} 1` },
          { kind: "phone", value: `${id} 2` }
        ]
        if (first === undefined || second === undefined) return
        yield* write(id, 0, {}, { terms: [first] })
        yield* write(id, 1, {}, { terms: [second, first] })
        yield* write(id, 2, {}, { terms: [] })
        for (const term of [first, second])
          assert.deepStrictEqual(yield* idsOf({ q: { ids: [], names: [], terms: [term] } }), [id])
      })
    )

    it.effect("SPEC 12.1: an id that contains personal data is found by its ref", () =>
      Effect.gen(function* () {
        const search = yield* CommunicationSearch
        const [id, plain] = [fresh(), fresh()]
        yield* write(id, 0, {}, { terms: [{ kind: "id", value: id }] })
        yield* write(plain, 0, {})
        const ref = search.refOf(id)
        assert.notInclude(ref, id)
        assert.notStrictEqual(search.refOf(plain), ref)
        const sought = { ids: [], names: [], terms: [{ kind: "ref" as const, value: ref }] }
        assert.deepStrictEqual(yield* search.idsOf(sought, 9), [id])
      })
    )

    it.effect("CONTRACT RETENTION: no search finds a deleted communication", () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const id = fresh()
        const terms: ReadonlyArray<SearchTerm> = [{ kind: "order", value: id }]
        const codigo = "APAGADA"
        yield* write(id, 0, { status: "failure" }, { terms, codigos: [codigo] })
        assert.deepStrictEqual(yield* idsOf({ codigo }), [id])
        assert.strictEqual(yield* journal.forget([{ id, seq: 1, status: "failure", number: 1 }]), 1)
        assert.deepStrictEqual(yield* idsOf({ codigo }), [])
        assert.deepStrictEqual(yield* idsOf({ q: { ids: [id], names: [], terms } }), [])
        // Another communication with the same id starts.
        yield* write(id, 0, { status: "failure" })
        assert.deepStrictEqual(yield* idsOf({ codigo }), [])
        assert.deepStrictEqual(yield* idsOf({ q: { ids: [], names: [], terms } }), [])
      })
    )

    it.effect("DESIGN Fence: a fenced append adds nothing to the search and counts nothing", () =>
      Effect.gen(function* () {
        const tallies = yield* Tallies
        const id = fresh()
        const minute = at - 40 * 86_400_000 - (at % 60_000)
        const order: Tally = { what: "order", codigo: "", channel: "", journey: "" }
        yield* write(id, 0, { updatedAt: minute }, { tallies: [order] })
        const terms: ReadonlyArray<SearchTerm> = [{ kind: "order", value: id }]
        const late = write(id, 0, { updatedAt: minute }, { terms, codigos: ["ATRASADA"], tallies: [order] })
        assert.strictEqual((yield* Effect.flip(late))._tag, "Fenced")
        assert.deepStrictEqual(yield* idsOf({ q: { ids: [], names: [], terms } }), [])
        assert.deepStrictEqual(yield* idsOf({ codigo: "ATRASADA" }), [])
        const [counted] = yield* tallies.flow(minute)
        assert.deepStrictEqual(counted, { at: minute, orders: 1, events: 0, failures: 0 })
      })
    )

    it.effect(
      "SPEC 12.4: communications of an earlier version are missing, the newest first, until they are filled",
      () =>
        Effect.gen(function* () {
          const index = yield* SearchIndex
          const ids = [fresh(), fresh(), fresh()]
          const ahead = 10_000_000_000_000
          for (const [order, id] of ids.entries()) yield* write(id, 0, { updatedAt: ahead + order })
          const [oldest = "", middle = "", newest = ""] = ids
          const missing = yield* index.missing(2, [])
          assert.deepStrictEqual(missing, [
            { id: newest, seq: 1 },
            { id: middle, seq: 1 }
          ])
          assert.deepStrictEqual(yield* index.missing(1, [newest, middle]), [{ id: oldest, seq: 1 }])
          const terms: ReadonlyArray<SearchTerm> = [{ kind: "order", value: newest }]
          yield* write(middle, 1, { updatedAt: ahead + 9, listing })
          const codigos = ["PREENCHIDA"]
          const fills = [newest, middle].map((id) => ({ id, seq: 1, listing, terms, codigos, writes: 2 }))
          assert.strictEqual(yield* index.complete(fills), 1)
          assert.deepStrictEqual(yield* idsOf({ q: { ids: [], names: [], terms } }), [newest])
          assert.deepStrictEqual(yield* idsOf({ codigo: "PREENCHIDA" }), [newest])
          const search = yield* CommunicationSearch
          const [found] = yield* search.find({ ...everything, q: { ids: [newest], names: [], terms: [] } }, firstPage)
          assert.deepStrictEqual(found?.listing, listing)
          assert.deepStrictEqual((yield* index.missing(1, []))[0]?.id, oldest)
        })
    )

    it.effect("SPEC 12.5: waiting communications are counted, with their writes and the start of the oldest wait", () =>
      Effect.gen(function* () {
        const counts = yield* WaitingCounts
        const ledger = yield* Ledger
        const long = at - 90 * 86_400_000
        const before = yield* counts.now
        yield* write(fresh(), 0, { held: { weni: long, servicenow: long + 5 }, writes: 3, updatedAt: at })
        yield* write(fresh(), 0, { due: at + 5, updatedAt: at })
        const addressee = { phone: "+5511999990000", sentAt: long + 7 }
        yield* write(fresh(), 0, { inDoubt: true, addressee, updatedAt: at })
        const origin = { topic: fresh(), partition: 0, offset: 1 }
        yield* ledger.end([
          { origin, ending: "dead_letter", at: long + 9 },
          { origin: { ...origin, offset: 2 }, ending: "refused", at: long }
        ])
        const { deadLetters, inDoubt, parked, waiting } = yield* counts.now
        assert.deepStrictEqual(waiting, {
          count: before.waiting.count + 2,
          oldestAt: long,
          writes: before.waiting.writes + 3
        })
        assert.deepStrictEqual(inDoubt, { count: before.inDoubt.count + 1, oldestAt: long + 7 })
        assert.deepStrictEqual(deadLetters, { count: before.deadLetters.count + 1, oldestAt: long + 9 })
        assert.deepStrictEqual(parked, before.parked)
      })
    )

    it.effect("SPEC 12.5: the counts of facts and refusals are added up by minute and by kind", () =>
      Effect.gen(function* () {
        const tallies = yield* Tallies
        const minute = at - 80 * 86_400_000 - (at % 60_000)
        const order: Tally = { what: "order", codigo: "", channel: "", journey: "" }
        const event: Tally = { ...order, what: "event" }
        const failure = (codigo: string, channel: string): Tally => ({ what: "failure", codigo, channel, journey: "j" })
        yield* write(fresh(), 0, { updatedAt: minute + 59_999 }, { tallies: [order, failure("TIMEOUT", "itsm")] })
        yield* write(fresh(), 0, { updatedAt: minute }, { tallies: [order, event, failure("TIMEOUT", "itsm")] })
        yield* write(fresh(), 0, { updatedAt: minute + 60_000 }, { tallies: [event] })
        yield* tallies.count([failure("MENSAGEM_INVALIDA", "record")], minute + 60_001)
        yield* tallies.count([], minute)
        assert.deepStrictEqual((yield* tallies.flow(minute + 30_000)).slice(0, 2), [
          { at: minute, orders: 2, events: 1, failures: 2 },
          { at: minute + 60_000, orders: 0, events: 1, failures: 1 }
        ])
        const failures = yield* tallies.failures(minute, 100)
        assert.deepStrictEqual(
          failures.filter(({ journey }) => journey === "j"),
          [
            { codigo: "TIMEOUT", channel: "itsm", journey: "j", count: 2 },
            { codigo: "MENSAGEM_INVALIDA", channel: "record", journey: "j", count: 1 }
          ]
        )
        assert.lengthOf(yield* tallies.failures(minute, 1), 1)
        yield* tallies.prune(minute + 60_000)
        assert.deepStrictEqual((yield* tallies.flow(minute))[0]?.at, minute + 60_000)
      })
    )
  })
