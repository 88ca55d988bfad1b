import { Clock, Effect, Schema } from "effect"

import type { FactOf } from "../../domain/communication/Fact.ts"
import type { Journey } from "../../domain/journeys/Journey.ts"
import { Outbound } from "../../domain/outbound/Outbound.ts"
import { conflictsWith, contentHash } from "../../domain/outbound/repeat.ts"
import { Origin, originKey } from "../../domain/record/Origin.ts"
import { conflict, unknownJourney } from "../../domain/responses/refusal.ts"
import { forgottenResponse } from "../../domain/responses/response.ts"
import { expiryOf } from "../../domain/rules/checkDispatchable.ts"
import { type Forgotten, Journal } from "../../services/Journal.ts"
import { Journeys } from "../../services/Journeys.ts"
import { currentTraceparent } from "../../telemetry/traced.ts"
import { Communication } from "../communication/Communication.ts"
import { publishRepeat, publishResponse } from "../communication/publishResponse.ts"
import { communicate } from "./communicate.ts"

/** One valid record of `comunicacaoTransacional`, as the intake passes it to its communication. */
export const ReceivedOrder = Schema.Struct({
  origin: Origin,
  traceparent: Schema.optionalKey(Schema.String),
  order: Outbound
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

/**
 * Accepts the record that would start the communication. Returns a refusal instead if the record was too old on arrival
 * (SPEC 2.5).
 */
const start = Effect.fnUntraced(function* (received: ReceivedOrder, journey: Journey) {
  const expiry = expiryOf(received.order, journey, yield* Clock.currentTimeMillis)
  return expiry ?? (yield* accept(received))
})

/**
 * The first record's response has already been published. Any other record with this content gets the response again
 * (SPEC 1.4).
 */
const repeat = (accepted: FactOf<"Accepted">, response: FactOf<"ResponseStored">, { origin }: ReceivedOrder) =>
  originKey(accepted.origin) === originKey(origin) ? Effect.void : publishRepeat(response, origin)

/** A record whose communication was deleted is still a repeat or a conflict, never a new start (CONTRACT RETENTION). */
const afterForgotten = Effect.fnUntraced(function* ({ hash, number, status }: Forgotten, received: ReceivedOrder) {
  if (hash !== contentHash(received.order)) return conflict(["comunicação apagada após RETENTION"])
  yield* publishRepeat({ content: forgottenResponse(received.order, status, number) }, received.origin)
  return undefined
})

/**
 * Applies one record to its communication: starts it, resumes it, repeats its response, or does nothing. Returns when
 * the record has ended (SPEC 2.7), or returns the refusal that is still to be published.
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
  if (!("_tag" in accepted)) return accepted
  const response = yield* communicate(accepted, journey)
  yield* repeat(accepted, response, received)
  return undefined
})
