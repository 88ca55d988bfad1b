import type { AnyRequest } from "./openApiRequests.ts"

interface Answer {
  readonly status: number
  /** The body as JSON, otherwise as text. */
  readonly body: unknown
}

const isText = (value: unknown): boolean => typeof value === "string"

/** How an answer violates the contract; `undefined` if it does not. A defect of the service is answered with 503. */
export const wrongAnswer = ({ body: sent, method, path, statuses }: AnyRequest, { body, status }: Answer) => {
  const request = `${method} ${path} ${sent ?? ""}`.slice(0, 500)
  if (!statuses.includes(status)) return `${status} is not in the contract: ${request}`
  if (status < 400) return undefined
  const { detail, error, ids, ...others } = Object(body)
  const isRefusal =
    isText(error) &&
    (detail === undefined || isText(detail)) &&
    (ids === undefined || Array.isArray(ids)) &&
    Object.keys(others).length === 0
  if (!isRefusal) return `${status} without {error, detail?}: ${request}`
  return String(error).includes("the service failed") ? `a defect: ${request}` : undefined
}
