import { eventKey, type InboundEvent } from "../inbound/InboundEvent.ts"
import { withStatement } from "./delivery.ts"
import type { EventsState } from "./EventsState.ts"

/**
 * By what the communication knows the event: `eventKey`, which a duplicate shares; one that tells an earlier time than
 * those it would duplicate corrects them, and has a key of its own (SPEC 8.4).
 */
export const progressKey = ({ byKey, statements }: EventsState, event: InboundEvent): string => {
  const key = eventKey(event)
  const correcting = JSON.stringify(["correction", key, event.at, event.code ?? "", event.message ?? ""])
  const corrects = byKey.has(key) && withStatement(statements, event) !== statements
  return byKey.has(correcting) || corrects ? correcting : key
}
