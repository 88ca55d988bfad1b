import { Effect } from "effect"
import type { OffsetsByTopicPartition, Consumer } from "kafkajs"

import type { PartitionPosition } from "../../../services/Kafka.ts"
import type { KafkaSettings } from "../../../services/Settings.ts"
import type { PartitionTracker, Position } from "../PartitionTracker.ts"
import { type Admin, BrokerFailure, failureOf } from "./Admin.ts"
import type { MemberState } from "./MemberState.ts"
import type { ThrottledWarning } from "./ThrottledWarning.ts"

const unanswered = (key: string) => `the brokers did not say what the group has committed of ${key}`

/**
 * What the group has committed of these topics, by `topic/partition`; `undefined` where the brokers say that it is nothing.
 * Fails where they say nothing of a partition that is wanted: the admin may not know of it yet, and is connected anew.
 */
const committedOffsets = (
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
export const fetchPositions = Effect.fnUntraced(function* (
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

const PATIENCE = 10_000

/** Positions as kafkajs commits them. */
const byTopic = (positions: ReadonlyArray<Position>) =>
  [...new Set(positions.map((it) => it.topic))].map((topic) => ({
    topic,
    partitions: positions
      .filter((it) => it.topic === topic)
      .map(({ partition, offset }) => ({ partition, offset: String(offset) }))
  }))

/** By partition, as a consumer commits them; a batch commits them by topic. */
export const positionsOf = (offsets: OffsetsByTopicPartition | undefined) =>
  (offsets?.topics ?? []).flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, offset }) => ({ topic, partition, offset }))
  )

/**
 * Commits what has ended, for the generation that it was read in: the broker takes a commit for a partition that was
 * lost, so only our own epoch keeps us from it (KAFKA.md). True when nothing is left to commit.
 */
export const commitEnded = Effect.fnUntraced(function* (tracker: PartitionTracker, state: MemberState) {
  const commits = tracker.commits()
  if (commits.length === 0) return true
  const { commit, epoch } = state
  if (commit === undefined) return false
  return yield* Effect.tryPromise({ try: () => commit({ topics: byTopic(commits) }), catch: failureOf }).pipe(
    Effect.timeout(PATIENCE),
    Effect.map(() => {
      if (epoch === state.epoch) tracker.committed(commits)
      return true
    }),
    Effect.catch((failure) => Effect.as(Effect.logDebug(`commit failed, tried again: ${failure.message}`), false))
  )
})

/**
 * Makes the beginning of new partitions durable before anything of them is read: else a second replica, or a restart,
 * would take "latest" anew and skip what lies between. Only for partitions that still have no offset, in this epoch.
 */
export const commitStartOffsets = Effect.fnUntraced(function* (
  admin: Admin,
  consumer: Consumer,
  state: MemberState,
  groupId: string,
  begin: (positions: ReadonlyArray<Position>) => Effect.Effect<void>,
  wanted: ReadonlyArray<Position>
) {
  const { epoch } = state
  const topics = [...new Set(wanted.map((it) => it.topic))]
  const settle = Effect.gen(function* () {
    const committed = yield* committedOffsets(admin, groupId, topics, wanted)
    const known = ({ topic, partition }: Position) => committed.get(`${topic}/${partition}`)
    const positions = wanted.map((it) => ({ topic: it.topic, partition: it.partition, offset: known(it) ?? it.offset }))
    const open = positions
      .filter((it) => known(it) === undefined)
      .map(({ topic, partition, offset }) => ({ topic, partition, offset: String(offset) }))
    if (epoch !== state.epoch) return
    if (open.length > 0) yield* Effect.tryPromise({ try: () => consumer.commitOffsets(open), catch: failureOf })
    yield* begin(positions)
    // All of them: kafkajs may have looked before another replica settled one.
    if (epoch === state.epoch) {
      for (const { topic, partition, offset } of positions) {
        consumer.seek({ topic, partition, offset: String(offset) })
      }
    }
  })
  let settled = false
  while (!settled && epoch === state.epoch) {
    settled = yield* settle.pipe(
      Effect.as(true),
      Effect.catch((failure) =>
        Effect.as(Effect.logWarning(`where to begin is not settled: ${failure.message}`), false)
      )
    )
    if (!settled) yield* Effect.sleep(1000)
  }
  if (epoch !== state.epoch) return
  for (const { topic, partition } of wanted) state.anchoring.delete(`${topic}/${partition}`)
  state.refetch()
})

const EVERY = 10_000

/**
 * Asks the brokers every 10 s how far behind our partitions are, and says when they do not answer. Between sessions
 * only whether they are there: the topics may not be.
 */
export const watchLag = (
  admin: Admin,
  groupId: string,
  topics: ReadonlyArray<string>,
  tracker: PartitionTracker,
  state: MemberState,
  away: ThrottledWarning
) => {
  const measure = Effect.map(fetchPositions(admin, groupId, topics), (surveyed) => {
    state.lag = surveyed
      .filter((it) => tracker.owns(it.topic, it.partition))
      .map(({ topic, partition, earliest, end, committed }) => ({
        topic,
        partition,
        lag: Math.max(0, end - Math.max(earliest, committed ?? earliest))
      }))
  })
  const callOut = Effect.asVoid(admin.use((it) => it.listTopics()))
  return Effect.suspend(() => (state.joined || state.commit !== undefined ? measure : callOut)).pipe(
    Effect.andThen(away.over),
    Effect.catch((failure) => away.about(failure.message)),
    Effect.andThen(Effect.sleep(EVERY)),
    Effect.forever
  )
}
