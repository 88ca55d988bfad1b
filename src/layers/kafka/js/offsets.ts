import { Effect } from "effect"
import type { OffsetsByTopicPartition } from "kafkajs"

import type { PartitionPosition, UnreachedPartitions } from "../../../services/Kafka.ts"
import type { KafkaSettings } from "../../../services/Settings.ts"
import { countFailedCommit } from "../../../telemetry/metrics.ts"
import type { PartitionTracker, Position } from "../PartitionTracker.ts"
import { type Admin, BrokerFailure, failureOf } from "./Admin.ts"
import type { MemberState } from "./MemberState.ts"
import { fetchRanges, unreachedText } from "./ranges.ts"
import type { ThrottledWarning } from "./ThrottledWarning.ts"

const unreachedFailure = (unreached: ReadonlyArray<UnreachedPartitions>) =>
  new BrokerFailure({ code: "Unreached", detail: unreachedText(unreached) })

const unanswered = (key: string) => `the brokers did not say what the group has committed of ${key}`

/** What a commit carries that says where the group starts (`starts.ts`), and not how far it has come. */
export const START = "start"

/** An offset that the group has committed. */
interface Committed {
  readonly offset: number
  /** The group starts here, and has read nothing yet. */
  readonly isStart: boolean
}

/** How far the group has come. `undefined` if it has read nothing, wherever it starts. */
export const readTo = (committed: Committed | undefined): number | undefined =>
  committed?.isStart === false ? committed.offset : undefined

/** The topic of a `topic/partition`. */
export const topicOf = (key: string): string => key.slice(0, key.lastIndexOf("/"))

/**
 * Returns the offsets that the group has committed of these topics, by `topic/partition`; `undefined` if the brokers
 * report none. Fails if the brokers report nothing about a partition of `expected`: the admin may not know it yet, and
 * reconnects.
 */
export const committedOffsets = (
  admin: Admin,
  groupId: string,
  topics: ReadonlyArray<string>,
  expected: ReadonlyArray<{ readonly topic: string; readonly partition: number }> = []
): Effect.Effect<ReadonlyMap<string, Committed | undefined>, BrokerFailure> =>
  admin.use(async (it) => {
    const answer = await it.fetchOffsets({ groupId, topics: [...topics] })
    const offsets = new Map(
      answer.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset, metadata }): [string, Committed | undefined] => [
          `${topic}/${partition}`,
          Number(offset) < 0 ? undefined : { offset: Number(offset), isStart: metadata === START }
        ])
      )
    )
    const unreported = expected.map(({ topic, partition }) => `${topic}/${partition}`).find((key) => !offsets.has(key))
    if (unreported !== undefined) throw new Error(unanswered(unreported))
    return offsets
  })

/** The group's positions on the partitions whose leaders answer, and the partitions of the others. */
export interface Positions {
  readonly positions: ReadonlyArray<PartitionPosition>
  readonly unreached: ReadonlyArray<UnreachedPartitions>
  /** The topics for which the group has committed an offset, or where it starts. */
  readonly known: ReadonlySet<string>
  /** Where partitions start that the group has not read yet, by `topic/partition`, where that is fixed. */
  readonly fixed: ReadonlyMap<string, number>
}

/** Returns the group's positions on these topics. Fails if no broker answers, or if none answers for the group. */
export const fetchPositions = Effect.fnUntraced(function* (
  admin: Admin,
  groupId: string,
  topics: ReadonlyArray<string>
): Effect.fn.Return<Positions, BrokerFailure> {
  const committed = yield* committedOffsets(admin, groupId, topics)
  const { clusterId: cluster } = yield* admin.use((it) => it.describeCluster())
  const { ranges, unreached } = yield* fetchRanges(admin, topics)
  const unreported = ranges.map(({ partition, topic }) => `${topic}/${partition}`).find((key) => !committed.has(key))
  if (unreported !== undefined) {
    return yield* new BrokerFailure({ code: "Error", detail: unanswered(unreported) })
  }
  const positions = ranges.map(({ earliest, end, partition, topic }): PartitionPosition => {
    const at = committed.get(`${topic}/${partition}`)
    return { topic, partition, committed: readTo(at), earliest, end, cluster }
  })
  const known = topics.filter((topic) =>
    [...committed].some(([key, offset]) => offset !== undefined && topicOf(key) === topic)
  )
  const fixed = [...committed].flatMap(([key, at]): Array<[string, number]> =>
    at?.isStart === true ? [[key, at.offset]] : []
  )
  return { positions, unreached, known: new Set(known), fixed: new Map(fixed) }
})

