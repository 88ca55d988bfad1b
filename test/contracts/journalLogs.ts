import { assert, layer } from "@effect/vitest"
import { Effect, type Layer } from "effect"

import { originKey } from "../../src/domain/record/Origin.ts"
import { Journal } from "../../src/services/Journal.ts"
import { type KnownLog, Ledger, type RecordEnding } from "../../src/services/Ledger.ts"
import { ParkedEvents } from "../../src/services/ParkedEvents.ts"

const at = 1_763_866_000_123

/** Part of all names of this run, because several runs may share a database. */
const run = crypto.randomUUID()
let counter = 0
const freshTopic = () => `registros-${run}-${counter++}`

const mark = (timestamp: number, digest = "00ff00ff00ff00ff") => ({ timestamp, digest })

const ended = (topic: string, offset: number, more: Partial<RecordEnding> = {}, generation?: number): RecordEnding => ({
  origin: { topic, partition: 0, offset, ...(generation !== undefined && { generation }) },
  ending: "response",
  at,
  ...more
})

const log = (topic: string, more: Partial<KnownLog> = {}): KnownLog => ({
  topic,
  partition: 0,
  generation: 1,
  first: 0,
  reached: 0,
  open: 0,
  ...more
})

const later = (topic: string, first: number, reason: "another_log" | "cut" = "another_log") => ({
  topic,
  partition: 0,
  generation: 2,
  first,
  cluster: "other",
  began: { at, reason }
})

