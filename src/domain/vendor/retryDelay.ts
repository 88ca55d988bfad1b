/** `attempts` in total, with exponential delays from `baseDelay` up to `maxDelay` milliseconds, jittered. */
export interface RetrySettings {
  readonly attempts: number
  readonly baseDelay: number
  readonly maxDelay: number
}

/**
 * Milliseconds to wait after attempt `attempt` (1 is the first): exponential from `baseDelay`, at most `maxDelay`, and
 * spread by `jitter` (0 to 1) over the upper half. A server's `Retry-After` (milliseconds) wins when longer (SPEC 4.6).
 */
export const retryDelay = (retry: RetrySettings, attempt: number, jitter: number, retryAfter = 0): number => {
  const full = Math.min(retry.baseDelay * 2 ** (attempt - 1), retry.maxDelay)
  return Math.max(Math.round(full * (0.5 + jitter / 2)), retryAfter)
}

/**
 * Milliseconds after the first byte of a request within which its last byte may be sent, whatever becomes of its
 * process. A live process resets the connection at its time-out. The kernel of a crashed one gives up after
 * `tcpOrphanTimeout`.
 */
export const sendsFor = (timeout: number, tcpOrphanTimeout: number): number => Math.max(timeout, tcpOrphanTimeout)

interface BudgetSettings {
  readonly retry: { readonly attempts: number; readonly maxDelay: number }
  readonly serviceNow: { readonly timeout: number }
  readonly weni: { readonly timeout: number }
}

/** Milliseconds for connecting, before the time-out of an attempt begins. */
const connecting = 10_000

/** Milliseconds for another process to take over from a crashed one, and for records to be redelivered. */
const takeover = 120_000

/**
 * Milliseconds that a communication may go without a new fact while everything works as designed. Covers all attempts
 * of its longest step, with their time-outs, the searches after them and the waits between them. Covers as many queries
 * for a doubtful result (SPEC 4.3, 4.6), and a takeover. A wait for a vendor is a fact of its own, and is left out
 * (SPEC 9.2).
 */
export const stallLimit = ({ retry, serviceNow, weni }: BudgetSettings): number => {
  const timeout = Math.max(serviceNow.timeout, weni.timeout)
  return 2 * retry.attempts * (connecting + 2 * timeout + retry.maxDelay) + takeover
}
