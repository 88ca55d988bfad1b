import { useEffect, useState } from "preact/hooks"

import { text } from "./text/text.ts"

const zone = "America/Sao_Paulo"

let skew = 0
const listeners = new Set<() => void>()

/** Sets the service's clock, which is used instead of the browser's. */
export const setServerTime = (at: number): void => {
  const before = skew
  skew = at - Date.now()
  // Ages that are already shown were computed by the earlier clock.
  if (Math.abs(skew - before) > 2000) for (const listener of listeners) listener()
}

export const serverNow = (): number => Date.now() + skew

/** The time of the service, updated every `every` milliseconds. */
export const useNow = (every = 1000): number => {
  const [now, setNow] = useState(serverNow)
  useEffect(() => {
    const update = () => setNow(serverNow())
    const timer = setInterval(update, every)
    listeners.add(update)
    return () => {
      clearInterval(timer)
      listeners.delete(update)
    }
  }, [every])
  return now
}

const formatter = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat("pt-BR", { timeZone: zone, hourCycle: "h23", ...options })

const dayMonth = formatter({ day: "2-digit", month: "2-digit" })
const dayMonthYear = formatter({ day: "2-digit", month: "2-digit", year: "numeric" })
const yearOnly = formatter({ year: "numeric" })
const toSecond = formatter({ hour: "2-digit", minute: "2-digit", second: "2-digit" })
const toMinute = formatter({ hour: "2-digit", minute: "2-digit" })

/** `28/11`, with the year if that is not the current one. */
export const formatDay = (at: number): string =>
  (yearOnly.format(at) === yearOnly.format(serverNow()) ? dayMonth : dayMonthYear).format(at)

export const formatSecond = (at: number): string => toSecond.format(at)
export const formatMinute = (at: number): string => toMinute.format(at)
export const formatFull = (at: number): string => `${dayMonthYear.format(at)} ${toSecond.format(at)}`
export const isSameDay = (one: number, other: number): boolean =>
  dayMonthYear.format(one) === dayMonthYear.format(other)

/** `2026-01-15 15:30:00 UTC` */
export const formatUtc = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`

const units = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1000, "s"]
] as const

/** `2 h 5 min`: the largest unit, and the next one if it still says something. */
export const formatSpan = (milliseconds: number): string => {
  const whole = Math.max(0, milliseconds)
  const index = units.findIndex(([size]) => whole >= size)
  const [size, name] = units[index] ?? [1000, "s"]
  const count = Math.floor(whole / size)
  const [below, belowName] = units[index + 1] ?? [0, ""]
  const rest = below === 0 || index < 0 ? 0 : Math.floor((whole % size) / below)
  return rest > 0 && count < 10 && name !== "min" ? `${count} ${name} ${rest} ${belowName}` : `${count} ${name}`
}

/** `41 min`: for narrow columns. */
export const formatAge = (milliseconds: number): string => {
  const [size, name] = units.find(([size]) => milliseconds >= size) ?? [1000, "s"]
  return `${Math.max(0, Math.floor(milliseconds / size))} ${name}`
}

export const formatAgo = (milliseconds: number): string => text.time.ago(formatSpan(milliseconds))
