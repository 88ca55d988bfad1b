import { Effect } from "effect"

import type { PartitionPosition } from "../../../services/Kafka.ts"
import type { KafkaSettings } from "../../../services/Settings.ts"
import type { Admin } from "./Admin.ts"
import { BrokerFailure } from "./failure.ts"

const unanswered = (key: string) => `the brokers did not say what the group has committed of ${key}`

/**
 * What the group has committed of these topics, by `topic/partition`; `undefined` where the brokers say that it is nothing.
 * Fails where they say nothing of a partition that is wanted: the admin may not know of it yet, and is connected anew.
 */
export const committedOffsets = (
  admin: Admin,
  groupId: string,
  topics: ReadonlyArray<string>,
  wanted: ReadonlyArray<{ readonly topic: string; readonly partition: number }> = []
): Effect.Effect<ReadonlyMap<string, number | undefined>, BrokerFailure> =>
  admin.use(async (it) => {
    const answer = await it.fetchOffsets({ groupId, topics: [...topics] })
    const offsets = new Map(
      answer.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }): [string, number | undefined] => [
          `${topic}/${partition}`,
          Number(offset) < 0 ? undefined : Number(offset)
        ])
      )
    )
    const silent = wanted.map(({ topic, partition }) => `${topic}/${partition}`).find((key) => !offsets.has(key))
    if (silent !== undefined) throw new Error(unanswered(silent))
    return offsets
  })

/** Where the group stands on every partition of these topics. */
export const survey = Effect.fnUntraced(function* (
  admin: Admin,
  groupId: string,
  topics: ReadonlyArray<string>
): Effect.fn.Return<ReadonlyArray<PartitionPosition>, BrokerFailure> {
  const committed = yield* committedOffsets(admin, groupId, topics)
  const all: Array<PartitionPosition> = []
  for (const topic of topics) {
    for (const { partition, low, high } of yield* admin.use((it) => it.fetchTopicOffsets(topic))) {
      const key = `${topic}/${partition}`
      if (!committed.has(key)) return yield* new BrokerFailure({ code: "Unanswered", detail: unanswered(key) })
      all.push({ topic, partition, committed: committed.get(key), earliest: Number(low), end: Number(high) })
    }
  }
  return all
})

/**
 * Where the group is to begin on topics of which it has committed nothing at all, by `topic/partition` (CONTRACT
 * `KAFKA_START_AT`). A single partition without an offset was added later: it is read from its beginning.
 */
export const startPositions = Effect.fnUntraced(function* (
  admin: Admin,
  startAt: KafkaSettings["startAt"],
  surveyed: ReadonlyArray<PartitionPosition>
): Effect.fn.Return<Map<string, number>, BrokerFailure> {
  const starts = new Map<string, number>()
  if (startAt === "earliest") return starts
  const known = new Set(surveyed.filter((it) => it.committed !== undefined).map((it) => it.topic))
  for (const { topic, partition, end } of surveyed) {
    if (!known.has(topic)) starts.set(`${topic}/${partition}`, end)
  }
  if (startAt === "latest") return starts
  for (const topic of new Set(surveyed.map((it) => it.topic))) {
    if (known.has(topic)) continue
    for (const { partition, offset } of yield* admin.use((it) => it.fetchTopicOffsetsByTimestamp(topic, startAt))) {
      starts.set(`${topic}/${partition}`, Number(offset))
    }
  }
  return starts
})

/** Records between where the group stands, or is to begin, and the end. */
export const recordsAhead = (surveyed: ReadonlyArray<PartitionPosition>, starts: ReadonlyMap<string, number>): number =>
  surveyed.reduce((sum, it) => {
    const from = it.committed ?? starts.get(`${it.topic}/${it.partition}`) ?? it.earliest
    return sum + Math.max(0, it.end - Math.max(from, it.earliest))
  }, 0)
