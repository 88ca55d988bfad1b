import { Effect } from "effect"
import type { Consumer } from "kafkajs"

import type { KafkaSettings } from "../../../services/Settings.ts"
import { type Admin, type BrokerFailure, failureOf } from "./Admin.ts"
import { type MemberState, noteUnsettled } from "./MemberState.ts"
import { committedOffsets, fetchSomePositions, START, startPositions, topicOf } from "./offsets.ts"

export interface StartOptions {
  readonly admin: Admin
  readonly groupId: string
  readonly startAt: KafkaSettings["startAt"]
  readonly state: MemberState
  /** Where the group would start, by `topic/partition`, by what the leaders said before this member joined. */
  readonly starts: ReadonlyMap<string, number>
}

const AGAIN = 1000

/**
 * Fixes where the group starts on a topic for which it has committed nothing (CONTRACT `KAFKA_START_AT`). The group's
 * leader commits the starts of all partitions in one request, and returns when the brokers have them. The other members
 * wait for that. So a partition keeps its start, whatever happens before the first of its records is read. The brokers
 * refuse the commit of a leader whose generation is over, so no start replaces another one.
 */
export const fixStart = Effect.fnUntraced(function* (
  { admin, groupId, startAt, starts, state }: StartOptions,
  consumer: Consumer,
  topic: string,
  isLeader: boolean
) {
  const { epoch } = state
  const isKnown = Effect.map(committedOffsets(admin, groupId, [topic]), (committed) =>
    [...committed.values()].some((it) => it !== undefined)
  )
  const startsNow = Effect.flatMap(fetchSomePositions(admin, groupId, [topic]), (found) =>
    startPositions(admin, startAt, found)
  )

  const commit = Effect.gen(function* (): Effect.fn.Return<void, BrokerFailure> {
    const surveyed = [...starts].filter(([key]) => topicOf(key) === topic)
    const found = surveyed.length > 0 ? surveyed : [...(yield* startsNow)]
    if (epoch !== state.epoch) return
    const offsets = found.map(([key, offset]) => {
      const partition = Number(key.slice(topic.length + 1))
      return { topic, partition, offset: String(offset), metadata: START }
    })
    yield* Effect.tryPromise({ try: () => consumer.commitOffsets(offsets), catch: failureOf })
  })

  const round = Effect.gen(function* (): Effect.fn.Return<boolean, BrokerFailure> {
    if (yield* isKnown) return true
    if (!isLeader) return false
    yield* commit
    return yield* isKnown
  })
  const warn = (failure: BrokerFailure) =>
    Effect.as(epoch === state.epoch ? noteUnsettled(state, failure) : Effect.void, false)

  while (epoch === state.epoch) {
    if (yield* Effect.catch(round, warn)) return
    yield* Effect.sleep(AGAIN)
  }
})
