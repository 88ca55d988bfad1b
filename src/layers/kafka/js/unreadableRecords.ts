import { Effect } from "effect"

import type { MemberState } from "./MemberState.ts"
import type { Undecodable } from "./packedBatch.ts"

/** Milliseconds until the batch is fetched again: another replica of the partition may have it intact. */
const RETRY_EVERY = 30_000

/**
 * Stops reading before records that cannot be decoded, logs them as an error, and tries again after 30 s. Skipping them
 * would lose them without a dead letter. The other partitions continue.
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
  yield* Effect.logError("records cannot be decoded, their partition is no longer read").pipe(
    Effect.annotateLogs({ groupId, topic, partition, firstOffset, lastOffset, reason })
  )
  yield* Effect.sleep(RETRY_EVERY)
  state.undecodable.delete(key)
  state.refetch()
})
