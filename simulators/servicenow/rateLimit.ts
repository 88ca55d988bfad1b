import type { Answered } from "../core/Simulator.ts"
import { failure } from "./errors.ts"
import type { ServiceNowOptions } from "./options.ts"

/** Counts the requests of each window of the clock (`rateLimit`). */
export const makeRateLimit = () => {
  let window = 0
  let taken = 0

  /** Counts one request, or answers it with 429, without `Retry-After` as a rate-limit rule does. */
  return ({ requests, seconds }: Required<ServiceNowOptions>["rateLimit"], now: number): Answered | undefined => {
    if (requests === 0) return undefined
    const current = Math.floor(now / (seconds * 1000))
    if (current !== window) [window, taken] = [current, 0]
    if (taken++ < requests) return undefined
    return failure(429, "Rate limit exceeded", "Too many requests: rate limit rule exceeded", {
      "x-ratelimit-limit": String(requests),
      "x-ratelimit-reset": String((current + 1) * seconds)
    })
  }
}
