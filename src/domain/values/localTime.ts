import { memo } from "./memo.ts"

/** The local time that a wall clock shows; `month` is 1 to 12. */
export interface WallClock {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
}

/** Cached by zone, since building a formatter costs a thousand times more than using it. */
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

const clockFromFormatter = (ms: number, zone: string): WallClock => {
  const clock = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 }
  for (const { type, value } of formatterOf(zone).formatToParts(ms)) {
    if (type in clock) clock[type as keyof WallClock] = Number(value)
  }
  return clock
}

/** A quarter of an hour in milliseconds. No zone has ever changed its clocks twice within one. */
const quarter = 900_000

const offsetAt = (ms: number, zone: string): number => {
  const { day, hour, minute, month, second, year } = clockFromFormatter(ms, zone)
  return Date.UTC(year, month - 1, day, hour, minute, second) - ms
}

/**
 * By zone: the offset from UTC throughout the quarter of an hour with this number; `undefined` if the clocks change
 * within it.
 */
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

/** Local time of an epoch in milliseconds. Throws a `RangeError` for a zone that is not an IANA name. */
export const wallClock = (ms: number, zone: string): WallClock => {
  // Times before 1970 skip the cache. They are too rare to justify reasoning about their calendars.
  const offset = ms >= 0 ? offsetsOf(zone)(Math.floor(ms / quarter)) : undefined
  if (offset === undefined) return clockFromFormatter(ms, zone)
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

/** The retailer's own zone. It defines "the same local day" of a repeat (SPEC 1.4). */
export const saoPaulo = "America/Sao_Paulo"

const pad = (value: number, width = 2): string => String(value).padStart(width, "0")

const date = ({ day, month, year }: WallClock): string => `${pad(day)}/${pad(month)}/${pad(year, 4)}`
const time = ({ hour, minute }: WallClock): string => `${pad(hour)}:${pad(minute)}`

/** `dd/MM/yyyy`, local. */
export const formatDate = (ms: number, zone: string): string => date(wallClock(ms, zone))

/** `dd/MM/yyyy HH:mm`, local. */
export const formatMinute = (ms: number, zone: string): string => {
  const clock = wallClock(ms, zone)
  return `${date(clock)} ${time(clock)}`
}

/** `dd/MM/yyyy HH:mm:ss`, local. */
export const formatDateTime = (ms: number, zone: string): string => {
  const clock = wallClock(ms, zone)
  return `${date(clock)} ${time(clock)}:${pad(clock.second)}`
}

/** `yyyy-MM-dd`, local. */
export const localDay = (ms: number, zone: string): string => {
  const { day, month, year } = wallClock(ms, zone)
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}`
}

/** Midnight UTC of a `yyyy-MM-dd`, epoch milliseconds. */
export const utcDay = (day: string): number => {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number)
  return new Date(0).setUTCFullYear(year, month - 1, date)
}

/** The day `days` later, or earlier when negative; both `yyyy-MM-dd`. */
export const addDays = (day: string, days: number): string => {
  const moved = new Date(utcDay(day) + days * 86_400_000)
  return `${pad(moved.getUTCFullYear(), 4)}-${pad(moved.getUTCMonth() + 1)}-${pad(moved.getUTCDate())}`
}

/** `dd/MM/yyyy` of a `yyyy-MM-dd`. */
export const formatDay = (day: string): string => day.split("-").reverse().join("/")
