import { assert, layer } from "@effect/vitest"
import { Effect, type Layer } from "effect"

import type { View } from "../../src/domain/views/View.ts"
import { CommunicationIndex } from "../../src/services/CommunicationIndex.ts"
import { type Append, Journal } from "../../src/services/Journal.ts"
import { type Account, type RecordEnding, Ledger } from "../../src/services/Ledger.ts"

const at = 1_763_866_000_123

/** Part of all names of this run, because several runs may share a database. */
const run = crypto.randomUUID()
let counter = 0
const freshTopic = () => `topico ${run} ${counter++}`

const at0 = (topic: string, offset: number) => ({ topic, partition: 0, offset })

const ended = (topic: string, offsets: ReadonlyArray<number>, ending: RecordEnding["ending"] = "response") =>
  offsets.map((offset): RecordEnding => ({ origin: at0(topic, offset), ending, at }))

const gap = (topic: string, first: number, next: number) => ({ topic, partition: 0, first, next })

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

/** The account of the topic's only partition, without its names and with its missing offsets as pairs. */
const accountOf = Effect.fnUntraced(function* (topic: string, position: number) {
  const [account] = yield* (yield* Ledger).account([at0(topic, position)])
  if (account === undefined) return undefined
  const { first, next, ended, skipped, undelivered, unaccounted, missing } = account
  return { first, next, ended, skipped, undelivered, unaccounted, missing: missing.map((it) => [it.first, it.next]) }
})

const expected = (account: Partial<Omit<Account, "missing">>, missing: Array<Array<number>> = []) => ({
  first: 0,
  next: 0,
  ended: 0,
  skipped: 0,
  undelivered: 0,
  unaccounted: 0,
  ...account,
  missing
})

