import { assert, type Vitest } from "@effect/vitest"
import { Effect, Latch } from "effect"

import { type AssignedPartition, type OffsetRange } from "../../src/services/Kafka.ts"
import {
  collect,
  committedIs,
  eventually,
  fresh,
  freshTopic,
  KafkaBench,
  openMember,
  readOn,
  record
} from "./kafkaBench.ts"

const ignore = () => ({ key: undefined, run: Effect.void })

const produce = (topic: string, value: string) =>
  KafkaBench.use((bench) => bench.produce(record(topic, null, value, 0)))
const transact = (topic: string, value: string, end: "commit" | "abort") =>
  KafkaBench.use((bench) => bench.transact({ ...record(topic, null, value), partition: 0 }, end))

/** Offsets of all ranges, in order, each once. */
const offsetsOf = (gaps: ReadonlyArray<OffsetRange>) =>
  [...new Set(gaps.flatMap(({ first, next }) => Array.from({ length: next - first }, (_, at) => first + at)))].sort(
    (a, b) => a - b
  )

/** What consumers report for the ledger of records (CONTRACT `GET /api/audit`). */
export const gaps = (it: Vitest.MethodsNonLive<KafkaBench>): void => {
  it.effect(
    "CONTRACT GET /api/audit: the group's position is reported, and nothing is read before that is accepted",
    () =>
      Effect.gen(function* () {
        const topic = yield* freshTopic(2)
        const group = fresh("group")
        const seen: Array<string> = []
        const begins: Array<AssignedPartition> = []
        const taken = yield* Latch.make()
        const options = {
          topics: [topic],
          group,
          receive: collect(seen),
          onAssigned: <E>(assigned: AssignedPartition, commit: (next: number) => Effect.Effect<void, E>) => {
            begins.push(assigned)
            return Effect.andThen(taken.await, readOn(assigned, commit))
          }
        }
        for (const value of ["0", "1", "2"]) yield* produce(topic, value)
        const first = yield* openMember(options, false)
        yield* eventually(
          "told",
          Effect.sync(() => begins.length),
          (count) => count === 2
        )
        assert.deepStrictEqual(seen, [])
        const cluster = begins[0]?.cluster ?? ""
        assert.notStrictEqual(cluster, "")
        const place = { topic, cluster, committed: undefined, earliest: 0, start: 0, isReading: false }
        assert.deepStrictEqual(
          begins.toSorted((a, b) => a.partition - b.partition),
          [
            { ...place, partition: 0, end: 3 },
            { ...place, partition: 1, end: 0 }
          ]
        )
        yield* taken.open
        yield* committedIs(group, topic, [3, 0])
        yield* first.close
        begins.splice(0)
        yield* openMember(options)
        yield* eventually(
          "told again",
          Effect.sync(() => begins.find(({ partition }) => partition === 0)),
          (assigned) => assigned?.start === 3 && assigned.committed === 3
        )
      })
  )

  it.effect("CONTRACT KAFKA_START_AT: a group that starts at the end reports that position", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(1)
      const begins: Array<AssignedPartition> = []
      yield* produce(topic, "0")
      yield* openMember({
        topics: [topic],
        group: fresh("group"),
        kafka: { startAt: "latest" },
        receive: ignore,
        onAssigned: (assigned, commit) => {
          begins.push(assigned)
          return readOn(assigned, commit)
        }
      })
      yield* eventually(
        "told",
        Effect.sync(() => begins.length),
        (count) => count > 0
      )
      assert.deepStrictEqual(
        begins.map(({ start }) => start),
        [1]
      )
    })
  )

  it.effect(
    "CONTRACT GET /api/audit: undelivered offsets are reported, and not committed before that is accepted",
    () =>
      Effect.gen(function* () {
        const topic = yield* freshTopic(1)
        const group = fresh("group")
        const [seen, found]: [Array<string>, Array<OffsetRange>] = [[], []]
        const taken = yield* Latch.make()
        yield* transact(topic, "0", "commit")
        yield* transact(topic, "aborted", "abort")
        yield* produce(topic, "4")
        yield* openMember({
          topics: [topic],
          group,
          receive: collect(seen),
          onGap: (gap) =>
            Effect.andThen(
              Effect.sync(() => void found.push(gap)),
              taken.await
            )
        })
        yield* eventually(
          "both read",
          Effect.sync(() => seen.length),
          (count) => count === 2
        )
        assert.deepStrictEqual(seen, ["0", "4"])
        yield* committedIs(group, topic, [1])
        yield* taken.open
        yield* committedIs(group, topic, [5])
        assert.deepStrictEqual(offsetsOf(found), [1, 2, 3])
      })
  )

  it.effect.each([0, 1])(
    "CONTRACT GET /api/audit: a gap that was not accepted is reported again, with %i records behind it",
    (behind) =>
      Effect.gen(function* () {
        const topic = yield* freshTopic(1)
        const group = fresh("group")
        const found: Array<OffsetRange> = []
        yield* transact(topic, "0", "commit")
        yield* transact(topic, "aborted", "abort")
        for (let count = 0; count < behind; count++) yield* produce(topic, "4")
        const dying = { topics: [topic], group, drain: 0, receive: ignore, onGap: () => Effect.never }
        const first = yield* openMember(dying)
        yield* committedIs(group, topic, [1])
        yield* first.close
        yield* openMember({
          topics: [topic],
          group,
          receive: ignore,
          onGap: (gap) => Effect.sync(() => void found.push(gap))
        })
        yield* committedIs(group, topic, [4 + behind])
        assert.deepStrictEqual(offsetsOf(found), [1, 2, 3])
      })
  )

  it.effect("CONTRACT GET /api/audit: records deleted before they were read are not a gap", () =>
    Effect.gen(function* () {
      const topic = yield* freshTopic(1)
      const group = fresh("group")
      const [seen, found]: [Array<string>, Array<OffsetRange>] = [[], []]
      const options = {
        topics: [topic],
        group,
        receive: collect(seen),
        onGap: (gap: OffsetRange) => Effect.sync(() => void found.push(gap))
      }
      yield* produce(topic, "0")
      const first = yield* openMember(options)
      yield* committedIs(group, topic, [1])
      yield* first.close
      for (const value of ["1", "2", "3"]) yield* produce(topic, value)
      yield* KafkaBench.use((bench) => bench.deleteBefore(topic, 0, 3))
      const { kafka } = yield* openMember(options)
      yield* committedIs(group, topic, [4])
      assert.deepStrictEqual(seen, ["0", "3"])
      assert.deepStrictEqual(found, [])
      const [position] = yield* kafka.positions([topic])
      const cluster = position?.cluster ?? ""
      assert.notStrictEqual(cluster, "")
      assert.deepStrictEqual(position, { topic, partition: 0, committed: 4, earliest: 3, end: 4, cluster })
    })
  )
}
