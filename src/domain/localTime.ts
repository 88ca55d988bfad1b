import { type WallClock, wallClock } from "./wallClock.ts"

/** The retailer's own zone: what "the same local day" of a repeat means (SPEC 1.4). */
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

/** The day `days` later, earlier when negative; both `yyyy-MM-dd`. */
export const addDays = (day: string, days: number): string => {
  const moved = new Date(utcDay(day) + days * 86_400_000)
  return `${pad(moved.getUTCFullYear(), 4)}-${pad(moved.getUTCMonth() + 1)}-${pad(moved.getUTCDate())}`
}

/** `dd/MM/yyyy` of a `yyyy-MM-dd`. */
export const formatDay = (day: string): string => day.split("-").reverse().join("/")
