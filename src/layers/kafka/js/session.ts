import { Clock, Deferred, Effect, type Fiber, FiberSet } from "effect"
import type { ConsumerEndBatchProcessEvent, EachBatchPayload, Consumer, LogEntry } from "kafkajs"

import { monotonicMillis, monotonicNow } from "../../../domain/values/monotonicTime.ts"
import type { PartitionTracker, Assignment, Position } from "../PartitionTracker.ts"
import { disconnect, BrokerFailure, failureOf } from "./Admin.ts"
import { type AssignedOptions, type PartitionPlace, settleAssigned } from "./assigned.ts"
import { type BatchReader, fetchedPart } from "./BatchReader.ts"
import { type MakeClient, makeConsumer } from "./client.ts"
import type { MemberState } from "./MemberState.ts"
import { commitEnded, positionsOf } from "./offsets.ts"
import type { Undecodable } from "./packedBatch.ts"
import { FETCH_FAILED } from "./patch.ts"
import { fixStart, type StartOptions } from "./starts.ts"
import { holdUndecodable } from "./unreadableRecords.ts"

/** Whether records of a partition are wanted now. */
export type MayRead = (topic: string, partition: number) => boolean

export interface BatchOptions {
  readonly reader: BatchReader
  /** Records that are taken at once. */
  readonly most: number
  readonly tracker: PartitionTracker
  readonly state: MemberState
  readonly mayRead: MayRead
  /** Whether the session has ended: later batches are ignored. */
  readonly over: () => boolean
  /** Stops reading the partition before these records. */
  readonly hold: (topic: string, partition: number, undecodable: Undecodable) => void
}

export interface SessionOptions extends AssignedOptions, StartOptions {
  readonly makeClient: MakeClient
  readonly topics: ReadonlyArray<string>
  readonly reader: BatchReader
  /** Records that are taken at once. */
  readonly most: number
}

const makeMayRead =
  (tracker: PartitionTracker, state: MemberState): MayRead =>
  (topic, partition) => {
    const key = `${topic}/${partition}`
    return (
      !state.stopping && !state.unsettled.has(key) && !state.undecodable.has(key) && !tracker.isFull(topic, partition)
    )
  }

/**
 * Handles a fetched part of a partition. Takes as many records as there is room for. kafkajs fetches unresolved records
 * again. Must not reject, because kafkajs would give up the consumer.
 */
const makeEachBatch =
  ({ reader, most, tracker, state, mayRead, over, hold }: BatchOptions) =>
  async (payload: EachBatchPayload): Promise<void> => {
    if (over()) return
    state.commit = payload.commitOffsetsIfNecessary
    const { batch } = payload
    const { topic, partition } = batch
    const isWanted = () => !over() && tracker.owns(topic, partition) && !payload.isStale() && mayRead(topic, partition)
    if (!isWanted()) return
    const { epoch } = state
    const part = fetchedPart(batch)
    const { next, records, undecodable } = await reader.take(part, most)
    // Meanwhile the partition may have been lost, or given back at another position.
    if (epoch !== state.epoch || !isWanted()) return
    tracker.accept(topic, partition, part.from, records, next)
    // This only sets where to fetch next. It commits nothing.
    if (next > part.from) payload.resolveOffset(String(next - 1))
    if (undecodable) hold(topic, partition, undecodable)
    if (!mayRead(topic, partition)) state.refetch()
  }

/**
 * Handles batches with only control records, which never reach `eachBatch`. Any other batch was handed over there, or
 * will be fetched again.
 */
const makeEndBatch =
  ({ tracker, state, over }: BatchOptions) =>
  ({ payload }: ConsumerEndBatchProcessEvent): void => {
    const { topic, partition, firstOffset, lastOffset } = payload
    if (over() || payload.batchSize > 0 || state.stopping) return
    if (!tracker.owns(topic, partition) || state.unsettled.has(`${topic}/${partition}`)) return
    const from = tracker.position(topic, partition) ?? Number(firstOffset ?? lastOffset)
    tracker.accept(topic, partition, from, [], Number(lastOffset) + 1)
  }

/**
 * Tells kafkajs which partitions to fetch. Names them one by one, because pausing one of them undoes the pause of its
 * topic.
 */
const refetch = (consumer: Consumer, assignment: Assignment, mayRead: MayRead): void => {
  for (const [topic, partitions] of Object.entries(assignment)) {
    const open = partitions.filter((it) => mayRead(topic, it))
    const held = partitions.filter((it) => !open.includes(it))
    try {
      if (open.length > 0) consumer.resume([{ topic, partitions: open }])
      if (held.length > 0) consumer.pause([{ topic, partitions: held }])
    } catch {
      // Between a crash and its event, a kafkajs consumer has no group. There is nothing to fetch then either.
    }
  }
}

/** Milliseconds that the group may be silent while brokers answer. A group waits 30 s for a member that does not rejoin. */
const UNHEARD = 45_000
const LOOK_EVERY = 1000
/** Milliseconds since the last answer in which the brokers count as answering. They are asked every 10 s. */
const CONTACT = 15_000

/**
 * Fails when the brokers answer this member, and the group has not for 45 s. kafkajs may wait for something that never
 * comes, such as an answer of a broker that was stopped in between. Nothing else would end that.
 */