/** How every layer of `Ledger` keeps the identity of records and the logs of a partition (SPEC 9.10). */
export const journalLogsContract = (
  name: string,
  journal: Layer.Layer<Journal | Ledger | ParkedEvents, unknown>
): void =>
  layer(journal, { timeout: "60 seconds" })(`Journal, logs: ${name}`, (it) => {
    it.effect(
      "SPEC 9.10: an ending keeps the record's mark, whichever call writes it; an ending of an earlier version has none",
      () =>
        Effect.gen(function* () {
          const [ledger, journal, parked] = [yield* Ledger, yield* Journal, yield* ParkedEvents]
          const topic = freshTopic()
          const endings = [
            ended(topic, 0, { mark: mark(-1) }),
            ended(topic, 1),
            ended(topic, 2, { mark: mark(Number.MAX_SAFE_INTEGER, "a") }),
            ended(topic, 3, { mark: mark(Number.MIN_SAFE_INTEGER, "b"), ending: "parked" })
          ] as const
          yield* ledger.end([endings[0], endings[1]])
          yield* journal.append({
            id: `${run} ${topic}`,
            seq: 0,
            facts: [{ _tag: "CaseIntended", at, body: {} }],
            view: { journey: "j", status: "working", inDoubt: false, updatedAt: at },
            index: [],
            endings: [endings[2]]
          })
          const event = { key: `${originKey(endings[3].origin)}#0`, origin: endings[3].origin, event: {}, names: [] }
          yield* parked.park([{ ...event, parkedAt: at }], [endings[3]])
          const range = { topic, partition: 0, first: 0, next: 4 }
          assert.deepStrictEqual(yield* ledger.endingsIn(range, "first", 10), endings)
          assert.deepStrictEqual(yield* ledger.endingsIn(range, "last", 2), [endings[3], endings[2]])
          assert.deepStrictEqual(yield* ledger.endingsIn({ ...range, first: 1, next: 3 }, "first", 1), [endings[1]])
          assert.deepStrictEqual(yield* ledger.ending(endings[2].origin), endings[2])
        })
    )

    it.effect("SPEC 9.10: the first and the last ending of a range have its lowest and its highest offset", () =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        const topic = freshTopic()
        const endings = [8, 9, 10, 11, 100].map((offset) => ended(topic, offset))
        yield* ledger.end(endings.toReversed())
        const range = { topic, partition: 0, first: 0, next: 1000 }
        assert.deepStrictEqual(yield* ledger.endingsIn(range, "first", 3), endings.slice(0, 3))
        assert.deepStrictEqual(yield* ledger.endingsIn(range, "last", 3), endings.slice(2).toReversed())
        assert.deepStrictEqual(yield* ledger.endingsIn({ ...range, next: 11 }, "last", 1), endings.slice(2, 3))
      })
    )

    it.effect("SPEC 9.10: records of a later log are separate from those at the same offsets of the first one", () =>
      Effect.gen(function* () {
        const [ledger, parked] = [yield* Ledger, yield* ParkedEvents]
        const topic = freshTopic()
        const second = ended(topic, 5, { ending: "parked", mark: mark(at) }, 2)
        yield* ledger.end([ended(topic, 5)])
        assert.isUndefined(yield* ledger.ending(second.origin))
        const key = `${originKey(second.origin)}#0`
        yield* parked.park([{ key, origin: second.origin, event: {}, names: [], parkedAt: at }], [second])
        assert.deepStrictEqual(yield* ledger.ending(second.origin), second)
        const orphans = yield* parked.orphans({ limit: 1000, parkedBefore: at + 1, except: [] })
        assert.deepStrictEqual(orphans.find((it) => it.key === key)?.origin, second.origin)
        assert.strictEqual(key, `${topic}/0/5~2#0`)
        yield* parked.unpark([key], [second.origin])
        assert.strictEqual((yield* ledger.ending(second.origin))?.ending, "dead_letter")
        assert.strictEqual((yield* ledger.ending(ended(topic, 5).origin))?.ending, "response")
      })
    )

    it.effect("SPEC 9.10: a log is known from its first offset to its highest ending or gap", () =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        const topic = freshTopic()
        assert.deepStrictEqual(yield* ledger.logs([topic]), [])
        yield* ledger.beginLedger([{ topic, partition: 0, offset: 10 }])
        assert.deepStrictEqual(yield* ledger.logs([topic]), [log(topic, { first: 10, reached: 10, open: 10 })])
        yield* ledger.end([
          ended(topic, 10, { mark: mark(at - 9), ending: "skipped" }),
          ended(topic, 11, { mark: mark(at + 5) }),
          ended(topic, 12, { mark: mark(-1) }),
          ended(topic, 14, { mark: mark(at + 4) })
        ])
        const known = log(topic, { first: 10, reached: 15, open: 10, since: at + 4 })
        assert.deepStrictEqual(yield* ledger.logs([topic]), [known])
        yield* ledger.passOver({ topic, partition: 0, first: 15, next: 17 })
        yield* ledger.readFrom("cluster", [known])
        const read = { ...known, reached: 17, cluster: "cluster" }
        assert.deepStrictEqual(yield* ledger.logs([topic]), [read])
        yield* ledger.account([{ topic, partition: 0, offset: 17 }])
        assert.deepStrictEqual(yield* ledger.logs([topic]), [{ ...read, open: 13 }])
        yield* ledger.end([ended(topic, 13, { mark: mark(at) })])
        yield* ledger.account([{ topic, partition: 0, offset: 17 }])
        // Once counted, the oldest record stays known after its row is deleted.
        yield* ledger.pruneEndings(at + 1, 100)
        assert.deepStrictEqual(yield* ledger.logs([topic]), [{ ...read, open: 17, since: at }])
      })
    )

    it.effect(
      "SPEC 9.10: of two processes that begin a later log exactly one does; each log is counted separately",
      () =>
        Effect.gen(function* () {
          const ledger = yield* Ledger
          const topic = freshTopic()
          yield* ledger.beginLedger([{ topic, partition: 0, offset: 0 }])
          yield* ledger.end([0, 1, 2].map((offset) => ended(topic, offset)))
          yield* ledger.beginLog(later(topic, 1, "cut"))
          yield* ledger.beginLog(later(topic, 2))
          const second: KnownLog = { ...later(topic, 1, "cut"), reached: 1, open: 1 }
          assert.deepStrictEqual(yield* ledger.logs([topic]), [log(topic, { reached: 3 }), second])
          yield* ledger.end([ended(topic, 1, { ending: "skipped" }, 2)])
          yield* ledger.passOver({ topic, partition: 0, first: 2, next: 3, generation: 2 })
          const accounts = yield* ledger.account([
            { topic, partition: 0, offset: 3 },
            { topic, partition: 0, offset: 4, generation: 2 }
          ])
          const counts = { topic, partition: 0, unaccounted: 0, missing: [], undelivered: 0, skipped: 0, ahead: 0 }
          assert.deepStrictEqual(
            accounts.toSorted((a, b) => a.first - b.first),
            [
              { ...counts, first: 0, next: 3, ended: 3 },
              {
                ...counts,
                generation: 2,
                first: 1,
                next: 4,
                ended: 0,
                skipped: 1,
                undelivered: 1,
                unaccounted: 1,
                missing: [{ topic, partition: 0, first: 3, next: 4 }]
              }
            ]
          )
          assert.strictEqual(yield* ledger.pruneEndings(at + 1, 100), 4)
        })
    )

    it.effect(
      "SPEC 9.10: records that the group has committed ahead of the ledger are reported until they have an ending",
      () =>
        Effect.gen(function* () {
          const ledger = yield* Ledger
          const topic = freshTopic()
          yield* ledger.beginLedger([{ topic, partition: 0, offset: 0 }])
          yield* ledger.end([ended(topic, 0)])
          const range = { topic, partition: 0, first: 1, next: 4 }
          const before = yield* ledger.ahead
          yield* ledger.noteAhead(range)
          yield* ledger.noteAhead(range)
          assert.strictEqual((yield* ledger.ahead) - before, 3)
          yield* ledger.account([{ topic, partition: 0, offset: 4 }])
          assert.strictEqual((yield* ledger.logs([topic]))[0]?.reached, 1)
          const aheadAt = (offset: number) =>
            Effect.map(ledger.account([{ topic, partition: 0, offset }]), ([account]) => [
              account?.ahead,
              account?.unaccounted
            ])
          yield* ledger.end([ended(topic, 4)])
          assert.deepStrictEqual(yield* aheadAt(6), [3, 4])
          yield* ledger.end([ended(topic, 2)])
          assert.deepStrictEqual(yield* aheadAt(6), [2, 3])
          assert.strictEqual((yield* ledger.ahead) - before, 2)
        })
    )
  })
