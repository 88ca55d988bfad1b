import { durationText } from "./durationText.ts"
import type { Journey } from "./Journey.ts"
import { formatDateTime } from "./localTime.ts"
import type { Outbound } from "./Outbound.ts"
import { expired, type Refusal } from "./refusal.ts"

/** From when on the order is too old for its journey (SPEC 2.5), epoch milliseconds; never, where the journey does not say. */
export const expiresAt = (order: Outbound, { expiresAfter }: Journey): number =>
  expiresAfter === undefined ? Number.POSITIVE_INFINITY : order.eventTime + expiresAfter + 1

/** The refusal of an order that is older than its journey allows (SPEC 2.5), or `undefined`. */
export const expiryOf = (order: Outbound, journey: Journey, now: number): Refusal | undefined =>
  journey.expiresAfter === undefined || now < expiresAt(order, journey)
    ? undefined
    : expired(formatDateTime(order.eventTime, journey.timeZone), durationText(journey.expiresAfter))
