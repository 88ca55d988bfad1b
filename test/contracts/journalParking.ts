import { assert, layer } from "@effect/vitest"
import { Effect, Exit, type Layer } from "effect"

import { Journal, type Append } from "../../src/services/Journal.ts"
import { Ledger, type RecordEnding } from "../../src/services/Ledger.ts"
import { type Parked, ParkedEvents } from "../../src/services/ParkedEvents.ts"
import { claimable, orphans } from "./parkingLooks.ts"

const at = 1_763_866_000_123
const run = crypto.randomUUID()
let counter = 0
const fresh = () => `${run}|${counter++}`

const append = (id: string, more: Partial<Append> = {}): Append => ({
  id,
  seq: 0,
  facts: [{ _tag: "CaseIntended", at, body: {} }],
  view: { journey: "jornada", status: "working", inDoubt: false, updatedAt: at },
  index: [],
  endings: [],
  ...more
})

const parked = (more: Partial<Parked> = {}): Parked => {
  const origin = more.origin ?? { topic: `topico ${run}`, partition: 2, offset: counter++ }
  return {
    key: `${origin.topic}/${origin.partition}/${origin.offset}#0`,
    origin,
    event: { kind: "delivered", text: "Sim, ação 🚚 \u0000 \\", deep: [{ a: null }, 1.5, true] },
    names: [{ kind: "message_id", value: fresh() }],
    parkedAt: at,
    ...more
  }
}

const ending = (origin: Parked["origin"], more: Partial<RecordEnding> = {}): RecordEnding => ({
  origin,
  ending: "parked",
  at,
  ...more
})

const keysOf = (list: ReadonlyArray<Parked>) => list.map(({ key }) => key)

const everythingOf = (parkedEvents: ParkedEvents["Service"]) => orphans(parkedEvents, at + 1_000_000, 100_000)

