import type { AttemptReason } from "./failureReasons.ts"

/** What is known about a write to ServiceNow after it failed (SPEC 4.3). */
export type WriteAmbiguity =
  /** Certainly not carried out. */
  | "none"
  /** Carried out or not, but ended. One lookup decides. */
  | "ended"
  /** Possibly still running. Only polling for SERVICENOW_TIMEOUT decides. */
  | "running"

/**
 * Classifies a failed update (SPEC 6.2). A time-out, a lost connection, 202, 408, 502 and 504 come from in front of the
 * instance, while the write may still run behind it. 500, 503 and an unreadable answer come from the instance itself,
 * once it is done. Other 5xx come from some proxy, so they count as running.
 */
export const writeAmbiguityOf = (reason: AttemptReason): WriteAmbiguity => {
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
      if (reason.status >= 400 && reason.status < 500) return reason.status === 408 ? "running" : "none"
      return reason.status < 400 || reason.status === 500 || reason.status === 503 ? "ended" : "running"
  }
}

/**
 * Classifies a failed create (SPEC 4.3). A proxy in front of an instance may answer as the instance does, so only a
 * refusal (4xx) shows that the create has ended.
 */
export const createAmbiguityOf = (reason: AttemptReason): Exclude<WriteAmbiguity, "ended"> =>
  writeAmbiguityOf(reason) === "none" ? "none" : "running"

/** True if the answer says that the row was created, but not which row it is. No look then allows another create. */
export const wasCreated = (reason: AttemptReason): boolean =>
  reason._tag === "Unreadable" && (reason.status === 201 || reason.hasRecord === true)
