import { memo } from "./memo.ts"

/** What a clock on the wall shows; `month` is 1 to 12. */
export interface WallClock {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
}

/** Building a formatter costs a thousand times more than using it. */
const formatters = new Map<string, Intl.DateTimeFormat>()

const formatterOf = (zone: string): Intl.DateTimeFormat => {
  const known = formatters.get(zone)
  if (known !== undefined) return known
  const numeric = "numeric"
  const formatter = new Intl.DateTimeFormat("en-US-u-ca-iso8601-nu-latn", {
    timeZone: zone,
    hourCycle: "h23",
    year: numeric,
    month: numeric,
    day: numeric,
    hour: numeric,
    minute: numeric,
    second: numeric
  })
  formatters.set(zone, formatter)
  return formatter
}

const formatted = (ms: number, zone: string): WallClock => {
  const clock = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 }
  for (const { type, value } of formatterOf(zone).formatToParts(ms)) {
    if (type in clock) clock[type as keyof WallClock] = Number(value)
  }
  return clock
}

/** No zone has changed its clocks twice within one. */
const quarter = 900_000

const offsetAt = (ms: number, zone: string): number => {
  const { day, hour, minute, month, second, year } = formatted(ms, zone)
  return Date.UTC(year, month - 1, day, hour, minute, second) - ms
}

/** By zone: what it adds to UTC throughout the quarter of an hour with this number; `undefined` where the clocks change in it. */
const offsets = new Map<string, (index: number) => number | undefined>()

const offsetsOf = (zone: string) => {
  const known = offsets.get(zone)
  if (known !== undefined) return known
  const offsetIn = memo(512, (index: number) => {
    const offset = offsetAt(index * quarter, zone)
    return offset === offsetAt((index + 1) * quarter, zone) ? offset : undefined
  })
  offsets.set(zone, offsetIn)
  return offsetIn
}

/** Local time of an epoch in milliseconds; throws a `RangeError` for a zone that is no IANA name. */
export const wallClock = (ms: number, zone: string): WallClock => {
  // What came before 1970 is too rare to be worth a thought about its calendars.
  const offset = ms >= 0 ? offsetsOf(zone)(Math.floor(ms / quarter)) : undefined
  if (offset === undefined) return formatted(ms, zone)
  const local = new Date(ms + offset)
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds()
  }
}