const unheard = Effect.fnUntraced(function* (state: MemberState): Effect.fn.Return<never, BrokerFailure> {
  let silentFor = 0
  for (;;) {
    const before = yield* monotonicMillis
    yield* Effect.sleep(LOOK_EVERY)
    const now = yield* monotonicMillis
    // Only time in which the brokers answer counts, and no time in which this process was stopped.
    if (state.heardAt >= before) silentFor = 0
    else if (now - state.contactAt < CONTACT) silentFor += Math.min(now - before, 2 * LOOK_EVERY)
    if (silentFor < UNHEARD) continue
    return yield* new BrokerFailure({ code: "Unheard", detail: `the group has not answered in ${UNHEARD} ms` })
  }
})

/**
 * Runs one membership of the group, from joining to the crash that it fails with. Leaves the group when its scope
 * closes.
 */
export const session = Effect.fnUntraced(function* (options: SessionOptions) {
  const { groupId, topics, tracker, state } = options
  const clock = yield* Clock.Clock
  const fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void> = yield* FiberSet.makeRuntime()
  const crashed = yield* Deferred.make<never, BrokerFailure>()
  let memberId = ""
  let isLeader = false
  /** The topics whose start is fixed for this session. */
  const begun = new Set<string>(options.startAt === "earliest" ? topics : [])
  let assignment: Assignment = {}
  let closed = false

  /** Fixes where the group starts on the topic, and then settles these partitions of it. */
  const begin = (topic: string, own: ReadonlyArray<PartitionPlace>) => {
    const { epoch } = state
    const settleOwn = Effect.suspend(() => {
      if (epoch !== state.epoch) return Effect.void
      begun.add(topic)
      return settleAssigned(options, consumer, own, fork)
    })
    return Effect.andThen(fixStart(options, consumer, topic, isLeader), settleOwn)
  }

  /**
   * Reads nothing more of these partitions until it is settled which logs they have. The group's leader begins all
   * topics when it has joined, also those of which it has no partition.
   */
  const settle = (hasJoined = false) => {
    const places = Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition }))
    )
    const open = places.filter(({ topic, partition }) => !state.unsettled.has(`${topic}/${partition}`))
    for (const { topic, partition } of open) state.unsettled.add(`${topic}/${partition}`)
    state.refetch()
    const ready = open.filter(({ topic }) => begun.has(topic))
    if (ready.length > 0) fork(settleAssigned(options, consumer, ready, fork))
    for (const topic of topics.filter((it) => !begun.has(it))) {
      const own = open.filter((it) => it.topic === topic)
      if (own.length > 0 || (hasJoined && isLeader)) fork(begin(topic, own))
    }
  }

  const onEntry = ({ log }: LogEntry) => {
    if (log.message === FETCH_FAILED && !closed && state.joined) settle()
  }

  const consumer = yield* Effect.acquireRelease(
    Effect.sync(() => makeConsumer(options.makeClient, { groupId, sessionTimeout: state.sessionTimeout }, onEntry)),
    (it) => {
      closed = true
      state.joined = false
      state.commit = undefined
      state.refetch = () => {}
      state.settle = () => {}
      return disconnect(it)
    }
  )

  const mayRead = makeMayRead(tracker, state)
  const batches = {
    reader: options.reader,
    most: options.most,
    tracker,
    state,
    mayRead,
    over: () => closed,
    hold: (topic: string, partition: number, batch: Undecodable) =>
      void fork(holdUndecodable(state, groupId, topic, partition, batch))
  }
  const seekTo = ({ topic, partition, offset }: Position) => consumer.seek({ topic, partition, offset: String(offset) })

  consumer.on("consumer.group_join", ({ payload }) => {
    if (closed) return
    state.epoch++
    state.heardAt = monotonicNow(clock)
    const sameMember = payload.memberId === memberId
    memberId = payload.memberId
    isLeader = payload.isLeader
    assignment = payload.memberAssignment
    // These partitions are still ours: reading continues at our position, not at the committed one.
    for (const position of tracker.assign(assignment, sameMember)) seekTo(position)
    state.unsettled.clear()
    state.undecodable.clear()
    state.refetch = () => refetch(consumer, assignment, mayRead)
    state.settle = settle
    settle(true)
    state.joined = true
    state.failure = undefined
    // Used until the first batch, because gaps alone never make one.
    state.commit ??= (offsets) => consumer.commitOffsets(positionsOf(offsets))
  })
  consumer.on("consumer.rebalancing", () => {
    if (closed) return
    state.joined = false
    fork(Effect.asVoid(commitEnded(tracker, state)))
  })
  consumer.on("consumer.crash", ({ payload }) => {
    Deferred.doneUnsafe(crashed, Effect.fail(failureOf(payload.error)))
  })
  consumer.on("consumer.heartbeat", () => {
    state.heardAt = monotonicNow(clock)
  })
  consumer.on("consumer.network.request", () => {
    state.contactAt = monotonicNow(clock)
  })
  consumer.on("consumer.end_batch_process", makeEndBatch(batches))

  const start = async () => {
    await consumer.connect()
    // `fromBeginning` also decides where to continue when a position is out of range: never silently at the end.
    await consumer.subscribe({ topics: [...topics], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 16,
      eachBatch: makeEachBatch(batches)
    })
  }
  yield* Effect.tryPromise({ try: start, catch: failureOf })
  return yield* Effect.raceFirst(Deferred.await(crashed), unheard(state))
})
