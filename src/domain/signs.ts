import { type OutageReason, Refused, TokenUnavailable } from "../services/ServiceNow.ts"
import { DispatchRefusal, type WeniReason } from "../services/Weni.ts"
import type { Sign } from "./breaker.ts"

/** The status alone: whatever else an answer says is about one communication, and an open breaker speaks to all. */
const statusText = (status: number) => ({ status, message: `HTTP ${status}` })

const alive = { _tag: "Alive" } as const

/** We did not ask: it is this process that may have lost its lock (DESIGN "Ownership"). */
const unasked = { _tag: "None" } as const

const isWithheld = (reason: OutageReason | WeniReason) => reason._tag === "NotConnected" && reason.withheld === true

const serviceNowWithoutWords = (reason: OutageReason): OutageReason => {
  switch (reason._tag) {
    case "Refused":
      return new Refused({ ...statusText(reason.status), detail: "recusado" })
    case "TokenUnavailable":
      return reason.reason._tag === "Refused"
        ? new TokenUnavailable({ reason: new Refused({ ...statusText(reason.reason.status), detail: "recusado" }) })
        : reason
    default:
      return reason
  }
}

/**
 * What a failed attempt says of ServiceNow (SPEC 9.2, 4.6): 4xx but 401 shows it alive, a 429 that asks for more than
 * `maxDelay` milliseconds holds all calls back, a request that we withheld shows nothing.
 */
export const serviceNowSign = (reason: OutageReason, maxDelay: number): Sign<OutageReason> => {
  if (isWithheld(reason)) return unasked
  const said = serviceNowWithoutWords(reason)
  if (reason._tag !== "Refused" || reason.status < 400 || reason.status === 401 || reason.status >= 500) {
    return { _tag: "Failed", reason: said }
  }
  const wait = reason.status === 429 ? (reason.retryAfter ?? 0) : 0
  return wait > maxDelay ? { _tag: "Busy", reason: said, wait } : alive
}

/** What a failed attempt says of Weni (SPEC 9.2): 4xx but 401 and 403 shows it alive, a request that we withheld nothing. */
export const weniSign = (reason: WeniReason): Sign<WeniReason> => {
  if (isWithheld(reason)) return unasked
  if (reason._tag !== "DispatchRefusal") return { _tag: "Failed", reason }
  const { status } = reason
  return status >= 400 && status < 500 && status !== 401 && status !== 403
    ? alive
    : { _tag: "Failed", reason: new DispatchRefusal({ ...statusText(status), answer: {} }) }
}
