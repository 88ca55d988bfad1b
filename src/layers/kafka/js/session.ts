import { Clock, Deferred, Effect, type Fiber, FiberSet } from "effect"
import type { ConsumerEndBatchProcessEvent, EachBatchPayload, Consumer, LogEntry } from "kafkajs"

import type { PartitionTracker, Assignment, Position } from "../PartitionTracker.ts"
import { type Admin, disconnect, type BrokerFailure, failureOf } from "./Admin.ts"
import { type MakeClient, makeConsumer, OUT_OF_RANGE } from "./client.ts"
import type { MemberState } from "./MemberState.ts"
import { commitStartOffsets, commitEnded, positionsOf } from "./offsets.ts"
import { readable, type Undecodable } from "./patch.ts"
import { toRecord } from "./recordCodec.ts"
import { reportOutOfRange, holdUndecodable } from "./unreadableRecords.ts"

export interface BatchOptions {
  readonly tracker: PartitionTracker
  readonly state: MemberState
  readonly mayRead: MayRead
  /** The session has ended: what still comes belongs to nobody. */
  readonly over: () => boolean
  /** Nothing of the partition is read from here on. */
  readonly hold: (topic: string, partition: number, undecodable: Undecodable) => void
}

/** What becomes of a fetched batch. Must not reject: kafkajs would give up the consumer. What is not resolved is fetched again. */
const makeEachBatch =
  ({ tracker, state, mayRead, over, hold }: BatchOptions) =>
  (payload: EachBatchPayload): Promise<void> => {
    if (over()) return Promise.resolve()
    state.commit = payload.commitOffsetsIfNecessary
    const { batch } = payload
    const { topic, partition } = batch
    if (!tracker.owns(topic, partition) || payload.isStale() || !mayRead(topic, partition)) return Promise.resolve()
    const { messages, undecodable } = readable(batch.messages)
    const from = fetchedFrom(batch)
    const records = messages.map((message) => toRecord(topic, partition, message))
    const end = undecodable ? Math.max(from, undecodable.firstOffset) : Number(batch.lastOffset()) + 1
    const next = tracker.accept(topic, partition, from, records, end)
    // Only where to fetch next; nothing is committed by it.
    if (next > from) payload.resolveOffset(String(next - 1))
    if (undecodable && next === end) hold(topic, partition, { ...undecodable, firstOffset: end })
    // All that is assigned: the one record of a paused topic that was wanted may have come from any partition.
    if (!mayRead(topic, partition)) state.refetch()
    return Promise.resolve()
  }

/** Batches of control records alone never reach `eachBatch`; anything else there was handed over, or will be again. */
const makeEndBatch =
  ({ tracker, state, over }: BatchOptions) =>
  ({ payload }: ConsumerEndBatchProcessEvent): void => {
    const { topic, partition, firstOffset, lastOffset } = payload
    if (over() || payload.batchSize > 0 || state.stopping) return
    if (!tracker.owns(topic, partition) || state.anchoring.has(`${topic}/${partition}`)) return
    const from = tracker.position(topic, partition) ?? Number(firstOffset ?? lastOffset)
    tracker.accept(topic, partition, from, [], Number(lastOffset) + 1)
  }

/** What kafkajs asked the broker for: its types do not tell, its version is checked. */
const fetchedFrom = (batch: EachBatchPayload["batch"] & { readonly fetchedOffset?: string }): number =>
  Number(batch.fetchedOffset)

/** Whether records of a partition are wanted now. */
export type MayRead = (topic: string, partition: number) => boolean

const makeMayRead =
  (tracker: PartitionTracker, state: MemberState): MayRead =>
  (topic, partition) => {
    const key = `${topic}/${partition}`
    return (
      !state.stopping && !state.anchoring.has(key) && !state.undecodable.has(key) && tracker.wants(topic, partition)
    )
  }

/** Tells kafkajs which partitions to fetch; one by one: pausing one of them undoes that its topic was paused. */
const refetch = (consumer: Consumer, assignment: Assignment, mayRead: MayRead): void => {
  for (const [topic, partitions] of Object.entries(assignment)) {
    const open = partitions.filter((it) => mayRead(topic, it))
    const held = partitions.filter((it) => !open.includes(it))
    try {
      if (open.length > 0) consumer.resume([{ topic, partitions: open }])
      if (held.length > 0) consumer.pause([{ topic, partitions: held }])
    } catch {
      // Between its crash and the event of it, a kafkajs consumer has no group; there is nothing to fetch either.
    }
  }
}

