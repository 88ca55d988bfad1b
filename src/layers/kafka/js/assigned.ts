import { Effect } from "effect"
import type { Consumer } from "kafkajs"

import type { AssignedPartition, ConsumeOptions } from "../../../services/Kafka.ts"
import { type PartitionTracker, POSITION_OUT_OF_RANGE, type Position } from "../PartitionTracker.ts"
import { type Admin, BrokerFailure, failureOf } from "./Admin.ts"
import { type MemberState, noteSettled, noteUnsettled } from "./MemberState.ts"
import { committedOffsets, readTo } from "./offsets.ts"
import { fetchRanges } from "./ranges.ts"

export interface AssignedOptions {
  readonly admin: Admin
  readonly groupId: string
  readonly tracker: PartitionTracker
  readonly state: MemberState
  readonly onAssigned: ConsumeOptions["onAssigned"]
}

/** One partition of a topic. */
export type PartitionPlace = Omit<Position, "offset">

const keyOf = ({ partition, topic }: PartitionPlace) => `${topic}/${partition}`

/**
 * Asks the brokers for the beginning, the end and the group's position of these partitions. Partitions whose leaders do
 * not answer are left out, and hold up none of the others.
 */
const lookAt = Effect.fnUntraced(function* (
  { admin, groupId, tracker }: AssignedOptions,
  places: ReadonlyArray<PartitionPlace>
): Effect.fn.Return<ReadonlyArray<AssignedPartition>, BrokerFailure> {
  const topics = [...new Set(places.map(({ topic }) => topic))]
  const wanted = new Set(places.map(keyOf))
  const committed = yield* committedOffsets(admin, groupId, topics, places)
  const { clusterId: cluster } = yield* admin.use((it) => it.describeCluster())
  const { ranges } = yield* fetchRanges(admin, topics)
  const toAssigned = ({ earliest, end, partition, topic }: (typeof ranges)[number]): AssignedPartition => {
    const key = keyOf({ topic, partition })
    const known = committed.get(key)
    const position = tracker.position(topic, partition)
    // A partition that has no start of its own was added later.
    const start = position ?? known?.offset ?? earliest
    const read = { isReading: position !== undefined, ...tracker.lastRead(topic, partition) }
    return {
      topic,
      partition,
      cluster,
      committed: readTo(known),
      earliest,
      end,
      start,
      ...read
    }
  }
  return ranges.filter((range) => wanted.has(keyOf(range))).map(toAssigned)
})

/**
 * Settles where reading of these partitions continues and how their records are named, before anything of them is read.
 * Commits that position first: a second replica, or a restart, would otherwise apply "latest" again and skip the
 * records in between. Retries each partition until it succeeds, in the current epoch only. `fork` runs slow work
 * of one partition, so that no other waits for it.
 */
export const settleAssigned = Effect.fnUntraced(function* (
  options: AssignedOptions,
  consumer: Consumer,
  places: ReadonlyArray<PartitionPlace>,
  fork: (effect: Effect.Effect<void>) => void
) {
  const { groupId, onAssigned, state, tracker } = options
  const { epoch } = state
  const isOver = () => epoch !== state.epoch
  const remaining = new Map(places.map((place) => [keyOf(place), place]))
  /** The remaining partitions that are being settled. */
  const underWay = new Set<string>()

  const commit =
    ({ partition, topic }: PartitionPlace) =>
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
    // Even if nothing has changed: kafkajs may have queried the offset before another replica settled it.
    if (!isReading || start !== log.from) consumer.seek({ topic, partition, offset: String(log.from) })
    remaining.delete(keyOf(assigned))
    yield* noteSettled(state, keyOf(assigned))
    state.refetch()
    if (log.is !== "same" || log.from === start) return
    yield* Effect.logError(POSITION_OUT_OF_RANGE).pipe(
      Effect.annotateLogs({ groupId, topic, partition, position: start, earliest, end })
    )
  })
  const warn = (failure: BrokerFailure) => (isOver() ? Effect.void : noteUnsettled(state, failure))

  const begin = (assigned: AssignedPartition) => {
    const key = keyOf(assigned)
    underWay.add(key)
    const ended = Effect.sync(() => underWay.delete(key))
    fork(settle(assigned).pipe(Effect.catch(warn), Effect.ensuring(ended)))
  }

  while (remaining.size > 0 && !isOver()) {
    const waiting = [...remaining].flatMap(([key, place]) => (underWay.has(key) ? [] : [place]))
    if (waiting.length > 0) {
      yield* lookAt(options, waiting).pipe(
        Effect.map((found) => found.forEach(begin)),
        Effect.catch(warn)
      )
    }
    yield* Effect.sleep(1000)
  }
})
