import type { EachBatchPayload } from "kafkajs"

import type { PartitionLag } from "../../../services/Kafka.ts"
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
  lag: ReadonlyArray<PartitionLag>
  /** Counts the generations of the group. Anything begun in an earlier one is void. */
  epoch: number
  stopping: boolean
  /** Milliseconds that the brokers allow a member to be silent, as far as is known. */
  sessionTimeout: number
  /** Partitions of which nothing is read until it is settled which log they have, by `topic/partition`. */
  readonly unsettled: Set<string>
  /** Partitions that are stopped before bytes that cannot be decoded, by `topic/partition`. */
  readonly undecodable: Set<string>
  /** Tells of commits that fail. */
  readonly failedCommits: ThrottledWarning
  /** kafkajs's own commit function, the one that also works while a consumer stops. */
  commit: EachBatchPayload["commitOffsetsIfNecessary"] | undefined
  /** Tells kafkajs what to fetch. Called after any change that affects fetching. */
  refetch: () => void
  /** Settles anew which logs the partitions have, before anything more is read. */
  settle: () => void
}

export const initialState = (): MemberState => ({
  joined: false,
  contactAt: Number.NEGATIVE_INFINITY,
  heardAt: Number.NEGATIVE_INFINITY,
  missingTopics: [],
  lag: [],
  epoch: 0,
  stopping: false,
  sessionTimeout: shortestSession,
  unsettled: new Set(),
  undecodable: new Set(),
  failedCommits: makeThrottledWarning("offsets cannot be committed; tried again", "offsets are committed again"),
  commit: undefined,
  refetch: () => {},
  settle: () => {}
})
