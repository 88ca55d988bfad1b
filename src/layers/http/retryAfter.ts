import type { HttpAnswer } from "../../services/Http.ts"

/** Milliseconds that `Retry-After` asks to wait, given in seconds or as an HTTP date; `undefined` without a readable one. */
export const retryAfter = (headers: HttpAnswer["headers"], now: number): number | undefined => {
  const value = headers["retry-after"]?.trim()
  if (value === undefined || value === "") return undefined
  if (/^\d+$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
