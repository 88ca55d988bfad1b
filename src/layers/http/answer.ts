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

/** Numbers above are epoch seconds: nobody asks to wait for thirty years. */
const maxDelta = 1e9

/** `Retry-After`, in seconds or as an HTTP date. */
const ofRetryAfter = (value: string, now: number): number | undefined => {
  if (/^\d+$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** `X-RateLimit-Reset`, in epoch seconds or in seconds from now. */
const ofReset = (value: string, now: number): number | undefined => {
  if (!/^\d+(?:\.\d+)?$/.test(value)) return undefined
  const seconds = Number(value)
  return seconds > maxDelta ? Math.max(0, Math.ceil(seconds * 1000 - now)) : Math.ceil(seconds * 1000)
}

/**
 * Milliseconds to wait according to `Retry-After`, with a 429 else according to `X-RateLimit-Reset`. `undefined`
 * without a readable one. `now` is in epoch milliseconds.
 */
export const retryAfter = ({ headers, status }: Omit<HttpAnswer, "body">, now: number): number | undefined => {
  const read = (name: string, reader: typeof ofReset) => {
    const value = headers[name]?.trim() ?? ""
    return value === "" ? undefined : reader(value, now)
  }
  return read("retry-after", ofRetryAfter) ?? (status === 429 ? read("x-ratelimit-reset", ofReset) : undefined)
}
