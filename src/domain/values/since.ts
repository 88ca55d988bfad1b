import { parseDateTime } from "./parseTime.ts"

const unitSizes: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A `+` of a zone that was not encoded in a URL has become a space. */
const withPlus = (text: string): string => text.trim().replace(/ (?=\d{2}:?\d{2}$)/, "+")

/**
 * Epoch milliseconds of an ISO 8601 time with a zone, or of a time before `now`: a whole number of seconds (`s`),
 * minutes (`m`), hours (`h`) or days (`d`). `undefined` for another text.
 */
export const parseSince = (raw: string, now: number): number | undefined => {
  const text = withPlus(raw)
  const [, count, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  return count === undefined ? parseDateTime(text) : now - Number(count) * (unitSizes[unit] ?? 0)
}