/** Returns the group's positions on these topics. Also fails if none of their leaders answers. */
export const fetchSomePositions = Effect.fnUntraced(function* (
  admin: Admin,
  groupId: string,
  topics: ReadonlyArray<string>
) {
  const found = yield* fetchPositions(admin, groupId, topics)
  const isNone = found.positions.length === 0 && found.unreached.length > 0
  return isNone ? yield* unreachedFailure(found.unreached) : found
})

/**
 * Returns the group's position on every partition of these topics, or only on the partition of this number. Fails if one
 * of their leaders does not answer.
 */
export const fetchAllPositions = Effect.fnUntraced(function* (
  admin: Admin,
  groupId: string,
  topics: ReadonlyArray<string>,
  partition?: number
) {
  const { positions, unreached } = yield* fetchPositions(admin, groupId, topics)
  const isWanted = (it: number) => partition === undefined || it === partition
  const missing = unreached.flatMap(({ partitions, reason, topic }) => {
    const wanted = partitions.filter(isWanted)
    return wanted.length === 0 ? [] : [{ topic, partitions: wanted, reason }]
  })
  return missing.length === 0 ? positions.filter((it) => isWanted(it.partition)) : yield* unreachedFailure(missing)
})

/**
 * Returns where the group starts on topics for which it has committed nothing at all, by `topic/partition` (CONTRACT
 * `KAFKA_START_AT`), and where it was fixed that it starts. A single partition without an offset was added later, so it is read from its beginning.
 */
export const startPositions = Effect.fnUntraced(function* (
  admin: Admin,
  startAt: KafkaSettings["startAt"],
  { fixed, known, positions, unreached }: Positions
): Effect.fn.Return<Map<string, number>, BrokerFailure> {
  const starts = new Map(fixed)
  if (startAt === "earliest") return starts
  // Without its start, a partition would be read from its beginning once its leader answers.
  const startless = unreached.filter(({ topic }) => !known.has(topic))
  if (startless.length > 0) return yield* unreachedFailure(startless)
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

/** Counts the records between the group's position, or its start, and the end. */
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

/** Keeps the partitions whose leaders do not answer, for the status. Logs them while there are some. */
export const noteUnreached = (
  state: MemberState,
  unreached: ReadonlyArray<UnreachedPartitions>
): Effect.Effect<void> => {
  state.unreached = unreached
  return unreached.length === 0 ? state.unreachable.over : state.unreachable.about(unreachedText(unreached))
}

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
    // Read before the brokers are asked, because a log grows meanwhile.
    const read = new Map(tracker.positions().map(({ offset, partition, topic }) => [`${topic}/${partition}`, offset]))
    const { fixed, positions, unreached } = yield* fetchPositions(admin, groupId, topics)
    yield* noteUnreached(state, unreached)
    // For a partition that is not being read, this is the only sign of a log that ends before the reading position.
    if (positions.some(({ end, partition, topic }) => end < (read.get(`${topic}/${partition}`) ?? 0))) state.settle()
    const measured = positions
      .filter((it) => tracker.owns(it.topic, it.partition))
      .map(({ topic, partition, earliest, end, committed }) => ({
        topic,
        partition,
        lag: Math.max(0, end - Math.max(earliest, committed ?? fixed.get(`${topic}/${partition}`) ?? earliest))
      }))
    // The lag of a partition that no leader answers for is at least the last known one.
    const isUnreached = (topic: string, partition: number) =>
      unreached.some((it) => it.topic === topic && it.partitions.includes(partition))
    const kept = state.lag.filter(
      ({ partition, topic }) => tracker.owns(topic, partition) && isUnreached(topic, partition)
    )
    state.lag = [...measured, ...kept]
  })
  const ping = Effect.asVoid(admin.use((it) => it.listTopics()))
  return Effect.suspend(() => (state.joined || state.commit !== undefined ? measure : ping)).pipe(
    Effect.andThen(outage.over),
    Effect.catch((failure) => outage.about(failure.message)),
    Effect.andThen(Effect.sleep(EVERY)),
    Effect.forever
  )
}
