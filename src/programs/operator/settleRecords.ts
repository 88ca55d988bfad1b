import { Effect } from "effect"

import { inGeneration, originKey } from "../../domain/record/Origin.ts"
import { Ledger } from "../../services/Ledger.ts"
import { ActionRefused } from "./ActionRefused.ts"
import { type Actor, writeTrail } from "./newOperation.ts"

/** Offsets of one log of a partition, `last` included. */
export interface SettledOffsets {
  readonly topic: string
  readonly partition: number
  /** Absent for the first log of the partition. */
  readonly generation?: number | undefined
  readonly first: number
  readonly last: number
}

/** One log, and the first ranges of its unaccounted offsets, both ends included. */
interface MissingInLog {
  readonly generation?: number
  readonly missing?: ReadonlyArray<{ readonly first: number; readonly last: number }>
}

/** What an audit says of the offsets that are unaccounted for. */
interface AuditedMissing {
  readonly topics: ReadonlyArray<
    MissingInLog & {
      readonly topic: string
      readonly partition: number
      readonly earlier?: ReadonlyArray<MissingInLog>
    }
  >
}

const areMissing = (
  { topics }: AuditedMissing,
  { first, generation = 1, last, partition, topic }: SettledOffsets
): boolean => {
  const own = topics.find((it) => it.topic === topic && it.partition === partition)
  const logs = own === undefined ? [] : [own, ...(own.earlier ?? [])]
  const { missing = [] } = logs.find((log) => (log.generation ?? 1) === generation) ?? {}
  return first <= last && missing.some((range) => range.first <= first && last <= range.last)
}

/**
 * Stores that somebody has dealt with records that have no ending, so that the audit no longer counts them (SPEC 9.7).
 * The service does nothing with these records. The trail has it first. Fails with `ActionRefused` if the audit does not
 * name each of the offsets: a record that nobody has passed yet would be lost unnoticed.
 */
export const settleRecords = Effect.fn("settleRecords")(function* (
  offsets: SettledOffsets,
  audited: AuditedMissing,
  actor: Actor
) {
  const { first, generation, last, partition, topic } = offsets
  const log = { topic, partition, ...inGeneration(generation) }
  const place = originKey({ ...log, offset: first })
  if (!areMissing(audited, offsets)) {
    const detail = "the audit does not name these offsets as unaccounted for"
    return yield* new ActionRefused({ id: place, reason: "NotMissing", detail })
  }
  yield* writeTrail("settle", actor, { done: last - first + 1, failures: [] }, place)
  const ledger = yield* Ledger
  yield* ledger.passOver({ ...log, first, next: last + 1 })
})
