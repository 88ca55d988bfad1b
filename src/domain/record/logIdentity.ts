/** One log of a partition, by its generation and its first offset. */
export interface LogExtent {
  /** 1 for the first log of the partition. */
  readonly generation: number
  readonly first: number
}

/** Offsets of one generation, from `first` up to but not including `next`. */
export interface LogPart extends LogExtent {
  readonly next: number
}

/**
 * The offsets of the present log, in order, each with the generation by which its records are named. A later generation
 * takes all offsets from its first one on. `logs` are in the order of their generations.
 */
export const partsOf = (logs: ReadonlyArray<LogExtent>): ReadonlyArray<LogPart> => {
  const parts: Array<LogPart> = []
  let next = Number.POSITIVE_INFINITY
  for (const { first, generation } of logs.toReversed()) {
    if (first < next) parts.unshift({ generation, first, next })
    next = Math.min(next, first)
  }
  return parts
}

/** What the comparison of a log with the ledger showed (SPEC 9.10). */
export interface Compared {
  /** The first record that still exists, and the end of the log. */
  readonly earliest: number
  readonly end: number
  /** One past the highest offset that the partition is known to have had. */
  readonly reached: number
  /**
   * The first and the last known record that can still be read, and whether the log holds the same record there. Absent
   * if none can be read. A record that has not ended may be the last one, and there may be no first one then.
   */
  readonly first?: { readonly offset: number; readonly isSame: boolean }
  readonly last?: { readonly offset: number; readonly isSame: boolean }
  /** The log is in another cluster, and the group has committed nothing there. */
  readonly isElsewhere: boolean
}

/** Whether the log is the one that the ledger knows. */
export type LogVerdict =
  | { readonly is: "same" }
  /** All of it is another log. */
  | { readonly is: "another" }
  /** It was cut off and written again, somewhere after the offset `after`, and at `before` at the latest. */
  | { readonly is: "cut"; readonly after: number; readonly before: number }

export const judgeLog = ({ earliest, end, first, isElsewhere, last, reached }: Compared): LogVerdict => {
  const isShorter = end < reached
  if (last === undefined) {
    // Records that retention has deleted prove nothing.
    const isNew = isShorter || (isElsewhere && earliest < end)
    return { is: isNew ? "another" : "same" }
  }
  if (last.isSame) return isShorter ? { is: "cut", after: last.offset, before: last.offset + 1 } : { is: "same" }
  return first?.isSame === true ? { is: "cut", after: first.offset, before: last.offset } : { is: "another" }
}
