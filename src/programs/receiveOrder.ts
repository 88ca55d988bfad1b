import { Clock, Effect, Schema } from "effect"

import { expiryOf } from "../domain/expiry.ts"
import type { FactOf } from "../domain/Fact.ts"
import { Origin, originKey } from "../domain/Origin.ts"
import { Outbound } from "../domain/Outbound.ts"
import { conflict, type Refusal, unknownJourney } from "../domain/refusal.ts"
import { conflictsWith } from "../domain/repeat.ts"
import { Journeys } from "../services/Journeys.ts"
import { communicate } from "./communicate.ts"
import { Communication } from "./Communication.ts"
import { publishRepeat } from "./publishResponse.ts"

/** One valid record of `comunicacaoTransacional`, as intake hands it to its communication. */
export const ReceivedOrder = Schema.Struct({
  origin: Origin,
  traceparent: Schema.optionalKey(Schema.String),
  order: Outbound
})
export type ReceivedOrder = typeof ReceivedOrder.Type

const accept = Effect.fnUntraced(function* (received: ReceivedOrder) {
  const communication = yield* Communication
  const accepted: FactOf<"Accepted"> = { _tag: "Accepted", at: yield* Clock.currentTimeMillis, ...received }
  yield* communication.remember(accepted)
  return accepted
})

/** Why the record does nothing, if so: a conflict (SPEC 1.5), an unknown journey (2.6), too old on arrival (2.5). */
const refusalOf = Effect.fnUntraced(function* ({ order }: ReceivedOrder, known: FactOf<"Accepted"> | undefined) {
  const journeys = yield* Journeys
  const conflicts = known === undefined ? [] : conflictsWith(known.order, order)
  if (conflicts.length > 0) return conflict(conflicts)
  const journey = journeys.find(order.cod_jornada)
  if (journey === undefined) return unknownJourney(order.cod_jornada)
  return known === undefined ? (expiryOf(order, journey, yield* Clock.currentTimeMillis) ?? journey) : journey
})

const isRefusal = (decision: object): decision is Refusal => "codigo" in decision

/**
 * What one record does to its communication: starts it, resumes it, repeats its response, or nothing. Returns when the
 * record has ended (SPEC 2.7), or the refusal that is still to be published.
 */
export const receiveOrder = Effect.fn("receiveOrder")(function* (received: ReceivedOrder) {
  const communication = yield* Communication
  const known = (yield* communication.state).accepted
  const decision = yield* refusalOf(received, known)
  if (isRefusal(decision)) return decision
  const accepted = known ?? (yield* accept(received))
  const response = yield* communicate(accepted, decision)
  if (originKey(accepted.origin) !== originKey(received.origin)) yield* publishRepeat(response, received.origin)
  return undefined
})
