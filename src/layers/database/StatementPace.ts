import { Context } from "effect"

/** Most processes that the pace counts. With more, a statement would be late. */
const mostCounted = 3

/** How often a process sends statements of one kind. */
export interface ProcessPace {
  /** Minimum milliseconds between two statements of one kind. */
  readonly between: () => number
  /** This many processes, at least one, share the database: together they send about as many statements as one. */
  readonly sharedBy: (processes: number) => void
}

/** Makes the pace of a process that has the database to itself. */
export const makeProcessPace = (millis: number): ProcessPace => {
  let counted = 1
  return {
    between: () => millis * counted,
    sharedBy: (processes) => void (counted = Math.min(mostCounted, Math.max(1, processes)))
  }
}

/**
 * A round trip to a server costs 0.1 ms of CPU here and as much there, whatever it carries, so under load each
 * statement carries more. An embedded database has no round trips, and needs no pace.
 */
export const StatementPace = Context.Reference<ProcessPace>("brom-ctx/layers/StatementPace", {
  defaultValue: () => makeProcessPace(0)
})
