/** The part of `npm audit --json`'s output that is used. */
interface AuditReport {
  readonly error?: unknown
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range: string }>>
}

/** Severities that stop a build. */
const grave: ReadonlySet<string> = new Set(["high", "critical"])

export type AuditVerdict =
  | { readonly _tag: "Unanswered" }
  | { readonly _tag: "Clean" }
  | { readonly _tag: "Known"; readonly packages: ReadonlyArray<string> }

const parsed = (output: string): AuditReport => {
  try {
    const report: unknown = JSON.parse(output)
    return typeof report === "object" && report !== null ? report : {}
  } catch {
    return {}
  }
}

/**
 * Reads the output of `npm audit --json`: which packages have a known advisory of high severity or above, or that the
 * registry gave no answer. A registry that mirrors packages need not have the advisories.
 */
export const auditVerdict = (output: string): AuditVerdict => {
  const { error, vulnerabilities } = parsed(output)
  if (error !== undefined || vulnerabilities === undefined) return { _tag: "Unanswered" }
  const packages = Object.entries(vulnerabilities)
    .filter(([, { severity }]) => grave.has(severity))
    .map(([name, { range, severity }]) => `${name} ${range}: ${severity}`)
  return packages.length === 0 ? { _tag: "Clean" } : { _tag: "Known", packages }
}
