import type { RetrySettings } from "../services/Settings.ts"

/**
 * Milliseconds to wait after attempt `attempt` (1 is the first): exponential from `baseDelay`, never more than `maxDelay`,
 * spread by `jitter` (0 to 1) over the upper half; a server's `Retry-After` (milliseconds) is kept when it is longer (SPEC 4.6).
 */
export const retryDelay = (retry: RetrySettings, attempt: number, jitter: number, retryAfter = 0): number => {
  const full = Math.min(retry.baseDelay * 2 ** (attempt - 1), retry.maxDelay)
  return Math.max(Math.round(full * (0.5 + jitter / 2)), retryAfter)
}
