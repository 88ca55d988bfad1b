import { Clock, Deferred, Effect, type Fiber, FiberSet } from "effect"
import type { LogEntry } from "kafkajs"

import type { Intake, Position } from "../Intake.ts"
import { type Admin, disconnect } from "./Admin.ts"
import { anchor } from "./anchor.ts"
import { makeEachBatch, makeEndBatch } from "./batches.ts"
import type { MakeClient } from "./client.ts"
import { commitEnded, positionsOf } from "./commit.ts"
import { makeConsumer } from "./consumer.ts"
import type { Undecodable } from "./decodeBatch.ts"
import { type BrokerFailure, failureOf } from "./failure.ts"
import { makeMayRead, refetch } from "./fetching.ts"
import { OUT_OF_RANGE } from "./logging.ts"
import type { MemberState } from "./MemberState.ts"
import { reportOutOfRange } from "./outOfRange.ts"
import { holdUndecodable } from "./undecodable.ts"

export interface SessionOptions {
  readonly makeClient: MakeClient
  readonly admin: Admin
  readonly groupId: string
  readonly topics: ReadonlyArray<string>
  readonly intake: Intake
  readonly state: MemberState
  /** Where partitions begin of which the group has committed nothing, by `topic/partition`. */
  readonly starts: ReadonlyMap<string, number>
  /** Where the group stands on partitions, told before anything of them is read. */
  readonly begin: (positions: ReadonlyArray<Position>) => Effect.Effect<void>
}

/** One membership of the group, from joining to the crash that it fails with; leaves the group when its scope closes. */
export const session = Effect.fnUntraced(function* (options: SessionOptions) {
  const { admin, groupId, topics, intake, state, starts, begin } = options
  const clock = yield* Clock.Clock
  const fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void> = yield* FiberSet.makeRuntime()
  const crashed = yield* Deferred.make<never, BrokerFailure>()
  let memberId = ""
  let over = false

  const onEntry = ({ log }: LogEntry) => {
    if (log.message !== OUT_OF_RANGE || over) return
    const topic: string = log["topic"]
    const partition: number = log["partition"]
    const position = intake.position(topic, partition)
    // What kafkajs fetches next begins anew; the old watermark would take it for records that it has seen.
    intake.forget(topic, partition)
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

  const mayRead = makeMayRead(intake, state)
  const batches = {
    intake,
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
    for (const position of intake.assign(assignment, kept)) seekTo(position)
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
    if (fresh.length > 0) fork(anchor(admin, consumer, state, groupId, begin, fresh))
    state.joined = true
    // Until the first batch: gaps alone never make one.
    state.commit ??= (offsets) => consumer.commitOffsets(positionsOf(offsets))
  })
  consumer.on("consumer.rebalancing", () => {
    if (over) return
    state.joined = false
    fork(Effect.asVoid(commitEnded(intake, state)))
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
