import { Effect } from "effect"

import type { Undecodable } from "./decodeBatch.ts"
import type { MemberState } from "./MemberState.ts"

/** Milliseconds until the batch is asked for again: another replica of the partition may have it whole. */
const AGAIN = 30_000

/**
 * Stops reading before records that cannot be decoded, loudly, and looks again every 30 s. Passing them by would lose
 * them without a dead letter; the other partitions go on.
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
  yield* Effect.sleep(AGAIN)
  state.undecodable.delete(key)
  state.refetch()
})
