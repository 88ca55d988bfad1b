import { STATUS_CODES } from "node:http"

import type { Json } from "../../domain/record/ChannelResult.ts"
import { toPlainJson } from "../../domain/record/json.ts"
import type { HttpAnswer } from "../../services/Http.ts"

/** Parses a body as JSON, cleaned for any store. Returns `undefined` when the body is not JSON. */
export const readJson = (body: string): unknown => {
  try {
    return toPlainJson(JSON.parse(body)).value
  } catch {
    return undefined
  }
}

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value.trim() !== "" ? value.trim() : undefined

const first = (values: ReadonlyArray<unknown>): string | undefined =>
  values.map(text).find((value) => value !== undefined)

/** How an API explains a status: its own words if the (parsed) body has any, otherwise the status's name. */
export const apiText = (status: number, body: unknown): { readonly message: string; readonly detail: string } => {
  const outer = isObject(body) ? body : {}
  const [firstError] = Array.isArray(outer.errors) ? outer.errors : []
  const inner = [outer.error, firstError].find(isObject) ?? {}
  const apiMessage = first([inner.message, outer.message, outer.error, firstError, outer.title])
  const message = apiMessage ?? STATUS_CODES[status] ?? `HTTP ${status}`
  const detail = first([inner.detail, outer.detail, outer.details, outer.error_description]) ?? message
  return { message, detail }
}

/** Larger numbers are epoch seconds, because no API asks a caller to wait for thirty years. */
const maxDelta = 1e9

const isSeconds = (value: string): boolean => /^\d+(?:\.\d+)?$/.test(value)

/** Matches the beginning of an HTTP date or of an ISO date. JavaScript reads many other texts as a date, such as `-5`. */
const date = /^(?:[a-z]{3}|\d{4}-\d{2}-\d{2})/i

/** `Retry-After`, in seconds or as a date. */
const ofRetryAfter = (value: string, now: number): number | undefined => {
  if (isSeconds(value)) return Math.ceil(Number(value) * 1000)
  const time = date.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) ? undefined : Math.max(0, time - now)
}

/** `X-RateLimit-Reset`, in epoch seconds or in seconds from now. */
const ofReset = (value: string, now: number): number | undefined => {
  if (!isSeconds(value)) return undefined
  const seconds = Number(value)
  return seconds > maxDelta ? Math.max(0, Math.ceil(seconds * 1000 - now)) : Math.ceil(seconds * 1000)
}

/** Nothing is worth waiting for longer. A number with hundreds of digits is infinite, and no fact can hold that. */
const longest = maxDelta * 1000

/**
 * Milliseconds to wait according to `Retry-After`, or for a 429 without it according to `X-RateLimit-Reset`.
 * `undefined` if there is none that can be read. `now` is in epoch milliseconds.
 */
export const retryAfter = ({ headers, status }: Omit<HttpAnswer, "body">, now: number): number | undefined => {
  const read = (name: string, reader: typeof ofReset) => {
    const value = headers[name]?.trim() ?? ""
    const wait = value === "" ? undefined : reader(value, now)
    return wait === undefined ? undefined : Math.min(wait, longest)
  }
  return read("retry-after", ofRetryAfter) ?? (status === 429 ? read("x-ratelimit-reset", ofReset) : undefined)
}
