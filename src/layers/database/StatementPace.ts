import { Context } from "effect"

/**
 * Minimum milliseconds between two statements of one kind. A round trip to a server costs 0.1 ms of CPU here and as
 * much there, whatever it carries, so under load each statement carries more. An embedded database has no round trips.
 */
export const StatementPace = Context.Reference<number>("brom-ctx/layers/StatementPace", { defaultValue: () => 0 })
