import { durationText } from "./durationText.ts"
import type { Journey } from "./Journey.ts"
import { formatDateTime } from "./localTime.ts"
import type { Outbound } from "./Outbound.ts"
import { expired, type Refusal } from "./refusal.ts"

/** The refusal of an order that is older than its journey allows (SPEC 2.5), or `undefined`. */
export const expiryOf = (order: Outbound, journey: Journey, now: number): Refusal | undefined =>
  journey.expiresAfter === undefined || now - order.eventTime <= journey.expiresAfter
    ? undefined
    : expired(formatDateTime(order.eventTime, journey.timeZone), durationText(journey.expiresAfter))
