import type { EachBatchPayload } from "kafkajs"

import type { PartitionLag } from "../../../services/Kafka.ts"

/** What one consumer knows of itself, across the sessions that it goes through. */
export interface MemberState {
  joined: boolean
  /** When the brokers last answered, epoch milliseconds. */
  contactAt: number
  missingTopics: ReadonlyArray<string>
  lag: ReadonlyArray<PartitionLag>
  /** Counts generations of the group: what was begun in an earlier one is void. */
  epoch: number
  stopping: boolean
  /** Partitions whose beginning `onBegin` has been told, by `topic/partition`. */
  readonly begun: Set<string>
  /** Partitions whose beginning is being settled with the brokers, by `topic/partition`. */
  readonly anchoring: Set<string>
  /** Partitions that stand before bytes which cannot be decoded, by `topic/partition`. */
  readonly undecodable: Set<string>
  /** kafkajs's own commit: the one that also works while a consumer stops. */
  commit: EachBatchPayload["commitOffsetsIfNecessary"] | undefined
  /** Tells kafkajs what to fetch, after anything that matters for it has changed. */
  refetch: () => void
}

export const initialState = (): MemberState => ({
  joined: false,
  contactAt: Number.NEGATIVE_INFINITY,
  missingTopics: [],
  lag: [],
  epoch: 0,
  stopping: false,
  begun: new Set(),
  anchoring: new Set(),
  undecodable: new Set(),
  commit: undefined,
  refetch: () => {}
})
