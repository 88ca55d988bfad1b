import { Clock, Effect } from "effect"

import type { FactOf } from "../../domain/communication/Fact.ts"
import type { Journey } from "../../domain/journeys/Journey.ts"
import { deliveryDate } from "../../domain/outbound/caseBody.ts"
import { closeResponse } from "../../domain/responses/eventResponse.ts"
import { closePatch } from "../../domain/rules/casePatches.ts"
import { isFinal, serviceNowFailure } from "../../domain/vendor/failure.ts"
import type { ServiceNowError } from "../../services/ServiceNow.ts"
import { traced } from "../../telemetry/traced.ts"
import { Communication, once } from "../communication/Communication.ts"
import { publishResponse, storeNumbered } from "../communication/publishResponse.ts"
import { failIfCaseChanged, updateCase } from "../communication/updateCase.ts"

/** Reads the Case and decides whether the close stands; durable before anything is written. */
const decide = Effect.fnUntraced(function* (journey: Journey) {
  const communication = yield* Communication
  const { accepted } = yield* communication.state
  const patch = closePatch(journey, accepted && deliveryDate(accepted.order, journey))
  const decided = yield* failIfCaseChanged({ of: "close" }, patch).pipe(
    Effect.as({ patch, cancelled: false }),
    Effect.catchTag("TakenOver", ({ instead }) => Effect.succeed({ patch: instead, cancelled: true }))
  )
  const at = yield* Clock.currentTimeMillis
  yield* communication.record([{ _tag: "CloseIntended", at, ...decided }])
})

/** The response of the close, as far as it has been carried out by now; the latest one stands for it. */
export const storeCloseResponse = (outcome: FactOf<"CloseWritten">) =>
  storeNumbered({}, (state, numbered) =>
    closeResponse(state, state.events.closeIntended?.patch ?? {}, outcome, numbered)
  )

/** Carries out a close that is decided, also one that a run which died had begun; nothing where there is none. */
export const closeIntended = Effect.gen(function* () {
  const communication = yield* Communication
  const { before } = communication
  const { closeIntended: intended, closeResponse: responded } = (yield* communication.state).events
  if (intended === undefined) return
  const write = Effect.flatMap(
    updateCase({ of: "close" }, intended.patch, before.events.closeIntended === undefined ? "none" : "died"),
    (outcome) =>
      Effect.map(Clock.currentTimeMillis, (at): FactOf<"CloseWritten"> => ({ _tag: "CloseWritten", at, ...outcome }))
  )
  const written = yield* Effect.uninterruptible(once((state) => state.events.closeWritten, write))
  yield* publishResponse(responded ?? (yield* storeCloseResponse(written)))
})

/** The Case may not be read, now or ever (SPEC 4.6): the close has failed, and its response says so (SPEC 8.11). */
const giveUp = Effect.fnUntraced(function* (journey: Journey, error: ServiceNowError) {
  const communication = yield* Communication
  const { accepted } = yield* communication.state
  const at = yield* Clock.currentTimeMillis
  const patch = closePatch(journey, accepted && deliveryDate(accepted.order, journey))
  yield* communication.remember({ _tag: "CloseIntended", at, cancelled: false, patch })
  const response = serviceNowFailure(error)
  yield* communication.remember({ _tag: "CloseWritten", at, written: false, response, avisos: [] })
})

/** A scheduled close that is due (SPEC 8.8); fails while the Case cannot be read, and is then due again. */
export const closeCase = Effect.fnUntraced(function* (journey: Journey) {
  const communication = yield* Communication
  if ((yield* communication.state).events.closeIntended === undefined) {
    yield* Effect.catchTag(decide(journey), "ServiceNowError", (error) =>
      isFinal(error.reason) ? giveUp(journey, error) : Effect.fail(error)
    )
  }
  yield* closeIntended
}, traced("closeCase"))
