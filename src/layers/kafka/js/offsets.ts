import { Effect } from "effect"
import type { OffsetsByTopicPartition } from "kafkajs"

import type { PartitionPosition } from "../../../services/Kafka.ts"
import type { KafkaSettings } from "../../../services/Settings.ts"
import { countFailedCommit } from "../../../telemetry/metrics.ts"
import type { PartitionTracker, Position } from "../PartitionTracker.ts"
import { type Admin, BrokerFailure, failureOf } from "./Admin.ts"
import type { MemberState } from "./MemberState.ts"
import type { ThrottledWarning } from "./ThrottledWarning.ts"

const unanswered = (key: string) => `the brokers did not say what the group has committed of ${key}`

/**
 * Returns the offsets that the group has committed of these topics, by `topic/partition`; `undefined` where the brokers
 * report none. Fails if the brokers report nothing about a partition of `expected`: the admin may not know it yet, and
 * reconnects.
 */
export const committedOffsets = (
  admin: Admin,
  groupId: string,
  topics: ReadonlyArray<string>,
  expected: ReadonlyArray<{ readonly topic: string; readonly partition: number }> = []
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
    const unreported = expected.map(({ topic, partition }) => `${topic}/${partition}`).find((key) => !offsets.has(key))
    if (unreported !== undefined) throw new Error(unanswered(unreported))
    return offsets
  })

/** Returns the group's position on every partition of these topics. */
export const fetchPositions = Effect.fnUntraced(function* (
  admin: Admin,
  groupId: string,
  topics: ReadonlyArray<string>
): Effect.fn.Return<ReadonlyArray<PartitionPosition>, BrokerFailure> {
  const committed = yield* committedOffsets(admin, groupId, topics)
  const { clusterId: cluster } = yield* admin.use((it) => it.describeCluster())
  const all: Array<PartitionPosition> = []
  for (const topic of topics) {
    const offsets = yield* admin.use(async (it) => {
      const found = await it.fetchTopicOffsets(topic)
      const unreported = found.map(({ partition }) => `${topic}/${partition}`).find((key) => !committed.has(key))
      if (unreported !== undefined) throw new Error(unanswered(unreported))
      return found
    })
    for (const { partition, low, high } of offsets) {
      const at = committed.get(`${topic}/${partition}`)
      all.push({ topic, partition, committed: at, earliest: Number(low), end: Number(high), cluster })
    }
  }
  return all
})

/**
 * Returns where the group starts on topics of which it has committed nothing at all, by `topic/partition` (CONTRACT
 * `KAFKA_START_AT`). A single partition without an offset was added later, so it is read from its beginning.
 */
export const startPositions = Effect.fnUntraced(function* (
  admin: Admin,
  startAt: KafkaSettings["startAt"],
  positions: ReadonlyArray<PartitionPosition>
): Effect.fn.Return<Map<string, number>, BrokerFailure> {
  const starts = new Map<string, number>()
  if (startAt === "earliest") return starts
  const known = new Set(positions.filter((it) => it.committed !== undefined).map((it) => it.topic))
  for (const { topic, partition, end } of positions) {
    if (!known.has(topic)) starts.set(`${topic}/${partition}`, end)
  }
  if (startAt === "latest") return starts
  for (const topic of new Set(positions.map((it) => it.topic))) {
    if (known.has(topic)) continue
    for (const { partition, offset } of yield* admin.use((it) => it.fetchTopicOffsetsByTimestamp(topic, startAt))) {
      starts.set(`${topic}/${partition}`, Number(offset))
    }
  }
  return starts
})

/** Counts the records between where the group stands, or is to start, and the end. */
export const recordsAhead = (
  positions: ReadonlyArray<PartitionPosition>,
  starts: ReadonlyMap<string, number>
): number =>
  positions.reduce((sum, it) => {
    const from = it.committed ?? starts.get(`${it.topic}/${it.partition}`) ?? it.earliest
    return sum + Math.max(0, it.end - Math.max(from, it.earliest))
  }, 0)

/** Groups positions by topic, as a batch commits them. */
const byTopic = (positions: ReadonlyArray<Position>) =>
  [...new Set(positions.map((it) => it.topic))].map((topic) => ({
    topic,
    partitions: positions
      .filter((it) => it.topic === topic)
      .map(({ partition, offset }) => ({ partition, offset: String(offset) }))
  }))

/** Lists offsets by partition, as a consumer commits them. A batch commits them by topic. */
export const positionsOf = (offsets: OffsetsByTopicPartition | undefined) =>
  (offsets?.topics ?? []).flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, offset }) => ({ topic, partition, offset }))
  )

const PATIENCE = 10_000

/** Counts and logs a commit that failed. Its records have ended, and would be delivered again after a restart. */
const reportFailedCommit = Effect.fnUntraced(function* ({ failedCommits }: MemberState, failure: BrokerFailure) {
  yield* countFailedCommit(failure.code)
  yield* failedCommits.about(failure.message)
})

/**
 * Commits the positions of ended records, in the generation in which they were read. The broker accepts a commit for a
 * partition that was lost, so only our own epoch prevents one (docs/kafka.md). Returns true when nothing is left to commit.
 */
export const commitEnded = Effect.fnUntraced(function* (tracker: PartitionTracker, state: MemberState) {
  const commits = tracker.commits()
  if (commits.length === 0) return true
  const { commit, epoch } = state
  if (commit === undefined) return false
  const silence = () => Effect.fail(new BrokerFailure({ code: "Timeout", detail: `no answer in ${PATIENCE} ms` }))
  return yield* Effect.tryPromise({ try: () => commit({ topics: byTopic(commits) }), catch: failureOf }).pipe(
    Effect.timeoutOrElse({ duration: PATIENCE, orElse: silence }),
    Effect.andThen(state.failedCommits.over),
    Effect.map(() => {
      if (epoch === state.epoch) tracker.committed(commits)
      return true
    }),
    Effect.catch((failure) => Effect.as(reportFailedCommit(state, failure), false))
  )
})

const EVERY = 10_000

/**
 * Queries every 10 s how far behind our partitions are, and reports brokers that do not answer. Between sessions it
 * only checks that they answer, because the topics may not exist.
 */
export const watchLag = (
  admin: Admin,
  groupId: string,
  topics: ReadonlyArray<string>,
  tracker: PartitionTracker,
  state: MemberState,
  outage: ThrottledWarning
) => {
  const measure = Effect.gen(function* () {
    // Read before the brokers are asked, because a log goes on meanwhile.
    const read = new Map(tracker.positions().map(({ offset, partition, topic }) => [`${topic}/${partition}`, offset]))
    const positions = yield* fetchPositions(admin, groupId, topics)
    // A partition that is not read at the moment has no other sign of a log that ends before what was read of it.
    if (positions.some(({ end, partition, topic }) => end < (read.get(`${topic}/${partition}`) ?? 0))) state.settle()
    state.lag = positions
      .filter((it) => tracker.owns(it.topic, it.partition))
      .map(({ topic, partition, earliest, end, committed }) => ({
        topic,
        partition,
        lag: Math.max(0, end - Math.max(earliest, committed ?? earliest))
      }))
  })
  const ping = Effect.asVoid(admin.use((it) => it.listTopics()))
  return Effect.suspend(() => (state.joined || state.commit !== undefined ? measure : ping)).pipe(
    Effect.andThen(outage.over),
    Effect.catch((failure) => outage.about(failure.message)),
    Effect.andThen(Effect.sleep(EVERY)),
    Effect.forever
  )
}
