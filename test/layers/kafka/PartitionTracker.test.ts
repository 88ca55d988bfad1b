import { assert, it } from "@effect/vitest"
import { Effect } from "effect"

import { RecordHeaders } from "../../../src/domain/record/RecordHeaders.ts"
import type { KeyedScheduler } from "../../../src/layers/kafka/KeyedScheduler.ts"
import type { Task } from "../../../src/layers/kafka/KeyedScheduler.ts"
import { makePartitionTracker } from "../../../src/layers/kafka/PartitionTracker.ts"
import type { KafkaRecord } from "../../../src/services/Kafka.ts"

const record = (offset: number, partition = 0): KafkaRecord => ({
  topic: "topic",
  partition,
  offset,
  timestamp: 0,
  key: null,
  value: null,
  headers: RecordHeaders.none
})

const records = (from: number, count: number, partition = 0) =>
  Array.from({ length: count }, (_, at) => record(from + at, partition))

const setUp = (maxInFlight = 2) => {
  const tasks: Array<Task> = []
  const room: Array<string> = []
  const scheduler: KeyedScheduler = {
    offer: (task) => void tasks.push(task),
    unfinished: () => tasks.length,
    disown: () => {},
    stop: () => Effect.void
  }
  const receive = () => ({ key: undefined, run: Effect.void })
  const on = { room: (topic: string, partition: number) => void room.push(`${topic}/${partition}`), ended: () => {} }
  const intake = makePartitionTracker({ maxInFlight, receive, onGap: () => Effect.void }, scheduler, on)
  const end = (offset: number, partition = 0) => {
    const task = tasks.findLast((it) => it.offset === offset && it.partition === partition)
    if (task?.owner.live) task.owner.ended(offset)
  }
  const commits = () => intake.commits().map(({ partition, offset }) => [partition, offset])
  return { intake, tasks, room, end, commits }
}

it("DESIGN Kafka intake: a partition is full at four times the records at work, and has room again at three", () => {
  const { intake, room, end } = setUp(2)
  intake.assign({ topic: [0] }, false)
  intake.accept("topic", 0, 0, records(0, 7), 7)
  assert.isFalse(intake.isFull("topic", 0))
  intake.accept("topic", 0, 7, records(7, 1), 8)
  assert.isTrue(intake.isFull("topic", 0))
  end(5)
  assert.deepStrictEqual([intake.isFull("topic", 0), room], [true, []])
  end(3)
  assert.deepStrictEqual([intake.isFull("topic", 0), room], [false, ["topic/0"]])
})

it("DESIGN Kafka intake: a partition with 100,000 records ended behind a slow one is full until that one ends", () => {
  const { intake, tasks, room } = setUp(50_000)
  intake.assign({ topic: [0] }, false)
  intake.accept("topic", 0, 0, records(0, 100_001), 100_001)
  for (const { owner, offset } of tasks.slice(1)) owner.ended(offset)
  assert.isTrue(intake.isFull("topic", 0))
  tasks[0]?.owner.ended(0)
  assert.deepStrictEqual([intake.isFull("topic", 0), room], [false, ["topic/0"]])
})

it("DESIGN Kafka intake: commits what advanced, once", () => {
  const { intake, end, commits } = setUp()
  intake.assign({ topic: [0, 1] }, false)
  intake.accept("topic", 0, 5, records(5, 3), 8)
  intake.accept("topic", 1, 0, records(0, 1, 1), 1)
  assert.deepStrictEqual(commits(), [])
  end(5)
  end(7)
  const first = intake.commits()
  assert.deepStrictEqual(commits(), [[0, 6]])
  end(0, 1)
  intake.committed(first)
  assert.deepStrictEqual(commits(), [[1, 1]])
})

it("docs/kafka.md: a new generation keeps partitions that are still ours, and ignores the others", () => {
  const { intake, end, commits } = setUp()
  intake.assign({ topic: [0, 1] }, false)
  intake.accept("topic", 0, 0, records(0, 2), 2)
  intake.accept("topic", 1, 0, records(0, 2, 1), 2)
  assert.deepStrictEqual(intake.assign({ topic: [0] }, true), [{ topic: "topic", partition: 0, offset: 2 }])
  end(0, 1)
  end(0)
  assert.deepStrictEqual(commits(), [[0, 1]])
  assert.isFalse(intake.owns("topic", 1))
})

it("docs/kafka.md: a new member id keeps nothing, even of partitions that it gets again", () => {
  const { intake, end, commits, tasks } = setUp()
  intake.assign({ topic: [0] }, true)
  intake.accept("topic", 0, 0, records(0, 2), 2)
  assert.deepStrictEqual(intake.assign({ topic: [0] }, false), [])
  end(0)
  assert.deepStrictEqual(commits(), [])
  intake.accept("topic", 0, 0, records(0, 2), 2)
  assert.strictEqual(tasks.length, 4)
  end(0)
  assert.deepStrictEqual(commits(), [[0, 1]])
})

it("docs/kafka.md: after an offset out of range a partition starts over, even at lower offsets", () => {
  const { intake, end, commits } = setUp()
  intake.assign({ topic: [0] }, false)
  intake.accept("topic", 0, 500, records(500, 1), 501)
  end(500)
  intake.committed(intake.commits())
  intake.begin("topic", 0, { from: 0, is: "same", generations: [{ first: 0, generation: 1 }] })
  intake.accept("topic", 0, 0, records(0, 1), 1)
  end(0)
  assert.deepStrictEqual(commits(), [[0, 1]])
})

it("DESIGN Kafka intake: records that are fetched again do not start again", () => {
  const { intake, tasks } = setUp()
  intake.assign({ topic: [0] }, false)
  intake.accept("topic", 0, 0, records(0, 3), 3)
  intake.accept("topic", 0, 1, records(1, 4), 5)
  assert.deepStrictEqual(
    tasks.map((it) => it.offset),
    [0, 1, 2, 3, 4]
  )
})

it("CONTRACT GET /api/audit: offsets without a record are tracked like a record, from the requested offset on", () => {
  const { intake, tasks, end, commits } = setUp()
  intake.assign({ topic: [0] }, false)
  intake.accept("topic", 0, 3, [record(5), record(6), record(9)], 11)
  assert.deepStrictEqual(
    tasks.map((it) => it.offset),
    [3, 5, 6, 7, 9, 10]
  )
  for (const offset of [5, 6, 9, 10]) end(offset)
  assert.deepStrictEqual(commits(), [])
  end(3)
  assert.deepStrictEqual(commits(), [[0, 7]])
  end(7)
  assert.deepStrictEqual(commits(), [[0, 11]])
})

it("CONTRACT GET /api/audit: offsets that were not requested from the brokers are not a gap", () => {
  const { intake, tasks, end, commits } = setUp()
  intake.assign({ topic: [0] }, false)
  intake.accept("topic", 0, 0, records(0, 2), 2)
  intake.accept("topic", 0, 5, records(5, 1), 6)
  // The request begins before the position. Only new records are taken.
  intake.accept("topic", 0, 4, [record(5), record(7)], 8)
  assert.deepStrictEqual(
    tasks.map((it) => it.offset),
    [0, 1, 5, 6, 7]
  )
  for (const offset of [0, 1, 5, 6, 7]) end(offset)
  assert.deepStrictEqual(commits(), [[0, 8]])
})
