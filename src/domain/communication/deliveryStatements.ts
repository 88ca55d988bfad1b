import { eventKey, type InboundEvent } from "../inbound/InboundEvent.ts"
import { deliveryNote, type DeliveryTimes, failedNote } from "./notes.ts"

/**
 * What the vendor reported about delivery, reading and failure, by `eventKey`. Of duplicate statements the earliest is
 * kept, so that the order of arrival does not matter (SPEC 8.4, 8.5).
 */
export type Statements = ReadonlyMap<string, InboundEvent>

/** Epoch milliseconds, cut to whole seconds. The Case shows no more, so nothing may depend on more. */
const second = ({ at }: InboundEvent): number => Math.floor(at / 1000) * 1000

const noteOf = ({ code, kind, message }: InboundEvent): string => (kind === "failed" ? failedNote(code, message) : "")

/** Two failures within one second are ordered by their notes. */
const isBefore = (one: InboundEvent, other: InboundEvent): boolean =>
  second(one) === second(other) ? noteOf(one) < noteOf(other) : second(one) < second(other)

const isStatement = ({ kind }: InboundEvent): boolean => kind === "delivered" || kind === "read" || kind === "failed"

/** The statements after this event; the same map when it brings nothing new. */
export const withStatement = (statements: Statements, event: InboundEvent): Statements => {
  const key = eventKey(event)
  const known = statements.get(key)
  return isStatement(event) && (known === undefined || isBefore(event, known))
    ? new Map(statements).set(key, event)
    : statements
}

/** The earliest reported times. A message that was read was delivered too, but at an unknown time (SPEC 8.5). */
export const timesOf = (statements: Statements): DeliveryTimes => {
  const earliest = (kind: InboundEvent["kind"]) =>
    Math.min(...[...statements.values()].filter((one) => one.kind === kind).map(second))
  const [deliveredAt, readAt] = [earliest("delivered"), earliest("read")]
  return { ...(deliveredAt < Infinity && { deliveredAt }), ...(readAt < Infinity && { readAt }) }
}

/**
 * The note that must be the Case's last about delivery (SPEC 8.5, 8.7). It reports the delivery, unless the newest
 * statement is a failure. `undefined` while there is no statement.
 */
export const standingNote = (statements: Statements, zone: string): string | undefined => {
  const all = [...statements.values()]
  const alive = Math.max(...all.filter(({ kind }) => kind !== "failed").map(second))
  const failures = all.filter((one) => one.kind === "failed" && second(one) > alive)
  const [first, ...others] = failures
  return first === undefined
    ? deliveryNote(timesOf(statements), zone)
    : noteOf(others.reduce((newest, one) => (isBefore(newest, one) ? one : newest), first))
}
