import { Clock, Effect } from "effect"

import type { FactOf } from "../../domain/communication/Fact.ts"
import { attemptsOf } from "../../domain/communication/HeldSteps.ts"
import type { Journey } from "../../domain/journeys/Journey.ts"
import { deliveryDate } from "../../domain/outbound/caseBody.ts"
import { closeResponse } from "../../domain/responses/eventResponse.ts"
import { closePatch } from "../../domain/rules/casePatches.ts"
import { isFinal, serviceNowFailure } from "../../domain/vendor/failure.ts"
import type { HeldBack } from "../../domain/vendor/failureReasons.ts"
import { reasonText } from "../../domain/vendor/reasonText.ts"
import { traced } from "../../telemetry/traced.ts"
import { failIfCaseChanged } from "../communication/caseStanding.ts"
import { Communication, once } from "../communication/Communication.ts"
import { hold } from "../communication/hold.ts"
import { publishResponse, storeNumbered } from "../communication/publishResponse.ts"
import { writeOrHold } from "../communication/updateCase.ts"
import type { ServiceNowError } from "../vendor/ServiceNowError.ts"

/** Reads the Case and decides whether the close still applies. The decision is durable before anything is written. */
const intendClose = Effect.fnUntraced(function* (journey: Journey) {
  const communication = yield* Communication
  const { accepted } = yield* communication.state
  const patch = closePatch(journey, accepted && deliveryDate(accepted.order, journey))
  const decided = yield* failIfCaseChanged({ of: "close" }, patch).pipe(
    Effect.as({ patch, cancelled: false }),
    Effect.catchTag("CaseChangedByAgent", ({ instead, refused }) =>
      Effect.succeed({ patch: instead, cancelled: true, ...(refused && { refused }) })
    )
  )
  const at = yield* Clock.currentTimeMillis
  yield* communication.record([{ _tag: "CloseIntended", at, ...decided }])
})

/** Stores the response to the close, as far as the close has been carried out. The latest response counts. */
export const storeCloseResponse = (outcome: FactOf<"CloseWritten">) =>
  storeNumbered({}, (state, numbered) => closeResponse(state, state.events.closeIntended, outcome, numbered))

/** Carries out a decided close, including one that a crashed run had begun. Does nothing if no close is decided. */
export const closeIntended = Effect.gen(function* () {
  const communication = yield* Communication
  const { before } = communication
  const { closeIntended: intended, closeResponse: responded } = (yield* communication.state).events
  if (intended === undefined) return
  const unknown = before.events.closeIntended === undefined ? "none" : "died"
  const write = Effect.flatMap(writeOrHold({ of: "close" }, intended.patch, false, unknown), (outcome) =>
    Effect.map(Clock.currentTimeMillis, (at): FactOf<"CloseWritten"> => ({ _tag: "CloseWritten", at, ...outcome }))
  )
  const written = yield* Effect.uninterruptible(once((state) => state.events.closeWritten, write))
  yield* publishResponse(responded ?? (yield* storeCloseResponse(written)))
})

/**
 * Records the close as failed, because the Case may not be read, now or ever (SPEC 4.6). Its response reports the
 * failure (SPEC 8.11).
 */
const giveUp = Effect.fnUntraced(function* (journey: Journey, error: ServiceNowError) {
  const communication = yield* Communication
  const { accepted } = yield* communication.state
  const at = yield* Clock.currentTimeMillis
  const patch = closePatch(journey, accepted && deliveryDate(accepted.order, journey))
  yield* communication.remember({ _tag: "CloseIntended", at, cancelled: false, patch })
  const response = serviceNowFailure(error)
  yield* communication.remember({ _tag: "CloseWritten", at, written: false, response, avisos: [] })
})

/** Lets the close wait for ServiceNow, for as long as it takes (SPEC 9.2). */
const closeHeld = Effect.fnUntraced(function* ({ attempts }: ServiceNowError, { reason }: HeldBack) {
  const communication = yield* Communication
  const made = attemptsOf((yield* communication.state).held, "close", attempts)
  return yield* hold({ step: "close", vendor: "servicenow", reason: reasonText(reason), attempts: made })
})

/** The Case could not be read, so the close waits, is given up, or is due again. */
const notRead = Effect.fnUntraced(function* (journey: Journey, error: ServiceNowError) {
  if (error.reason._tag === "HeldBack") return yield* closeHeld(error, error.reason)
  if (!isFinal(error.reason)) return yield* error
  return yield* giveUp(journey, error)
})

/**
 * Carries out a scheduled close that is due (SPEC 8.8). Fails while the Case cannot be read, and the close is then due
 * again.
 */
export const closeCase = Effect.fnUntraced(function* (journey: Journey) {
  const communication = yield* Communication
  if ((yield* communication.state).events.closeIntended === undefined) {
    yield* Effect.catchTag(intendClose(journey), "ServiceNowError", (error) => notRead(journey, error))
  }
  yield* closeIntended
}, traced("closeCase"))
