import { addDays, localDay, utcDay, wallClock } from "../values/localTime.ts"
import type { BusinessHours } from "./Journey.ts"

const dayMillis = 86_400_000

const isWorkingDay = (day: string, { days, holidays }: BusinessHours): boolean =>
  days.includes(new Date(utcDay(day)).getUTCDay()) && !holidays.includes(day)

/** True when the service desk is open at this moment, `from` inclusive and `to` exclusive. */
export const isOpen = (ms: number, hours: BusinessHours, zone: string): boolean => {
  const { hour, minute } = wallClock(ms, zone)
  const now = hour * 60 + minute
  return now >= hours.from && now < hours.to && isWorkingDay(localDay(ms, zone), hours)
}

/** Milliseconds by which local time is ahead of UTC at this moment; negative in the west. */
const offsetAt = (ms: number, zone: string): number => {
  const { hour, minute, second } = wallClock(ms, zone)
  const local = utcDay(localDay(ms, zone)) + ((hour * 60 + minute) * 60 + second) * 1000
  return local - Math.floor(ms / 1000) * 1000
}

/**
 * The first moment at which clocks show this time of this day. If they skip it, the moment at which they would have
 * shown it.
 */
const momentOf = (day: string, minutes: number, zone: string): number => {
  const local = utcDay(day) + minutes * 60_000
  const before = local - offsetAt(local - dayMillis, zone)
  const after = local - offsetAt(local + dayMillis, zone)
  const shows = (ms: number) => ms + offsetAt(ms, zone) === local
  return shows(before) || !shows(after) ? before : after
}

/** This moment if the desk is open, else the next opening, epoch milliseconds. `Infinity` if no day has such hours. */
export const nextOpening = (ms: number, hours: BusinessHours, zone: string): number => {
  if (isOpen(ms, hours, zone)) return ms
  const today = localDay(ms, zone)
  // Every week has a working day, unless a holiday falls on it.
  const bound = 7 * (hours.holidays.length + 2)
  for (let ahead = 0; ahead <= bound; ahead += 1) {
    const day = addDays(today, ahead)
    const opening = isWorkingDay(day, hours) ? momentOf(day, hours.from, zone) : -Infinity
    if (opening >= ms) return opening
  }
  return Infinity
}
