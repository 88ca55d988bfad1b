const dateTime =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:Z|([+-])(\d{2})(?::?(\d{2}))?)$/i

/** Midnight UTC of a day of the Gregorian calendar, epoch milliseconds; `undefined` for a day that does not exist. */
export const utcMidnight = (year: number, month: number, day: number): number | undefined => {
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getUTCDate() === day ? date.getTime() : undefined
}

/**
 * Epoch milliseconds of an ISO 8601 date and time with `Z` or an offset (`2025-09-30T12:30:00-03:00`). `undefined` for
 * any other text, and for a day or time that does not exist.
 */
export const parseDateTime = (text: string): number | undefined => {
  const match = dateTime.exec(text)
  if (match === null) return undefined
  const number = (group: number): number => Number(match[group] ?? 0)
  const midnight = utcMidnight(number(1), number(2), number(3))
  const [hour, minute, second] = [number(4), number(5), number(6)]
  const [offsetHour, offsetMinute] = [number(9), number(10)]
  const inRange = hour < 24 && minute < 60 && second < 60 && offsetHour < 24 && offsetMinute < 60
  if (midnight === undefined || !inRange) return undefined
  const millis = Number((match[7] ?? "").padEnd(3, "0").slice(0, 3))
  const local = midnight + ((hour * 60 + minute) * 60 + second) * 1000 + millis
  const offset = (offsetHour * 60 + offsetMinute) * 60_000
  return match[8] === "-" ? local + offset : local - offset
}

/** The day as `yyyy-MM-dd`, from `yyyy-MM-dd` or `dd/MM/yyyy`. `undefined` for another text or a nonexistent day. */
export const parseDay = (text: string): string | undefined => {
  const iso = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  const local = /^(\d{2})\/(\d{2})\/(\d{4})$/.exec(text)
  const [year, month, day] = iso === null ? [local?.[3], local?.[2], local?.[1]] : [iso[1], iso[2], iso[3]]
  if (year === undefined || utcMidnight(Number(year), Number(month), Number(day)) === undefined) return undefined
  return `${year}-${month}-${day}`
}

/** Epoch milliseconds in the wire's format: ISO 8601 UTC with milliseconds. */
export const isoTime = (ms: number): string => new Date(ms).toISOString()

const units = [
  { size: 3_600_000, one: "hora", many: "horas" },
  { size: 60_000, one: "minuto", many: "minutos" },
  { size: 1000, one: "segundo", many: "segundos" },
  { size: 1, one: "milissegundo", many: "milissegundos" }
]

/** Milliseconds in the operator's format: `15 segundos`, `1 minuto e 5 segundos`, `500 milissegundos`. */
export const durationText = (millis: number): string => {
  let rest = Math.max(0, Math.round(millis))
  const parts: Array<string> = []
  for (const { many, one, size } of units) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) parts.push(`${count} ${count === 1 ? one : many}`)
  }
  const last = parts.pop() ?? "0 milissegundos"
  return parts.length === 0 ? last : `${parts.join(", ")} e ${last}`
}
