import { localDay } from "./localTime.ts"
import { utcMidnight } from "./parseTime.ts"
import { plainText } from "./ReadValue.ts"

/** `yyyy-MM-dd`, `dd/MM/yyyy`, `dd/MM/yy`, `yyyyMMdd`; `-`, `/` and `.` separate alike. */
const dates = [
  /^(?<year>\d{4})([-/.])(?<month>\d{1,2})\2(?<day>\d{1,2})(?!\d)/,
  /^(?<day>\d{1,2})([-/.])(?<month>\d{1,2})\2(?<year>\d{4})(?!\d)/,
  /^(?<day>\d{2})\/(?<month>\d{2})\/(?<year>\d{2})(?!\d)/,
  /^(?<year>(?:19|20)\d{2})(?<month>\d{2})(?<day>\d{2})(?=\d{6}(?!\d)|(?!\d))/
]

/** A time with or without its offset, and the name of a zone after it. */
const time =
  /^(?:(?:,?[T\s]\s*)?(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,]\d{1,9})?)?)?\s*(?:(Z|UTC|GMT)|([+-])(\d{2}):?(\d{2})?)?(?:\[[\w/+-]+\])?$/i

/** Other years are those of dates that programs write for none: 0001, 1899, 1900, 1970, 9999. */
const isOrderYear = (year: number): boolean => year >= 2000 && year < 2100

const readDay = (text: string) => {
  for (const form of dates) {
    const match = form.exec(text)
    const { day = "", month = "", year = "" } = match?.groups ?? {}
    const fullYear = Number(year.padStart(4, "20"))
    const midnight = isOrderYear(fullYear) ? utcMidnight(fullYear, Number(month), Number(day)) : undefined
    if (match !== null && midnight !== undefined) return { midnight, rest: text.slice(match[0].length) }
  }
  return undefined
}

/**
 * The day in a text, `yyyy-MM-dd`, as producers write it: ISO 8601 or `dd/MM/yyyy`, with or without a time. A time with
 * its offset is that moment's day in `zone`. Midnight in any offset, and a time without one, are the day that is
 * written. `undefined` for any other text, for a day that does not exist, and for one outside 2000 to 2099 (SPEC 4.2).
 */
export const readDate = (raw: string, zone: string): string | undefined => {
  const text = plainText(raw)
  const day = readDay(text)
  const match = day === undefined ? null : time.exec(day.rest)
  if (day === undefined || match === null) return undefined
  const [, hour = 0, minute = 0, second = 0, utc, sign, offsetHour = 0, offsetMinute = 0] = match
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const sinceMidnight = ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000
  if (sinceMidnight === 0 || (utc === undefined && sign === undefined)) return localDay(day.midnight, "UTC")
  const offset = (Number(offsetHour) * 60 + Number(offsetMinute)) * 60_000
  return localDay(day.midnight + sinceMidnight + (sign === "-" ? offset : -offset), zone)
}

/**
 * True for a text that looks like a date or a moment, but has no readable day: `2025-02-30`, `1759276800000` (SPEC
 * 4.2).
 */
export const isUnreadableDate = (raw: string, zone: string): boolean => {
  const text = plainText(raw)
  return /^[\d\s/.,:+TZ-]+$/i.test(text) && /(?:\d\D*){5}/.test(text) && readDate(text, zone) === undefined
}
