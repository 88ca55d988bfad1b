/**
 * What one check of a vendor found. `warning`: the service works, but the operator should know. `problem`: it does not
 * work as it should. `unknown`: the check could not tell.
 */
export interface Finding {
  readonly check: string
  readonly verdict: "ok" | "warning" | "problem" | "unknown"
  /** A sentence for people, without personal data. */
  readonly text: string
}

const finding =
  (verdict: Finding["verdict"]) =>
  (check: string, text: string): Finding => ({ check, verdict, text })

export const ok = finding("ok")
export const warning = finding("warning")
export const problem = finding("problem")
export const unknown = finding("unknown")