/** What holds for every layer of `ParkedEvents`. Each test starts without a parked event, and leaves none behind. */
export const journalParkingContract = (
  name: string,
  journal: Layer.Layer<Journal | Ledger | ParkedEvents, unknown>
): void =>
  layer(journal, { timeout: "60 seconds" })(`Journal, parked events: ${name}`, (it) => {
    const parking = (
      title: string,
      body: (parkedEvents: ParkedEvents["Service"]) => Effect.Effect<void, unknown, Journal | Ledger>
    ) =>
      it.effect(title, () =>
        Effect.gen(function* () {
          const parkedEvents = yield* ParkedEvents
          yield* body(parkedEvents)
          yield* parkedEvents.unpark(keysOf(yield* everythingOf(parkedEvents)))
          assert.strictEqual(yield* parkedEvents.parkedCount, 0)
        })
      )

    parking("SPEC 8.3: a parked event comes back as it was, with all its names", (parkedEvents) =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const id = `${fresh()} São João`
        const whole = parked({
          origin: { topic: `topico ${run}`, partition: 7, offset: 2 ** 40 },
          names: [
            { kind: "id", value: id },
            { kind: "case_number", value: fresh() },
            { kind: "case_sys_id", value: fresh() },
            { kind: "message_id", value: fresh() + "9".repeat(4000) },
            { kind: "answer", value: fresh() },
            { kind: "phone", value: "+5511999990000" }
          ]
        })
        yield* parkedEvents.park([whole], [])
        yield* journal.append(append(id))
        assert.deepStrictEqual(yield* claimable(parkedEvents, 10), [{ parked: whole, id }])
        assert.deepStrictEqual(yield* orphans(parkedEvents, at + 1, 10), [whole])
      })
    )

    parking("SPEC 8.3: an event is claimable once its communication exists, by any kind of name", (parkedEvents) =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const id = fresh()
        const long = fresh() + "9".repeat(4000)
        const names = [
          { kind: "case_number", value: fresh() },
          { kind: "case_sys_id", value: fresh() },
          { kind: "message_id", value: long },
          { kind: "answer", value: fresh().padEnd(399, ".") + "👍🏽" }
        ] as const
        const events = [...names, { kind: "id", value: id } as const].map((name) => parked({ names: [name] }))
        const strangers = [parked(), parked({ names: [] }), parked({ names: [{ kind: "phone", value: long }] })]
        yield* parkedEvents.park([...strangers, ...events], [])
        assert.deepStrictEqual(yield* claimable(parkedEvents, 10), [])
        yield* journal.append(append(id, { index: names }))
        assert.deepStrictEqual(
          yield* claimable(parkedEvents, 10),
          events.map((parked) => ({ parked, id }))
        )
      })
    )

    parking("SPEC 8.3: an event that is parked after its communication has come is claimable at once", (parkedEvents) =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const id = fresh()
        const event = parked({ names: [{ kind: "id", value: id }] })
        yield* journal.append(append(id))
        yield* parkedEvents.park([event], [])
        assert.deepStrictEqual(yield* claimable(parkedEvents, 10), [{ parked: event, id }])
      })
    )

    parking(
      "SPEC 8.2: the first name that leads to a communication counts, and of its bearers the last",
      (parkedEvents) =>
        Effect.gen(function* () {
          const journal = yield* Journal
          const [byCase, byMessage, later] = [fresh(), fresh(), fresh()]
          const caseNumber = { kind: "case_number", value: fresh() } as const
          const messageId = { kind: "message_id", value: fresh() } as const
          const unknown = { kind: "id", value: fresh() } as const
          const first = parked({ names: [unknown, messageId, caseNumber] })
          const second = parked({ names: [unknown, caseNumber, messageId, { kind: "id", value: byMessage }] })
          const third = parked({ names: [{ kind: "id", value: byCase }, messageId] })
          yield* parkedEvents.park([first, second, third], [])
          const view = { journey: "j", status: "working", inDoubt: false, updatedAt: at + 1 }
          yield* journal.append(append(byCase, { index: [caseNumber] }))
          yield* journal.append(append(later, { index: [messageId], view }))
          yield* journal.append(append(byMessage, { index: [messageId] }))
          assert.deepStrictEqual(yield* claimable(parkedEvents, 10), [
            { parked: first, id: later },
            { parked: second, id: byCase },
            { parked: third, id: byCase }
          ])
        })
    )

    parking(
      "SPEC 8.3: claims and orphans are limited, the oldest first, then in the order of their records",
      (parkedEvents) =>
        Effect.gen(function* () {
          const journal = yield* Journal
          const id = fresh()
          yield* journal.append(append(id))
          const topic = `topico ${run}`
          const place = (partition: number, offset: number, index: number, parkedAt: number) => {
            const origin = { topic, partition, offset }
            const names = [{ kind: "id", value: id }] as const
            return parked({ origin, key: `${topic}/${partition}/${offset}#${index}`, names, parkedAt })
          }
          const ordered = [
            place(9, 1_000_000, 0, at - 1),
            place(2, 1_000_009, 2, at),
            place(2, 1_000_009, 10, at),
            place(2, 1_000_010, 0, at),
            place(10, 1_000_000, 0, at),
            place(0, 1_000_000, 0, at + 1)
          ]
          yield* Effect.forEach([...ordered].reverse(), (event) => parkedEvents.park([event], []))
          const claimed = (limit: number) =>
            Effect.map(claimable(parkedEvents, limit), (claims) => keysOf(claims.map(({ parked }) => parked)))
          assert.deepStrictEqual(yield* claimed(100), keysOf(ordered))
          assert.deepStrictEqual(yield* claimed(4), keysOf(ordered.slice(0, 4)))
          assert.deepStrictEqual(keysOf(yield* orphans(parkedEvents, at + 1, 100)), keysOf(ordered.slice(0, 5)))
          // The second and the third belong to one record.
          assert.deepStrictEqual(keysOf(yield* orphans(parkedEvents, at + 2, 2)), keysOf(ordered.slice(0, 3)))
          assert.deepStrictEqual(yield* orphans(parkedEvents, at - 1, 100), [])
        })
    )

    const addressed = (id: string, phone: string, sentAt: number, seq = 0, answeredAt?: number) =>
      append(id, {
        seq,
        view: {
          journey: "j",
          status: "success",
          inDoubt: false,
          addressee: { phone, sentAt, ...(answeredAt !== undefined && { answeredAt }) },
          updatedAt: at
        }
      })
    const phones = (...values: ReadonlyArray<string>) => values.map((value) => ({ kind: "phone", value }) as const)

    parking(
      "SPEC 8.2: a phone leads to a communication whose dispatch or answer is recent, even if there are several",
      (parkedEvents) =>
        Effect.gen(function* () {
          const journal = yield* Journal
          const [id, other, late] = [fresh(), fresh(), fresh()]
          const [phone, spelled, busy, busySpelled] = [`+${fresh()}`, `+${fresh()}`, `+${fresh()}`, `+${fresh()}`]
          const event = parked({ names: phones(phone, spelled) })
          const ofTwo = parked({ names: phones(busySpelled, busy) })
          const stranger = parked({ names: phones(`+${fresh()}`) })
          yield* parkedEvents.park([event, ofTwo, stranger], [])
          assert.deepStrictEqual(yield* claimable(parkedEvents, 10), [])
          yield* journal.append(addressed(id, spelled, at))
          yield* journal.append(addressed(other, busy, at))
          yield* journal.append(addressed(late, busySpelled, at + 1))
          assert.deepStrictEqual(yield* claimable(parkedEvents, 10, { awaitingSince: at }), [
            { parked: event, id },
            { parked: ofTwo, id: late }
          ])
          assert.deepStrictEqual(yield* claimable(parkedEvents, 10, { awaitingSince: at + 1 }), [
            { parked: ofTwo, id: late }
          ])
          assert.deepStrictEqual(yield* claimable(parkedEvents, 10, { awaitingSince: at + 2 }), [])
          // It was answered.
          yield* journal.append(addressed(id, spelled, at, 1, at + 9))
          assert.deepStrictEqual(yield* claimable(parkedEvents, 10, { awaitingSince: at + 9 }), [{ parked: event, id }])
          // Its dispatch has failed after all.
          yield* journal.append(append(id, { seq: 2 }))
          assert.deepStrictEqual(yield* claimable(parkedEvents, 10, { awaitingSince: at + 9 }), [])
        })
    )

    parking("SPEC 8.2: a message id has priority over a phone", (parkedEvents) =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const [byMessage, byPhone] = [fresh(), fresh()]
        const messageId = { kind: "message_id", value: fresh() } as const
        const phone = `+${fresh()}`
        const named = parked({ names: [messageId, ...phones(phone)] })
        yield* parkedEvents.park([named], [])
        yield* journal.append(addressed(byPhone, phone, at))
        assert.deepStrictEqual(yield* claimable(parkedEvents, 10), [{ parked: named, id: byPhone }])
        yield* journal.append(append(byMessage, { index: [messageId] }))
        assert.deepStrictEqual(yield* claimable(parkedEvents, 10), [{ parked: named, id: byMessage }])
      })
    )

    parking("SPEC 9.5: a query leaves out events in progress, which do not count toward its limit", (parkedEvents) =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const [stuck, other] = [fresh(), fresh()]
        const of = (value: string, parkedAt: number) => parked({ names: [{ kind: "id", value }], parkedAt })
        const events = [of(stuck, at - 3), of(stuck, at - 2), of(other, at - 1)]
        yield* parkedEvents.park(events, [])
        yield* journal.append(append(stuck))
        yield* journal.append(append(other))
        const rest = { parked: events[2]!, id: other }
        const except = keysOf(events.slice(0, 2))
        assert.deepStrictEqual(yield* claimable(parkedEvents, 1, { except: { ids: [stuck], keys: [] } }), [rest])
        assert.deepStrictEqual(yield* claimable(parkedEvents, 1, { except: { ids: [], keys: except } }), [rest])
        assert.deepStrictEqual(yield* orphans(parkedEvents, at, 1, { except }), [events[2]!])
      })
    )

    parking("CONTRACT Dead letter: orphans of one record come together, even beyond the limit", (parkedEvents) =>
      Effect.gen(function* () {
        const origin = { topic: `topico ${run}`, partition: 2, offset: counter++ }
        const ofOne = Array.from({ length: 12 }, (_, index) => parked({ origin, key: `${fresh()}#${index}` }))
        const [before, after] = [parked({ parkedAt: at - 1 }), parked()]
        yield* parkedEvents.park([after, ...ofOne.toReversed(), before], [])
        const keys = (limit: number, wanted = {}) =>
          Effect.map(orphans(parkedEvents, at + 1, limit, wanted), (list) => keysOf(list).toSorted())
        const group = keysOf(ofOne).toSorted()
        assert.deepStrictEqual(yield* keys(1), [before.key])
        assert.deepStrictEqual(yield* keys(2), [before.key, ...group].toSorted())
        assert.deepStrictEqual(yield* keys(13), [before.key, ...group].toSorted())
        assert.deepStrictEqual(yield* keys(1, { except: [before.key, ...group.slice(0, 2)] }), group.slice(2))
      })
    )

    parking("CONTRACT Dead letter: the ledger marks a record whose parked event became a dead letter", (parkedEvents) =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        const [first, second, unknown] = [parked(), parked(), parked()]
        const elsewhere = { ...first.origin, partition: first.origin.partition + 1 }
        yield* parkedEvents.park([first, second], [ending(first.origin), ending(second.origin, { id: "i" })])
        yield* ledger.end([ending(elsewhere)])
        yield* parkedEvents.unpark([first.key], [first.origin, unknown.origin])
        assert.deepStrictEqual(yield* ledger.ending(elsewhere), ending(elsewhere))
        assert.deepStrictEqual(yield* ledger.ending(first.origin), { ...ending(first.origin), ending: "dead_letter" })
        assert.deepStrictEqual(yield* ledger.ending(second.origin), ending(second.origin, { id: "i" }))
        assert.strictEqual(yield* ledger.ending(unknown.origin), undefined)
        yield* parkedEvents.unpark([], [second.origin])
        const dead = ending(second.origin, { id: "i", ending: "dead_letter" })
        assert.deepStrictEqual(yield* ledger.ending(second.origin), dead)
        assert.strictEqual(yield* parkedEvents.parkedCount, 1)
      })
    )

    parking(
      "SPEC 8.3: events are parked together with the end of their records; parking them again changes nothing",
      (parkedEvents) =>
        Effect.gen(function* () {
          const ledger = yield* Ledger
          const event = parked()
          const over = ending(event.origin)
          assert.strictEqual(yield* ledger.ending(event.origin), undefined)
          yield* parkedEvents.park([event], [over])
          assert.deepStrictEqual(yield* ledger.ending(event.origin), over)
          yield* parkedEvents.park([{ ...event, names: [], event: {}, parkedAt: at + 9 }], [{ ...over, at: at + 9 }])
          yield* parkedEvents.park([{ ...event, names: [], event: {}, parkedAt: at + 9 }], [])
          assert.strictEqual(yield* parkedEvents.parkedCount, 1)
          assert.deepStrictEqual(yield* everythingOf(parkedEvents), [event])
          assert.deepStrictEqual(yield* ledger.ending(event.origin), over)
        })
    )

    parking(
      "SPEC 8.3: several events of one record are parked one by one, the last one with the ending",
      (parkedEvents) =>
        Effect.gen(function* () {
          const origin = parked().origin
          const events = ["a", "b", "c"].map((index) => parked({ origin, key: `${fresh()}#${index}` }))
          yield* parkedEvents.park([events[0]!], [])
          yield* parkedEvents.park([events[1]!, events[2]!, events[2]!], [ending(origin)])
          assert.deepStrictEqual(keysOf(yield* everythingOf(parkedEvents)).toSorted(), keysOf(events).toSorted())
        })
    )

    parking("SPEC 9.3: an ended record does not bring its unparked event back", (parkedEvents) =>
      Effect.gen(function* () {
        const [event, other] = [parked(), parked()]
        yield* parkedEvents.park([event], [ending(event.origin)])
        yield* parkedEvents.unpark([event.key])
        yield* parkedEvents.park([event, other], [ending(event.origin), ending(other.origin)])
        assert.deepStrictEqual(yield* everythingOf(parkedEvents), [other])
      })
    )

    parking(
      "SPEC 9.3: an ended record does not keep records at its offset in other logs from being parked",
      (parkedEvents) =>
        Effect.gen(function* () {
          const event = parked()
          const { offset, partition, topic } = event.origin
          const others = [
            parked({ origin: { topic: `outro ${run}`, partition, offset } }),
            parked({ origin: { topic, partition: partition + 1, offset } })
          ]
          yield* parkedEvents.park([event], [ending(event.origin)])
          yield* parkedEvents.unpark([event.key])
          const all = [event, ...others]
          yield* parkedEvents.park(
            all,
            all.map(({ origin }) => ending(origin))
          )
          assert.deepStrictEqual(keysOf(yield* everythingOf(parkedEvents)).toSorted(), keysOf(others).toSorted())
        })
    )

    parking("SPEC 9.2: an event is claimable once its communication no longer waits for ServiceNow", (parkedEvents) =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const [waiting, other] = [fresh(), fresh()]
        const view = { journey: "jornada", status: "working", inDoubt: false, updatedAt: at }
        const of = (value: string, parkedAt: number) => parked({ names: [{ kind: "id", value }], parkedAt })
        const [first, second] = [of(waiting, at - 1), of(other, at)]
        yield* parkedEvents.park([first, second], [])
        yield* journal.append(append(waiting, { view: { ...view, held: { servicenow: at } } }))
        yield* journal.append(append(other, { view: { ...view, held: { weni: at } } }))
        assert.deepStrictEqual(yield* claimable(parkedEvents, 1), [{ parked: second, id: other }])
        yield* journal.append(append(waiting, { seq: 1 }))
        assert.deepStrictEqual(yield* claimable(parkedEvents, 1), [{ parked: first, id: waiting }])
      })
    )

    parking("SPEC 8.3: a call may have only endings, or nothing at all", (parkedEvents) =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        const over = ending(parked().origin, { ending: "skipped" })
        yield* parkedEvents.park([], [over])
        yield* parkedEvents.park([], [])
        assert.deepStrictEqual(yield* ledger.ending(over.origin), over)
        assert.strictEqual(yield* parkedEvents.parkedCount, 0)
      })
    )

    parking(
      "SPEC 8.3: an unparked event is no longer claimed; unparking is idempotent, and touches no other event",
      (parkedEvents) =>
        Effect.gen(function* () {
          const journal = yield* Journal
          const id = fresh()
          yield* journal.append(append(id))
          const events = Array.from({ length: 3 }, () => parked({ names: [{ kind: "id", value: id }] }))
          yield* parkedEvents.park(events, [])
          assert.strictEqual(yield* parkedEvents.parkedCount, 3)
          yield* parkedEvents.unpark([events[1]!.key, fresh(), events[1]!.key])
          yield* parkedEvents.unpark([events[1]!.key])
          yield* parkedEvents.unpark([])
          assert.deepStrictEqual(yield* claimable(parkedEvents, 10), [
            { parked: events[0]!, id },
            { parked: events[2]!, id }
          ])
          assert.strictEqual(yield* parkedEvents.parkedCount, 2)
          // Its names were deleted with it, so parked again it has only the new ones.
          yield* parkedEvents.park([{ ...events[1]!, names: [] }], [])
          assert.strictEqual((yield* claimable(parkedEvents, 10)).length, 2)
        })
    )

    parking("DESIGN The sweep: a parked event can be looked up before work on it starts", (parkedEvents) =>
      Effect.gen(function* () {
        const events = [parked(), parked(), parked()]
        yield* parkedEvents.park(events, [])
        const [first, second, third] = keysOf(events)
        yield* parkedEvents.unpark([second!])
        const looks = Effect.forEach([[first!, second!, third!], [second!], []], parkedEvents.stillParked, {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(yield* looks, [new Set([first!, third!]), new Set<string>(), new Set<string>()])
      })
    )

    parking(
      "SPEC 9.5: events that wait for one communication come back in the order of their records",
      (parkedEvents) =>
        Effect.gen(function* () {
          const id = fresh()
          const names = [{ kind: "id", value: id } as const]
          const events = [3, 1, 2].map((time) => parked({ names, parkedAt: at + time }))
          yield* parkedEvents.park([...events, parked(), parked({ names: [{ kind: "message_id", value: id }] })], [])
          const [last, first, second] = events
          assert.deepStrictEqual(yield* parkedEvents.waitingFor(id, 10), [first!, second!, last!])
          assert.deepStrictEqual(yield* parkedEvents.waitingFor(id, 2), [first!, second!])
          assert.deepStrictEqual(yield* parkedEvents.waitingFor(fresh(), 10), [])
        })
    )

    parking(
      "SPEC 8.3: events that wait for a known communication are left out of the orphans on request",
      (parkedEvents) =>
        Effect.gen(function* () {
          const journal = yield* Journal
          const [known, unknown] = [fresh(), fresh()]
          yield* journal.append(append(known, { index: [{ kind: "message_id", value: known }] }))
          const events = [
            parked({ names: [{ kind: "id", value: known }] }),
            parked({ names: [{ kind: "id", value: unknown }] }),
            parked({ names: [{ kind: "message_id", value: known }] })
          ]
          yield* parkedEvents.park(events, [])
          assert.deepStrictEqual(yield* orphans(parkedEvents, at + 1, 10, { withoutKnown: true }), events.slice(1))
          assert.deepStrictEqual(yield* orphans(parkedEvents, at + 1, 1, { withoutKnown: true }), events.slice(1, 2))
          assert.deepStrictEqual(yield* orphans(parkedEvents, at + 1, 10), events)
        })
    )

    parking(
      "SPEC 8.3: the remaining events of a record are found by its names, which lead to no communication",
      (parkedEvents) =>
        Effect.gen(function* () {
          const journal = yield* Journal
          const id = fresh()
          const { origin } = parked()
          const place = `${origin.topic}/${origin.partition}/${origin.offset}`
          const waits = { kind: "record", value: place } as const
          const isRefused = { kind: "refused", value: place } as const
          const events = ["0", "1", "2"].map((index) =>
            parked({ origin, key: `${place}#${index}`, names: [{ kind: "id", value: id }, waits] })
          )
          yield* parkedEvents.park([...events, parked()], [ending(origin)])
          yield* journal.append(append(id))
          const [first, second, third] = keysOf(events)
          assert.deepStrictEqual(yield* parkedEvents.leftOf(origin, [first!]), { waiting: true, refused: [] })

          const refused = { ...events[1]!, event: { why: "não" }, names: [isRefused] }
          yield* parkedEvents.replace({ ...refused, parkedAt: 0 })
          yield* parkedEvents.replace({ ...refused, parkedAt: 0 })
          assert.deepStrictEqual(yield* parkedEvents.leftOf(origin, [first!]), { waiting: true, refused: [] })
          assert.deepStrictEqual(yield* parkedEvents.leftOf(origin, [first!, third!]), {
            waiting: false,
            refused: [refused]
          })
          assert.deepStrictEqual(keysOf((yield* claimable(parkedEvents, 10)).map(({ parked }) => parked)), [
            first,
            third
          ])
          assert.deepStrictEqual(yield* parkedEvents.waitingFor(id, 10), [events[0]!, events[2]!])

          yield* parkedEvents.unpark([second!])
          yield* parkedEvents.replace(refused)
          assert.deepStrictEqual(yield* parkedEvents.leftOf(origin, [first!, third!]), { waiting: false, refused: [] })
        })
    )

    parking("DESIGN Group commit: 500 records park at once, twice each, and unpark at once", (parkedEvents) =>
      Effect.gen(function* () {
        const events = Array.from({ length: 500 }, () => parked())
        const all = { concurrency: "unbounded" } as const
        yield* Effect.forEach(
          [...events, ...events.toReversed()],
          (event) => parkedEvents.park([event], [ending(event.origin)]),
          all
        )
        assert.deepStrictEqual(yield* everythingOf(parkedEvents), events)
        yield* Effect.forEach(events, (event) => parkedEvents.unpark([event.key]), all)
        assert.strictEqual(yield* parkedEvents.parkedCount, 0)
      })
    )

    parking("SPEC 8.3: of events that are parked at once under one key the first one stays", (parkedEvents) =>
      Effect.gen(function* () {
        const event = parked()
        const again = { ...event, event: {}, names: [] }
        yield* Effect.forEach([event, again], (one) => parkedEvents.park([one], []), { concurrency: 2 })
        assert.deepStrictEqual(yield* everythingOf(parkedEvents), [event])
      })
    )

    parking("SPEC 9.5: an event that is not JSON fails its own call, and its record does not end", (parkedEvents) =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        const [bad, good] = [parked({ event: { big: 1n } }), parked()]
        const park = (event: Parked) => Effect.exit(parkedEvents.park([event], [ending(event.origin)]))
        const [died, kept] = yield* Effect.all([park(bad), park(good)], { concurrency: 2 })
        assert.isTrue(Exit.hasDies(died))
        assert.deepStrictEqual(kept, Exit.void)
        assert.deepStrictEqual(yield* everythingOf(parkedEvents), [good])
        assert.strictEqual(yield* ledger.ending(bad.origin), undefined)
      })
    )
  })
