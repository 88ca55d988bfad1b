import type { LoggedRequest, SimAnswer, SimRequest } from "./Simulator.ts"

interface Entry {
  readonly at: number
  readonly request: SimRequest
  readonly fault: number | undefined
  outcome: LoggedRequest["outcome"] | undefined
}

const secret = new Set(["authorization", "cookie", "x-api-key", "x-api-secret"])

const masked = (name: string, value: string) => {
  if (!secret.has(name)) return value
  const scheme = /^(Basic|Bearer) /i.exec(value)
  return scheme === null ? "***" : `${scheme[1]} ***`
}

const view = ({ at, fault, outcome, request }: Entry): LoggedRequest => ({
  at,
  method: request.method,
  path: request.path,
  query: Object.fromEntries(request.query),
  headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, masked(name, value)])),
  // The form of a token request contains a password and a client secret.
  body: request.path.endsWith("/oauth_token.do") ? "***" : request.body,
  ...(outcome !== undefined && { outcome }),
  ...(fault !== undefined && { fault })
})

/** The last `capacity` requests. */
export const makeRequestLog = (capacity = 10_000) => {
  let ring: Array<Entry> = []
  let next = 0

  return {
    /** Logs an arrival. The returned function logs how it ended. */
    arrived: (at: number, request: SimRequest, fault: number | undefined) => {
      const entry: Entry = { at, request, fault, outcome: undefined }
      ring[next] = entry
      next = (next + 1) % capacity
      return (answer: SimAnswer) => {
        entry.outcome = typeof answer === "string" ? answer : answer.status
      }
    },
    /** The last `count` requests, oldest first. */
    last: (count = capacity): ReadonlyArray<LoggedRequest> =>
      [...ring.slice(next), ...ring.slice(0, next)].slice(-count).map(view),
    clear: () => {
      ring = []
      next = 0
    }
  }
}