export interface SessionOptions {
  readonly makeClient: MakeClient
  readonly admin: Admin
  readonly groupId: string
  readonly topics: ReadonlyArray<string>
  readonly tracker: PartitionTracker
  readonly state: MemberState
  /** Where partitions begin of which the group has committed nothing, by `topic/partition`. */
  readonly starts: ReadonlyMap<string, number>
  /** Where the group stands on partitions, told before anything of them is read. */
  readonly begin: (positions: ReadonlyArray<Position>) => Effect.Effect<void>
}

/** One membership of the group, from joining to the crash that it fails with; leaves the group when its scope closes. */
export const session = Effect.fnUntraced(function* (options: SessionOptions) {
  const { admin, groupId, topics, tracker, state, starts, begin } = options
  const clock = yield* Clock.Clock
  const fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void> = yield* FiberSet.makeRuntime()
  const crashed = yield* Deferred.make<never, BrokerFailure>()
  let memberId = ""
  let over = false

  const onEntry = ({ log }: LogEntry) => {
    if (log.message !== OUT_OF_RANGE || over) return
    const topic: string = log["topic"]
    const partition: number = log["partition"]
    const position = tracker.position(topic, partition)
    // What kafkajs fetches next begins anew; the old watermark would take it for records that it has seen.
    tracker.forget(topic, partition)
    fork(reportOutOfRange(admin, groupId, topic, partition, position))
  }

  const consumer = yield* Effect.acquireRelease(
    Effect.sync(() => makeConsumer(options.makeClient, groupId, onEntry)),
    (it) => {
      over = true
      state.joined = false
      state.commit = undefined
      state.refetch = () => {}
      return disconnect(it)
    }
  )

  const mayRead = makeMayRead(tracker, state)
  const batches = {
    tracker,
    state,
    mayRead,
    over: () => over,
    hold: (topic: string, partition: number, batch: Undecodable) =>
      void fork(holdUndecodable(state, groupId, topic, partition, batch))
  }
  const seekTo = ({ topic, partition, offset }: Position) => consumer.seek({ topic, partition, offset: String(offset) })

  consumer.on("consumer.group_join", ({ payload }) => {
    if (over) return
    state.epoch++
    const kept = payload.memberId === memberId
    memberId = payload.memberId
    const assignment = payload.memberAssignment
    // Still ours: reading goes on where it is, not at the committed position.
    for (const position of tracker.assign(assignment, kept)) seekTo(position)
    state.anchoring.clear()
    state.undecodable.clear()
    const fresh = Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.flatMap((partition): ReadonlyArray<Position> => {
        const key = `${topic}/${partition}`
        // Neither begun nor to begin elsewhere: it was added while this member runs.
        return state.begun.has(key) ? [] : [{ topic, partition, offset: starts.get(key) ?? 0 }]
      })
    )
    for (const { topic, partition } of fresh) state.anchoring.add(`${topic}/${partition}`)
    state.refetch = () => refetch(consumer, assignment, mayRead)
    state.refetch()
    if (fresh.length > 0) fork(commitStartOffsets(admin, consumer, state, groupId, begin, fresh))
    state.joined = true
    // Until the first batch: gaps alone never make one.
    state.commit ??= (offsets) => consumer.commitOffsets(positionsOf(offsets))
  })
  consumer.on("consumer.rebalancing", () => {
    if (over) return
    state.joined = false
    fork(Effect.asVoid(commitEnded(tracker, state)))
  })
  consumer.on("consumer.crash", ({ payload }) => {
    Deferred.doneUnsafe(crashed, Effect.fail(failureOf(payload.error)))
  })
  consumer.on("consumer.network.request", () => {
    state.contactAt = clock.currentTimeMillisUnsafe()
  })
  consumer.on("consumer.end_batch_process", makeEndBatch(batches))

  const start = async () => {
    await consumer.connect()
    // `fromBeginning` also says where to go when a position is out of range: never silently to the end.
    await consumer.subscribe({ topics: [...topics], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 16,
      eachBatch: makeEachBatch(batches)
    })
  }
  yield* Effect.tryPromise({ try: start, catch: failureOf })
  return yield* Deferred.await(crashed)
})
