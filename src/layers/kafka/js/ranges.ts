import { Effect } from "effect"

import type { UnreachedPartitions } from "../../../services/Kafka.ts"
import { type Admin, type BrokerFailure, failureOf, isAnswer } from "./Admin.ts"

/** Where one partition begins and ends. */
interface Range {
  readonly topic: string
  readonly partition: number
  readonly earliest: number
  readonly end: number
}

/** The ranges of the partitions whose leaders answer, and the partitions of the others. */
interface Ranges {
  readonly ranges: ReadonlyArray<Range>
  readonly unreached: ReadonlyArray<UnreachedPartitions>
}

/** kafkajs's number for a missing leader. */
const nobody = -1

const reasonOf = (leader: number, error: unknown): string => {
  if (leader === nobody) return "there is none"
  const failure = failureOf(error)
  return `broker ${leader} ${isAnswer(failure) ? "refuses" : "does not answer"}: ${failure.message}`
}

/**
 * Returns where the partitions of these topics begin and end. A leader that does not answer, for example because it
 * advertises a wrong address, holds up no partition of another leader. Fails if no broker answers at all.
 */
export const fetchRanges = Effect.fnUntraced(function* (
  admin: Admin,
  topics: ReadonlyArray<string>
): Effect.fn.Return<Ranges, BrokerFailure> {
  const answers = yield* Effect.forEach(topics, (topic) =>
    Effect.map(
      admin.use((it) => it.fetchRanges?.(topic) ?? Promise.reject(new Error("this admin asks no leader by itself"))),
      (all) => [topic, all] as const
    )
  )
  const ranges = answers.flatMap(([topic, all]) =>
    all.flatMap((answer) =>
      answer.ranges.map(({ high, low, partition }) => ({ topic, partition, earliest: Number(low), end: Number(high) }))
    )
  )
  const unreached = answers.flatMap(([topic, all]) =>
    all.flatMap(({ error, leader, partitions }) =>
      error === undefined ? [] : [{ topic, partitions, reason: reasonOf(leader, error) }]
    )
  )
  return { ranges, unreached }
})

/** `in/0, in/3: broker 2 does not answer: …` */
export const unreachedText = (unreached: ReadonlyArray<UnreachedPartitions>): string =>
  [...Map.groupBy(unreached, ({ reason }) => reason)]
    .map(([reason, all]) => {
      const places = all.flatMap(({ partitions, topic }) => partitions.map((partition) => `${topic}/${partition}`))
      return `${places.join(", ")}: ${reason}`
    })
    .join("; ")
