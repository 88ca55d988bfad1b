import { Effect } from "effect"
import type { Consumer } from "kafkajs"

import type { AssignedPartition, ConsumeOptions } from "../../../services/Kafka.ts"
import { type PartitionTracker, POSITION_OUT_OF_RANGE, type Position } from "../PartitionTracker.ts"
import { type Admin, BrokerFailure, failureOf } from "./Admin.ts"
import type { MemberState } from "./MemberState.ts"
import { committedOffsets } from "./offsets.ts"

export interface AssignedOptions {
  readonly admin: Admin
  readonly groupId: string
  readonly tracker: PartitionTracker
  readonly state: MemberState
  /** Where those partitions start of which the group has committed nothing, by `topic/partition`. */
  readonly starts: ReadonlyMap<string, number>
  readonly onAssigned: ConsumeOptions["onAssigned"]
}

type Place = Omit<Position, "offset">

const keyOf = ({ partition, topic }: Place) => `${topic}/${partition}`

interface Range extends Place {
  readonly low: string
  readonly high: string
}

/** Where these partitions of one topic begin and end. One without a leader is left out, and stops none of the others. */
const rangesOf = (admin: Admin, topic: string, partitions: ReadonlyArray<number>) => {
  const all = Effect.map(
    admin.use((it) => it.fetchTopicOffsets(topic)),
    (found) =>
      found.flatMap((it): ReadonlyArray<Range> => (partitions.includes(it.partition) ? [{ ...it, topic }] : []))
  )
  const one = (partition: number) =>
    admin
      .use((it) => it.fetchRange?.(topic, partition) ?? Promise.reject(new Error("this admin looks at topics only")))
      .pipe(
        Effect.map((range): ReadonlyArray<Range> => [{ ...range, topic, partition }]),
        Effect.orElseSucceed((): ReadonlyArray<Range> => [])
      )
  return Effect.catch(all, (failure) =>
    Effect.flatMap(Effect.forEach(partitions, one), (found) =>
      found.flat().length === 0 ? Effect.fail(failure) : Effect.succeed(found.flat())
    )
  )
}

/** Asks the brokers where these partitions begin and end, and where the group stands on them. */
const lookAt = Effect.fnUntraced(function* (
  { admin, groupId, starts, tracker }: AssignedOptions,
  places: ReadonlyArray<Place>
): Effect.fn.Return<ReadonlyArray<AssignedPartition>, BrokerFailure> {
  const topics = Map.groupBy(places, ({ topic }) => topic)
  const committed = yield* committedOffsets(admin, groupId, [...topics.keys()], places)
  const { clusterId: cluster } = yield* admin.use((it) => it.describeCluster())
  const ranges = yield* Effect.forEach(topics, ([topic, own]) =>
    rangesOf(
      admin,
      topic,
      own.map(({ partition }) => partition)
    )
  )
  const toAssigned = ({ high, low, partition, topic }: Range): AssignedPartition => {
    const key = keyOf({ topic, partition })
    const known = committed.get(key)
    const position = tracker.position(topic, partition)
    const earliest = Number(low)
    // A partition that has no start of its own was added while this member runs.
    const start = position ?? known ?? starts.get(key) ?? earliest
    const read = { isReading: position !== undefined, ...tracker.lastRead(topic, partition) }
    return { topic, partition, cluster, committed: known, earliest, end: Number(high), start, ...read }
  }
  return ranges.flat().map(toAssigned)
})

/**
 * Settles, before anything of these partitions is read, where reading goes on and how their records are named. Where
 * reading goes on is committed first: a second replica, or a restart, would otherwise apply "latest" again and skip the
 * records in between. Tries each partition again until it succeeds, in the present epoch only.
 */
export const settleAssigned = Effect.fnUntraced(function* (
  options: AssignedOptions,
  consumer: Consumer,
  places: ReadonlyArray<Place>
) {
  const { groupId, onAssigned, state, tracker } = options
  const { epoch } = state
  const isOver = () => epoch !== state.epoch
  const remaining = new Map(places.map((place) => [keyOf(place), place]))

  const commit =
    ({ partition, topic }: Place) =>
    (next: number) =>
      isOver()
        ? Effect.fail(new BrokerFailure({ code: "Rebalanced", detail: "the partitions were assigned again" }))
        : Effect.tryPromise({
            try: () => consumer.commitOffsets([{ topic, partition, offset: String(next) }]),
            catch: failureOf
          })

  const settle = Effect.fnUntraced(function* (assigned: AssignedPartition) {
    const { earliest, end, isReading, partition, start, topic } = assigned
    const log = yield* onAssigned(assigned, commit(assigned))
    if (isOver()) return
    tracker.begin(topic, partition, log)
    // Also where nothing has changed: kafkajs may have queried the offset before another replica settled it.
    if (!isReading || start !== log.from) consumer.seek({ topic, partition, offset: String(log.from) })
    remaining.delete(keyOf(assigned))
    state.unsettled.delete(keyOf(assigned))
    state.refetch()
    if (log.is !== "same" || log.from === start) return
    yield* Effect.logError(POSITION_OUT_OF_RANGE).pipe(
      Effect.annotateLogs({ groupId, topic, partition, position: start, earliest, end })
    )
  })
  const warn = (failure: BrokerFailure) => Effect.logWarning(`where to begin is not settled: ${failure.message}`)

  while (remaining.size > 0 && !isOver()) {
    yield* lookAt(options, [...remaining.values()]).pipe(
      Effect.flatMap(
        Effect.forEach((assigned) => Effect.catch(settle(assigned), warn), { concurrency: "unbounded", discard: true })
      ),
      Effect.catch(warn)
    )
    if (remaining.size > 0) yield* Effect.sleep(1000)
  }
})