/** How every layer of `Ledger` counts the endings of records (CONTRACT `GET /api/audit`). */
export const journalLedgerContract = (
  name: string,
  journal: Layer.Layer<CommunicationIndex | Journal | Ledger, unknown>
): void =>
  layer(journal, { timeout: "60 seconds" })(`Journal, ledger: ${name}`, (it) => {
    it.effect("CONTRACT GET /api/audit: every ending counts, skips separately, and nothing is missing", () =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        const topic = freshTopic()
        yield* ledger.beginLedger([at0(topic, 0)])
        const endings = ["response", "repeat", "refused", "dead_letter", "skipped", "parked"] as const
        yield* ledger.end(endings.flatMap((ending, offset) => ended(topic, [offset], ending)))
        assert.deepStrictEqual(yield* accountOf(topic, 6), expected({ next: 6, ended: 5, skipped: 1 }))
      })
    )

    it.effect("CONTRACT GET /api/audit: offsets without an ending are named until they have one", () =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        const topic = freshTopic()
        yield* ledger.beginLedger([at0(topic, 10)])
        yield* ledger.end(ended(topic, [10, 12, 13, 16, 20]))
        const missing = [
          [11, 12],
          [14, 16],
          [17, 19]
        ]
        const found = expected({ first: 10, next: 19, ended: 4, unaccounted: 5 }, missing)
        assert.deepStrictEqual(yield* accountOf(topic, 19), found)
        assert.deepStrictEqual(yield* accountOf(topic, 19), found)
        yield* ledger.end([...ended(topic, [11, 15, 18], "skipped"), ...ended(topic, [17])])
        assert.deepStrictEqual(
          yield* accountOf(topic, 21),
          expected({ first: 10, next: 21, ended: 6, skipped: 3, unaccounted: 2 }, [
            [14, 15],
            [19, 20]
          ])
        )
      })
    )

    it.effect(
      "CONTRACT GET /api/audit: offsets that Kafka never delivers are not records, however often and in whatever ranges",
      () =>
        Effect.gen(function* () {
          const ledger = yield* Ledger
          const topic = freshTopic()
          yield* ledger.beginLedger([at0(topic, 0)])
          yield* ledger.end(ended(topic, [0, 1, 5, 9]))
          for (const one of [
            gap(topic, 2, 4),
            gap(topic, 2, 5),
            gap(topic, 3, 5),
            gap(topic, 2, 5),
            gap(topic, 8, 12)
          ]) {
            yield* ledger.passOver(one)
          }
          assert.deepStrictEqual(
            yield* accountOf(topic, 10),
            expected({ next: 10, ended: 4, undelivered: 4, unaccounted: 2 }, [[6, 8]])
          )
          // A gap that is reported late: its missing offsets are accounted for, and counting continues behind it.
          yield* ledger.passOver(gap(topic, 6, 8))
          assert.deepStrictEqual(
            yield* accountOf(topic, 13),
            expected({ next: 13, ended: 4, undelivered: 8, unaccounted: 1 }, [[12, 13]])
          )
        })
    )

    it.effect("CONTRACT GET /api/audit: a ledger begins once; no record before it counts, and none without it", () =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        const [topic, other] = [freshTopic(), freshTopic()]
        assert.isUndefined(yield* accountOf(topic, 5))
        yield* ledger.beginLedger([])
        yield* ledger.beginLedger([at0(topic, 5)])
        yield* ledger.beginLedger([at0(topic, 0), at0(other, 3)])
        yield* ledger.end(ended(topic, [2, 5]))
        assert.deepStrictEqual(
          yield* accountOf(topic, 7),
          expected({ first: 5, next: 7, ended: 1, unaccounted: 1 }, [[6, 7]])
        )
        assert.deepStrictEqual(yield* accountOf(other, 1), expected({ first: 3, next: 3 }))
      })
    )

    it.effect("CONTRACT GET /api/audit: a position that was moved back changes nothing", () =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        const topic = freshTopic()
        yield* ledger.beginLedger([at0(topic, 0)])
        yield* ledger.end(ended(topic, [0, 1, 3]))
        const found = expected({ next: 4, ended: 3, unaccounted: 1 }, [[2, 3]])
        assert.deepStrictEqual(yield* accountOf(topic, 4), found)
        assert.deepStrictEqual(yield* accountOf(topic, 1), found)
        assert.deepStrictEqual(yield* accountOf(topic, 4), found)
      })
    )

    it.effect("CONTRACT GET /api/audit: partitions are counted separately, and large offsets and ranges exactly", () =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        const topic = freshTopic()
        const far = 2 ** 40
        const partitions = [0, 1, 2].map((partition) => ({ topic, partition, offset: far }))
        yield* ledger.beginLedger(partitions)
        const record = (partition: number, offset: number): RecordEnding => ({
          origin: { topic, partition, offset },
          ending: "response",
          at
        })
        yield* ledger.end([...numbers(0, 150).map((n) => record(0, far + n)), record(1, far), record(2, far + 2)])
        const accounts = yield* ledger.account(
          [150, 1, 3].map((count, partition) => ({ topic, partition, offset: far + count }))
        )
        assert.deepStrictEqual(
          [...accounts]
            .sort((a, b) => a.partition - b.partition)
            .map((it) => [it.partition, it.ended, it.unaccounted, it.missing]),
          [
            [0, 150, 0, []],
            [1, 1, 0, []],
            [2, 1, 2, [{ topic, partition: 2, first: far, next: far + 2 }]]
          ]
        )
      })
    )

    it.effect("CONTRACT GET /api/audit: of many missing ranges the first 20 are named, and all are counted", () =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        const topic = freshTopic()
        yield* ledger.beginLedger([at0(topic, 0)])
        yield* ledger.end(
          ended(
            topic,
            numbers(0, 100).map((n) => 2 * n)
          )
        )
        const account = yield* accountOf(topic, 200)
        assert.strictEqual(account?.unaccounted, 100)
        assert.deepStrictEqual(
          account?.missing,
          numbers(0, 20).map((n) => [2 * n + 1, 2 * n + 2])
        )
      })
    )

    it.effect(
      "DESIGN The ledger and the watchdog: working communications with an old last fact that wait for no vendor are stalled, the oldest first",
      () =>
        Effect.gen(function* () {
          const journal = yield* Journal
          const communicationIndex = yield* CommunicationIndex
          const past = 1000 * counter++
          const id = (name: string) => `${run} ${name}`
          const append = (
            name: string,
            seq: number,
            status: string,
            updatedAt: number,
            held?: View["held"]
          ): Append => ({
            id: id(name),
            seq,
            facts: [{ _tag: "CaseIntended", at: updatedAt, body: {} }],
            view: { journey: "jornada", status, inDoubt: false, updatedAt, ...(held && { held }) },
            index: [],
            endings: []
          })
          yield* journal.append(append("waits for a Case", 0, "working", past, { servicenow: past }))
          yield* journal.append(append("waits for a message", 0, "working", past, { weni: past }))
          yield* journal.append(append("moved", 0, "working", past))
          yield* journal.append(append("moved", 1, "working", past + 100))
          yield* journal.append(append("younger", 0, "working", past + 2))
          yield* journal.append(append("older", 0, "working", past + 1))
          yield* journal.append(append("over", 0, "working", past))
          yield* journal.append(append("over", 1, "success", past))
          yield* journal.append(append("adopted", 0, "adopted", past))
          assert.deepStrictEqual(yield* communicationIndex.stalled(past + 100, 10), [id("older"), id("younger")])
          assert.deepStrictEqual(yield* communicationIndex.stalled(past + 101, 10), [
            id("older"),
            id("younger"),
            id("moved")
          ])
          assert.deepStrictEqual(yield* communicationIndex.stalled(past + 101, 1), [id("older")])
        })
    )
  })
