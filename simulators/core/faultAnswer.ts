import { accepted202, garbage, json } from "./answer.ts"
import type { AddedFault } from "./FaultRule.ts"
import type { Answered, SimAnswer } from "./Simulator.ts"

/** What a vendor's faults look like on the wire. */
export interface FaultPages {
  /** The vendor's error body for a status that a fault sets. */
  readonly error: (status: number) => unknown
  /** 200 with an `error` key. */
  readonly errorKey: Answered
  readonly html: Answered
  readonly login: Answered
}

const statusAnswer = (fault: AddedFault, pages: FaultPages): Answered => {
  const status = fault.status ?? 500
  if (typeof fault.body !== "string") return json(status, fault.body ?? pages.error(status), fault.headers)
  return { status, headers: { "content-type": "text/plain;charset=UTF-8", ...fault.headers }, body: fault.body }
}

/** The headers that say when a limit lets requests through again: in the next second of the clock. */
const limitHeaders = ({ hint = "retry-after" }: AddedFault, now: number): Readonly<Record<string, string>> => {
  switch (hint) {
    case "retry-after":
      return { "retry-after": "1" }
    case "reset-epoch":
      return { "x-ratelimit-reset": String(Math.floor(now / 1000) + 1) }
    case "reset-delta":
      return { "x-ratelimit-reset": "1" }
    case "none":
      return {}
  }
}

/** What the caller sees of a fault. `undefined` for `slow`, which changes only the time. */
export const faultAnswer = (fault: AddedFault, pages: FaultPages, now: number): SimAnswer | undefined => {
  switch (fault.kind) {
    case "status":
      return statusAnswer(fault, pages)
    case "limit":
      return json(429, pages.error(429), limitHeaders(fault, now))
    case "timeout":
    case "lateInsert":
      return "hang"
    case "drop":
    case "refuse":
      return fault.kind
    case "accepted202":
      return accepted202
    case "garbage":
      return garbage
    case "errorKey":
      return { ...pages.errorKey, status: fault.status ?? pages.errorKey.status }
    case "html":
    case "login":
      return pages[fault.kind]
    case "slow":
      return undefined
  }
}
