import { Clock, Effect, Schema } from "effect"

import type { FactOf, Vendor } from "../../domain/communication/Fact.ts"
import type { Journey } from "../../domain/journeys/Journey.ts"
import { Outbound, wants } from "../../domain/outbound/Outbound.ts"
import { conflictsWith, contentHash } from "../../domain/outbound/repeat.ts"
import { Origin, originKey } from "../../domain/record/Origin.ts"
import { RecordMark } from "../../domain/record/RecordMark.ts"
import { conflict, deletedContent, unknownJourney } from "../../domain/responses/refusal.ts"
import { forgottenResponse } from "../../domain/responses/response.ts"
import { expiresAt, expiryOf } from "../../domain/rules/checkDispatchable.ts"
import { Breakers } from "../../services/Breakers.ts"
import { type Forgotten, Journal } from "../../services/Journal.ts"
import { Journeys } from "../../services/Journeys.ts"
import { Ledger } from "../../services/Ledger.ts"
import { Settings } from "../../services/Settings.ts"
import { currentTraceparent } from "../../telemetry/traced.ts"
import { Communication } from "../communication/Communication.ts"
import { publishRepeat, publishResponse } from "../communication/publishResponse.ts"
import { unknownPause } from "../runtime/retryOnDefect.ts"
import { communicate } from "./communicate.ts"

/** One valid record of `comunicacaoTransacional`, as the intake passes it to its communication. */
export const ReceivedOrder = Schema.Struct({
  origin: Origin,
  mark: RecordMark,
  traceparent: Schema.optionalKey(Schema.String),
  order: Outbound,
  /** When the record was first held back before anything of the order had begun, epoch milliseconds (SPEC 9.2). */
  waitsSince: Schema.optionalKey(Schema.Number)
})
export type ReceivedOrder = typeof ReceivedOrder.Type

const accept = Effect.fnUntraced(function* (received: ReceivedOrder) {
  const communication = yield* Communication
  const at = yield* Clock.currentTimeMillis
  const span = yield* currentTraceparent
  const accepted: FactOf<"Accepted"> = { _tag: "Accepted", at, ...received, ...(span !== undefined && { span }) }
  yield* communication.remember(accepted)
  return accepted
})

/** The order has not ended, and waits (SPEC 9.2). */
export interface OrderWaits {
  readonly _tag: "OrderWaits"
  /**
   * Nothing of it has begun, because its first vendor is unavailable. It can begin when that vendor is available again.
   */
  readonly notBegun?: { readonly vendor: Vendor; readonly since: number }
  /** When the order is tried again whatever the vendor does, epoch milliseconds. */
  readonly until?: number
  /** The record that began the order. The facts say what the order waits for. It has ended when that record has. */
  readonly order?: Origin
}

/**
 * Accepts the record that would start the communication. Returns a refusal instead if the record was too old on arrival
 * (SPEC 2.5). While its first vendor is unavailable, nothing begins, but for BREAKER_MAX_WAIT at most (SPEC 9.2).
 */
const start = Effect.fnUntraced(function* (received: ReceivedOrder, journey: Journey) {
  const breakers = yield* Breakers
  const { breaker } = yield* Settings
  const { order } = received
  const now = yield* Clock.currentTimeMillis
  const expiry = expiryOf(order, journey, now)
  if (expiry !== undefined) return expiry
  const vendor = wants(order, "itsm") ? "servicenow" : "weni"
  const since = received.waitsSince ?? now
  const endsAt = since + breaker.maxWait
  // When the wait is over, the order begins, and its first step is given up at once.
  if (breakers[vendor].way() !== "shut" || endsAt <= now) return yield* accept(received)
  const until = Math.min(endsAt, expiresAt(order, journey))
  const waits: OrderWaits = { _tag: "OrderWaits", notBegun: { vendor, since }, until }
  return waits
})

/**
 * The first record's response has already been published. Any other record with this content gets the response again
 * (SPEC 1.4).
 */
const repeat = (accepted: FactOf<"Accepted">, response: FactOf<"ResponseStored">, received: ReceivedOrder) =>
  originKey(accepted.origin) === originKey(received.origin) ? Effect.void : publishRepeat(response, received)

/**
 * Returns that the order waits. If it has had a response before, a repeat gets that response instead. The ending of the
 * order's record shows that the order has ended. If that record was given up, a later one is tried again after a pause.
 */
const waiting = Effect.fnUntraced(function* (accepted: FactOf<"Accepted">, received: ReceivedOrder) {
  const communication = yield* Communication
  const ledger = yield* Ledger
  const { outdated } = yield* communication.state
  if (outdated !== undefined) {
    yield* publishResponse(outdated)
    yield* repeat(accepted, outdated, received)
    return undefined
  }
  const isGivenUp = (yield* ledger.ending(accepted.origin)) !== undefined
  const waits: OrderWaits = isGivenUp
    ? { _tag: "OrderWaits", until: (yield* Clock.currentTimeMillis) + unknownPause }
    : { _tag: "OrderWaits", order: accepted.origin }
  return waits
})

/** A record whose communication was deleted is still a repeat or a conflict, never a new start (CONTRACT RETENTION). */
const afterForgotten = Effect.fnUntraced(function* ({ hash, number, status }: Forgotten, received: ReceivedOrder) {
  if (hash !== contentHash(received.order)) return conflict([deletedContent])
  yield* publishRepeat({ content: forgottenResponse(received.order, status, number) }, received)
  return undefined
})

/**
 * Applies one record to its communication: starts it, resumes it, repeats its response, or does nothing. Returns when
 * the record has ended (SPEC 2.7), returns the refusal that is still to be published, or returns what the order waits
 * for.
 */
export const receiveOrder = Effect.fnUntraced(function* (received: ReceivedOrder) {
  const communication = yield* Communication
  const journal = yield* Journal
  const journeys = yield* Journeys
  yield* communication.confirmed
  const { accepted: known, response: stored } = yield* communication.state
  const conflicts = known === undefined ? [] : conflictsWith(known.order, received.order)
  if (conflicts.length > 0) return conflict(conflicts)
  if (known !== undefined && stored !== undefined) {
    // The journey may have been removed from the file. The stored response is still published again.
    yield* publishResponse(stored)
    yield* repeat(known, stored, received)
    return undefined
  }
  const forgotten = known === undefined ? yield* journal.forgotten(communication.id) : undefined
  if (forgotten !== undefined) return yield* afterForgotten(forgotten, received)
  const journey = journeys.find(received.order.cod_jornada)
  if (journey === undefined) return unknownJourney(received.order.cod_jornada)
  const accepted = known ?? (yield* start(received, journey))
  if (!("_tag" in accepted) || accepted._tag === "OrderWaits") return accepted
  return yield* communicate(accepted, journey).pipe(
    Effect.flatMap((response) => Effect.as(repeat(accepted, response, received), undefined)),
    Effect.catchTag("Suspended", () => waiting(accepted, received))
  )
})
