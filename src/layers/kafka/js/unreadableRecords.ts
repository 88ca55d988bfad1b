import { Effect } from "effect"

import { POSITION_OUT_OF_RANGE } from "../PartitionTracker.ts"
import type { Admin } from "./Admin.ts"
import type { MemberState } from "./MemberState.ts"
import type { Undecodable } from "./packedBatch.ts"

/** Milliseconds until the batch is fetched again: another replica of the partition may have it intact. */
const RETRY_EVERY = 30_000

/**
 * Stops reading before records that cannot be decoded, logs them as an error, and tries again after 30 s. Skipping them
 * would lose them without a dead letter. The other partitions go on.
 */
export const holdUndecodable = Effect.fnUntraced(function* (
  state: MemberState,
  groupId: string,
  topic: string,
  partition: number,
  { firstOffset, lastOffset, reason }: Undecodable
) {
  const key = `${topic}/${partition}`
  state.undecodable.add(key)
  state.refetch()
  yield* Effect.logError("records cannot be decoded; their partition is not read any further").pipe(
    Effect.annotateLogs({ groupId, topic, partition, firstOffset, lastOffset, reason })
  )
  yield* Effect.sleep(RETRY_EVERY)
  state.undecodable.delete(key)
  state.refetch()
})

/**
 * Logs an error: records between the position and the earliest remaining one are gone, or the topic was created again.
 */
export const reportOutOfRange = Effect.fnUntraced(function* (
  admin: Admin,
  groupId: string,
  topic: string,
  partition: number,
  position: number | undefined
) {
  const range = yield* admin
    .use((it) => it.fetchTopicOffsets(topic))
    .pipe(
      Effect.map((all) => all.find((it) => it.partition === partition)),
      Effect.catch(() => Effect.undefined)
    )
  yield* Effect.logError(POSITION_OUT_OF_RANGE).pipe(
    Effect.annotateLogs({
      groupId,
      topic,
      partition,
      position: position ?? "committed",
      earliest: range?.low ?? "unknown",
      end: range?.high ?? "unknown"
    })
  )
})
