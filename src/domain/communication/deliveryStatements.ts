import { eventKey, type InboundEvent } from "../inbound/InboundEvent.ts"
import { deliveryNote, type DeliveryTimes, failedNote } from "./notes.ts"

/**
 * What the vendor has said of delivery, reading and failure, by `eventKey`: of statements that duplicate each other the
 * earliest, so that it does not matter which one came first (SPEC 8.4, 8.5).
 */
export type Statements = ReadonlyMap<string, InboundEvent>

/** The Case shows whole seconds: nothing may depend on what it does not show. Epoch milliseconds. */
const second = ({ at }: InboundEvent): number => Math.floor(at / 1000) * 1000

const noteOf = ({ code, kind, message }: InboundEvent): string => (kind === "failed" ? failedNote(code, message) : "")

/** Two failures of one second are ordered by what they say. */
const isBefore = (one: InboundEvent, other: InboundEvent): boolean =>
  second(one) === second(other) ? noteOf(one) < noteOf(other) : second(one) < second(other)

const isStatement = ({ kind }: InboundEvent): boolean => kind === "delivered" || kind === "read" || kind === "failed"

/** The statements after this event; the same ones when it tells nothing new. */
export const withStatement = (statements: Statements, event: InboundEvent): Statements => {
  const key = eventKey(event)
  const known = statements.get(key)
  return isStatement(event) && (known === undefined || isBefore(event, known))
    ? new Map(statements).set(key, event)
    : statements
}

/** The earliest times that were told; a message that was read was delivered, but nobody said when (SPEC 8.5). */
export const timesOf = (statements: Statements): DeliveryTimes => {
  const earliest = (kind: InboundEvent["kind"]) =>
    Math.min(...[...statements.values()].filter((one) => one.kind === kind).map(second))
  const [deliveredAt, readAt] = [earliest("delivered"), earliest("read")]
  return { ...(deliveredAt < Infinity && { deliveredAt }), ...(readAt < Infinity && { readAt }) }
}

/**
 * The delivery note that must be the Case's last (SPEC 8.5, 8.7): of delivery, unless the newest statement is a failure;
 * `undefined` while there is none.
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
