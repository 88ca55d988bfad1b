import { Effect } from "effect"
import type { OffsetsByTopicPartition } from "kafkajs"

import type { Intake, Position } from "../Intake.ts"
import { failureOf } from "./failure.ts"
import type { MemberState } from "./MemberState.ts"

const PATIENCE = 10_000

/** Positions as kafkajs commits them. */
const byTopic = (positions: ReadonlyArray<Position>) =>
  [...new Set(positions.map((it) => it.topic))].map((topic) => ({
    topic,
    partitions: positions
      .filter((it) => it.topic === topic)
      .map(({ partition, offset }) => ({ partition, offset: String(offset) }))
  }))

/** By partition, as a consumer commits them; a batch commits them by topic. */
export const positionsOf = (offsets: OffsetsByTopicPartition | undefined) =>
  (offsets?.topics ?? []).flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, offset }) => ({ topic, partition, offset }))
  )

/**
 * Commits what has ended, for the generation that it was read in: the broker takes a commit for a partition that was
 * lost, so only our own epoch keeps us from it (KAFKA.md). True when nothing is left to commit.
 */
export const commitEnded = Effect.fnUntraced(function* (intake: Intake, state: MemberState) {
  const commits = intake.commits()
  if (commits.length === 0) return true
  const { commit, epoch } = state
  if (commit === undefined) return false
  return yield* Effect.tryPromise({ try: () => commit({ topics: byTopic(commits) }), catch: failureOf }).pipe(
    Effect.timeout(PATIENCE),
    Effect.map(() => {
      if (epoch === state.epoch) intake.committed(commits)
      return true
    }),
    Effect.catch((failure) => Effect.as(Effect.logDebug(`commit failed, tried again: ${failure.message}`), false))
  )
})
