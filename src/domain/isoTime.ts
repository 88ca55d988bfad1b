import { DateTime } from "effect"

/** Epoch milliseconds as the wire has times: ISO 8601 UTC with milliseconds. */
export const isoTime = (ms: number): string => DateTime.formatIso(DateTime.makeUnsafe(ms))
