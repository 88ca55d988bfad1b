import { html, json } from "../core/answer.ts"
import type { FaultPages } from "../core/faultAnswer.ts"
import type { Answered } from "../core/Simulator.ts"

/** The Table API's error envelope. */
export const failure = (
  status: number,
  message: string,
  detail: string | null,
  headers: Readonly<Record<string, string>> = {}
): Answered => json(status, { error: { message, detail }, status: "failure" }, headers)

export const notAuthenticated = failure(401, "User Not Authenticated", "Required to provide Auth information", {
  "www-authenticate": 'BASIC realm="Service-now"'
})

export const noRecord = failure(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")

/** An operation that an access rule forbids. */
export const aclException = (operation: "Insert" | "Update" | "Delete"): Answered =>
  failure(403, "Operation Failed", `ACL Exception ${operation} Failed due to security constraints`)

/** A write that a business rule of the instance forbids. */
export const abortedByRule = (table: string, rule: string): Answered =>
  failure(403, "Operation Failed", `Operation against file '${table}' was aborted by Business Rule '${rule}'`)

/** A query that searches a range without the right to do so. */
export const queryDenied = failure(403, "Operation Failed", "ACL Exception Query Failed due to security constraints")

const details: Readonly<Record<number, readonly [message: string, detail: string]>> = {
  401: ["User Not Authenticated", "Required to provide Auth information"],
  403: ["Operation Failed", "ACL Exception Insert Failed due to security constraints"],
  404: ["No Record found", "Record doesn't exist or ACL restricts the record retrieval"],
  429: ["Rate limit exceeded", "Too many requests: rate limit rule exceeded"],
  503: ["Service Unavailable", "The instance is not available"]
}

export const serviceNowPages: FaultPages = {
  error: (status) => {
    const [message, detail] = details[status] ?? ["Transaction failed", `The transaction ended with status ${status}`]
    return { error: { message, detail }, status: "failure" }
  },
  errorKey: failure(200, "Transaction cancelled: maximum execution time exceeded", "maximum execution time exceeded"),
  html: html(200, "Instance Hibernating page", "Your instance is hibernating. Sign in to wake it up."),
  login: html(200, "Log in | ServiceNow", "User name, Password, Log in.")
}
