import { eventKey, type InboundEvent } from "../inbound/InboundEvent.ts"
import { PersistentMap } from "../values/PersistentMap.ts"
import { deliveryNote, type DeliveryTimes, failedNote } from "./notes.ts"

/**
 * What the vendor reported about delivery, reading and failure. Of duplicate statements the earliest is kept, so that
 * the order of arrival does not matter (SPEC 8.4, 8.5).
 */
export interface Statements {
  /** By `eventKey`. */
  readonly byKey: PersistentMap<string, InboundEvent>
  /** The earliest times, in whole seconds. */
  readonly times: DeliveryTimes
  /** The newest second at which the message was delivered or read. */
  readonly aliveAt: number
  readonly newestFailure?: InboundEvent
}

export const noStatements: Statements = { byKey: PersistentMap.empty(), times: {}, aliveAt: -Infinity }

/** Epoch milliseconds, cut to whole seconds. The Case shows only these, so nothing may depend on smaller parts. */
const second = ({ at }: InboundEvent): number => Math.floor(at / 1000) * 1000

const noteOf = ({ code, kind, message }: InboundEvent): string => (kind === "failed" ? failedNote(code, message) : "")

/** Two failures within one second are ordered by their notes. */
const isBefore = (one: InboundEvent, other: InboundEvent): boolean =>
  second(one) === second(other) ? noteOf(one) < noteOf(other) : second(one) < second(other)

export const isStatement = ({ kind }: InboundEvent): boolean =>
  kind === "delivered" || kind === "read" || kind === "failed"

const earlier = (known: number | undefined, at: number): number => (known === undefined ? at : Math.min(known, at))

/** The earliest reported times. A message that was read was delivered too, but at an unknown time (SPEC 8.5). */
const timesWith = (times: DeliveryTimes, event: InboundEvent): DeliveryTimes => {
  switch (event.kind) {
    case "delivered":
      return { ...times, deliveredAt: earlier(times.deliveredAt, second(event)) }
    case "read":
      return { ...times, readAt: earlier(times.readAt, second(event)) }
    default:
      return times
  }
}

const newer = (known: InboundEvent | undefined, event: InboundEvent): InboundEvent =>
  known === undefined || isBefore(known, event) ? event : known

type Newest = Pick<Statements, "aliveAt" | "newestFailure">

const newestWith = ({ aliveAt, newestFailure }: Newest, event: InboundEvent): Newest =>
  event.kind === "failed"
    ? { aliveAt, newestFailure: newer(newestFailure, event) }
    : { aliveAt: Math.max(aliveAt, second(event)), ...(newestFailure && { newestFailure }) }

/** True if a correction of this statement, which makes it earlier, may leave another one as the newest. */
const isNewest = ({ aliveAt, newestFailure }: Newest, known: InboundEvent): boolean =>
  known.kind === "failed" ? known === newestFailure : second(known) === aliveAt

/** The statements after this event; the same object when it brings nothing new. */
export const withStatement = (statements: Statements, event: InboundEvent): Statements => {
  const key = eventKey(event)
  const known = statements.byKey.get(key)
  if (!isStatement(event) || (known !== undefined && !isBefore(event, known))) return statements
  const byKey = statements.byKey.with(key, event)
  const newest =
    known !== undefined && isNewest(statements, known)
      ? [...byKey.values()].reduce<Newest>(newestWith, noStatements)
      : newestWith(statements, event)
  return { byKey, times: timesWith(statements.times, event), ...newest }
}

/**
 * The note that must be the Case's last about delivery (SPEC 8.5, 8.7). It reports the delivery, unless the newest
 * statement is a failure. `undefined` while there is no statement.
 */
export const standingNote = ({ aliveAt, newestFailure, times }: Statements, zone: string): string | undefined =>
  newestFailure === undefined || second(newestFailure) <= aliveAt ? deliveryNote(times, zone) : noteOf(newestFailure)
