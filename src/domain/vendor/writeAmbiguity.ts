import type { HeldBack, OutageReason } from "./failureReasons.ts"

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
export const writeAmbiguityOf = (reason: OutageReason | HeldBack): WriteAmbiguity => {
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
 * Classifies a failed create (SPEC 4.3). Whatever stands in front of an instance may answer as the instance does, so
 * nothing but a refusal (4xx) shows that the create has ended.
 */
export const createAmbiguityOf = (reason: OutageReason | HeldBack): Exclude<WriteAmbiguity, "ended"> =>
  writeAmbiguityOf(reason) === "none" ? "none" : "running"

/** The answer says that the row was created, and does not say which row it is. No look allows another create then. */
export const wasCreated = (reason: OutageReason | HeldBack): boolean =>
  reason._tag === "Unreadable" && (reason.status === 201 || reason.hasRecord === true)
