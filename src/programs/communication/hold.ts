import { Clock, Effect, Schema } from "effect"

import type { FactOf } from "../../domain/communication/Fact.ts"
import type { Journey } from "../../domain/journeys/Journey.ts"
import { type Outbound, wants } from "../../domain/outbound/Outbound.ts"
import { expiresAt } from "../../domain/rules/checkDispatchable.ts"
import { Settings } from "../../services/Settings.ts"
import { Communication } from "./Communication.ts"

/**
 * The run ends here, because a step has to wait (SPEC 9.2). The facts say what it waits for, and a later run begins
 * again from them.
 */
export class Suspended extends Schema.TaggedError<Suspended>()("Suspended", {}) {
  override get message() {
    return "the run waits"
  }
}

/**
 * Milliseconds that a run waits in place, with its turn and its lock. A longer wait ends the run (DESIGN "Waiting").
 */
export const longestWait = 5000

/** What a step waits for, without the time. */
export type Wait = Omit<FactOf<"Held">, "_tag" | "at">

/**
 * Makes the wait durable without ending the run. Writes no fact if the same wait is already durable. Other remembered
 * facts become durable too.
 */
export const recordWait = Effect.fnUntraced(function* (wait: Wait) {
  const communication = yield* Communication
  const known = (yield* communication.state).held.get(wait.step)
  const isKnown =
    known !== undefined &&
    !known.begun &&
    wait.exhausted !== true &&
    known.attempts === wait.attempts &&
    known.vendor === wait.vendor &&
    known.appearsUntil === wait.appearsUntil &&
    known.until === wait.until
  if (isKnown) return yield* communication.flush
  yield* communication.record([{ _tag: "Held", at: yield* Clock.currentTimeMillis, ...wait }])
})

/** Makes the wait durable and ends the run. */
export const hold = Effect.fnUntraced(function* (wait: Wait) {
  yield* recordWait(wait)
  return yield* new Suspended()
})

/**
 * When an order's step is given up, epoch milliseconds: when the order becomes too old, or BREAKER_MAX_WAIT after the
 * step was held for the first time, whichever comes first. For a first step, the time when its record was first held
 * counts (SPEC 9.2).
 */
export const givenUpAt = Effect.fnUntraced(function* (step: "case" | "dispatch", order: Outbound, journey: Journey) {
  const communication = yield* Communication
  const { breaker } = yield* Settings
  const { accepted, held, retried } = yield* communication.state
  const isFirst = step === "case" || !wants(order, "itsm")
  // An operator's retry starts the wait again.
  const before = isFirst && retried === undefined ? accepted?.waitsSince : undefined
  const since = before ?? held.get(step)?.since ?? (yield* Clock.currentTimeMillis)
  return Math.min(since + breaker.maxWait, expiresAt(order, journey))
})
