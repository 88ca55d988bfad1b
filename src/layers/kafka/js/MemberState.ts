import { Effect } from "effect"
import type { EachBatchPayload } from "kafkajs"

import type { PartitionLag, UnreachedPartitions } from "../../../services/Kafka.ts"
import { shortestSession } from "./client.ts"
import { makeThrottledWarning, type ThrottledWarning } from "./ThrottledWarning.ts"

/** The state of one consumer across its sessions. */
export interface MemberState {
  joined: boolean
  /** When the brokers last answered, in monotonic milliseconds. */
  contactAt: number
  /** When the group last confirmed the membership, in monotonic milliseconds. */
  heardAt: number
  missingTopics: ReadonlyArray<string>
  /** Why the last attempt to join the group, or to settle where reading continues, failed. Until one succeeds. */
  failure: string | undefined
  unreached: ReadonlyArray<UnreachedPartitions>
  /** Reports partitions whose leaders do not answer. */
  readonly unreachable: ThrottledWarning
  lag: ReadonlyArray<PartitionLag>
  /** Counts the generations of the group. Anything begun in an earlier one is void. */
  epoch: number
  stopping: boolean
  /** Milliseconds that the brokers allow a member to be silent, as far as is known. */
  sessionTimeout: number
  /** Partitions that are not read until it is settled which log they have, by `topic/partition`. */
  readonly unsettled: Set<string>
  /** Partitions that are stopped before bytes that cannot be decoded, by `topic/partition`. */
  readonly undecodable: Set<string>
  /** Reports partitions of which it cannot be settled where reading continues. */
  readonly unsettledStarts: ThrottledWarning
  /** Reports commits that fail. */
  readonly failedCommits: ThrottledWarning
  /** kafkajs's own commit function, the one that also works while a consumer stops. */
  commit: EachBatchPayload["commitOffsetsIfNecessary"] | undefined
  /** Tells kafkajs what to fetch. Called after any change that affects fetching. */
  refetch: () => void
  /** Settles again which logs the partitions have, before anything more is read. */
  settle: () => void
}

/** Notes and reports that it could not be settled where reading of some partitions continues. */
export const noteUnsettled = (state: MemberState, { message }: Error): Effect.Effect<void> =>
  Effect.suspend(() => {
    state.failure = message
    return state.unsettledStarts.about(message)
  })

/** Notes that it is settled where reading of a partition continues. */
export const noteSettled = (state: MemberState, key: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    state.unsettled.delete(key)
    if (state.unsettled.size > 0) return Effect.void
    state.failure = undefined
    return state.unsettledStarts.over
  })

/** Whether the member can read none of its partitions because settling them fails. It is then as good as not joined. */
export const isHeldUp = ({ failure, unsettled }: MemberState, assigned: ReadonlyArray<string>): boolean =>
  failure !== undefined && assigned.length > 0 && assigned.every((key) => unsettled.has(key))

export const initialState = (): MemberState => ({
  joined: false,
  contactAt: Number.NEGATIVE_INFINITY,
  heardAt: Number.NEGATIVE_INFINITY,
  missingTopics: [],
  failure: undefined,
  unreached: [],
  unreachable: makeThrottledWarning(
    "partitions wait for their leader, the others continue",
    "the leader of every partition answers again"
  ),
  lag: [],
  epoch: 0,
  stopping: false,
  sessionTimeout: shortestSession,
  unsettled: new Set(),
  undecodable: new Set(),
  unsettledStarts: makeThrottledWarning("start position not settled", "start positions settled"),
  failedCommits: makeThrottledWarning("offset commits fail, retrying", "offset commits succeed again"),
  commit: undefined,
  refetch: () => {},
  settle: () => {}
})
