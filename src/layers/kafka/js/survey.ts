import { Effect } from "effect"

import type { PartitionPosition } from "../../../services/Kafka.ts"
import type { KafkaSettings } from "../../../services/Settings.ts"
import type { Admin } from "./Admin.ts"
import type { BrokerFailure } from "./failure.ts"

/** What the group has committed of these topics, by `topic/partition`. */
export const committedOffsets = Effect.fnUntraced(function* (
  admin: Admin,
  groupId: string,
  topics: ReadonlyArray<string>
): Effect.fn.Return<ReadonlyMap<string, number>, BrokerFailure> {
  const answer = yield* admin.use((it) => it.fetchOffsets({ groupId, topics: [...topics] }))
  const entries = answer.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, offset }): [string, number] => [`${topic}/${partition}`, Number(offset)])
  )
  return new Map(entries.filter(([, offset]) => offset >= 0))
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
      const at = committed.get(`${topic}/${partition}`)
      all.push({ topic, partition, committed: at, earliest: Number(low), end: Number(high) })
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
