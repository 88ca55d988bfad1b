import type { AttemptReason } from "./attempt.ts"

/** What one failed write leaves behind (SPEC 4.3). */
export type Doubt =
  /** Surely not carried out. */
  | "none"
  /** Carried out or not, but over: one look tells. */
  | "ended"
  /** Perhaps still running: only looking for SERVICENOW_TIMEOUT tells. */
  | "running"

/**
 * SPEC 4.3. A time-out, a lost connection, 202, 502 and 504 come from in front of the instance while the insert may go
 * on behind; 500, 503 and an unreadable answer come from the instance itself, when it is done. Other 5xx are some
 * proxy's own, so they count as running.
 */
export const doubtOf = (reason: AttemptReason): Doubt => {
  switch (reason._tag) {
    case "NotConnected":
    case "TokenUnavailable":
    case "HeldBack":
      return "none"
    case "Timeout":
    case "ConnectionLost":
      return "running"
    case "Unreadable":
      return reason.status === 202 ? "running" : "ended"
    case "Refused":
      if (reason.status >= 400 && reason.status < 500) return "none"
      return reason.status < 400 || reason.status === 500 || reason.status === 503 ? "ended" : "running"
  }
}
