import type { ConsumerEndBatchProcessEvent, EachBatchPayload } from "kafkajs"

import type { Intake } from "../Intake.ts"
import { readable, type Undecodable } from "./decodeBatch.ts"
import type { MayRead } from "./fetching.ts"
import type { MemberState } from "./MemberState.ts"
import { toRecord } from "./record.ts"

export interface BatchOptions {
  readonly intake: Intake
  readonly state: MemberState
  readonly mayRead: MayRead
  /** The session has ended: what still comes belongs to nobody. */
  readonly over: () => boolean
  /** Nothing of the partition is read from here on. */
  readonly hold: (topic: string, partition: number, undecodable: Undecodable) => void
}

/** What becomes of a fetched batch. Must not reject: kafkajs would give up the consumer. What is not resolved is fetched again. */
export const makeEachBatch =
  ({ intake, state, mayRead, over, hold }: BatchOptions) =>
  (payload: EachBatchPayload): Promise<void> => {
    if (over()) return Promise.resolve()
    state.commit = payload.commitOffsetsIfNecessary
    const { batch } = payload
    const { topic, partition } = batch
    if (!intake.owns(topic, partition) || payload.isStale() || !mayRead(topic, partition)) return Promise.resolve()
    const { messages, undecodable } = readable(batch.messages)
    const from = fetchedFrom(batch)
    const records = messages.map((message) => toRecord(topic, partition, message))
    const end = undecodable ? Math.max(from, undecodable.firstOffset) : Number(batch.lastOffset()) + 1
    const next = intake.accept(topic, partition, from, records, end)
    // Only where to fetch next; nothing is committed by it.
    if (next > from) payload.resolveOffset(String(next - 1))
    if (undecodable && next === end) hold(topic, partition, { ...undecodable, firstOffset: end })
    // All that is assigned: the one record of a paused topic that was wanted may have come from any partition.
    if (!mayRead(topic, partition)) state.refetch()
    return Promise.resolve()
  }

/** Batches of control records alone never reach `eachBatch`; anything else there was handed over, or will be again. */
export const makeEndBatch =
  ({ intake, state, over }: BatchOptions) =>
  ({ payload }: ConsumerEndBatchProcessEvent): void => {
    const { topic, partition, firstOffset, lastOffset } = payload
    if (over() || payload.batchSize > 0 || state.stopping) return
    if (!intake.owns(topic, partition) || state.anchoring.has(`${topic}/${partition}`)) return
    const from = intake.position(topic, partition) ?? Number(firstOffset ?? lastOffset)
    intake.accept(topic, partition, from, [], Number(lastOffset) + 1)
  }

/** What kafkajs asked the broker for: its types do not tell, its version is checked. */
const fetchedFrom = (batch: EachBatchPayload["batch"] & { readonly fetchedOffset?: string }): number =>
  Number(batch.fetchedOffset)
