import { Clock, Effect } from "effect"

import type { FactOf } from "../../domain/communication/Fact.ts"
import { journeyName } from "../../domain/communication/State.ts"
import { endSteps } from "../../domain/rules/endSteps.ts"
import { Journeys } from "../../services/Journeys.ts"
import { CurrentLease } from "../../services/Ownership.ts"
import { traced } from "../../telemetry/traced.ts"
import { Communication } from "./Communication.ts"

/** Who ends the waiting steps, and why. */
export type EndOrder = Pick<FactOf<"EndRequested">, "by" | "operation" | "reason">

/**
 * Ends every step of the communication that waits for a vendor as a failure, durably (SPEC 10.2). `nothing`: no step
 * waits. `unknown`: there is no such communication. The caller must have the communication's turn and lock, because a
 * call that is under way must not be given up. Idempotent: an operation acts once.
 */
export const endWaiting = Effect.fnUntraced(function* (order: EndOrder) {
  const communication = yield* Communication
  const journeys = yield* Journeys
  const state = yield* communication.state
  if (order.operation !== undefined && state.operations.has(order.operation)) return "acted" as const
  if (state.seq === 0) return "unknown" as const
  const now = yield* Clock.currentTimeMillis
  const { facts, steps } = endSteps(state, journeys.find(journeyName(state)), now)
  if (steps.length === 0) return "nothing" as const
  const lease = yield* CurrentLease
  yield* lease.awaitValid
  yield* communication.record([{ _tag: "EndRequested", at: now, steps, ...order }, ...facts])
  return "acted" as const
}, traced("endWaiting"))
