import { Clock, Effect, Random } from "effect"

import type { FactOf } from "../../domain/communication/Fact.ts"
import type { State } from "../../domain/communication/State.ts"
import type { Journey } from "../../domain/journeys/Journey.ts"
import { dispatchBody } from "../../domain/outbound/dispatchBody.ts"
import type { Outbound } from "../../domain/outbound/Outbound.ts"
import type { Answer } from "../../domain/record/ChannelResult.ts"
import { checkDispatchable, expiresAt } from "../../domain/rules/checkDispatchable.ts"
import {
  dispatchVerdict,
  earlierDispatch,
  heldBackDispatch,
  lostDispatch,
  weniFailure
} from "../../domain/vendor/failure.ts"
import { reasonText } from "../../domain/vendor/reasonText.ts"
import { retryDelay } from "../../domain/vendor/retryDelay.ts"
import { makeCallState, type CallState, CallDeadline } from "../../services/Breakers.ts"
import { CurrentLease } from "../../services/Ownership.ts"
import { Settings } from "../../services/Settings.ts"
import {
  type AcceptedDispatch,
  type DispatchHeldBack,
  type DispatchSlot,
  Weni,
  type WeniError
} from "../../services/Weni.ts"
import { traced } from "../../telemetry/traced.ts"
import { atMostOnce, Communication } from "../communication/Communication.ts"

type TheCase = FactOf<"CaseOpened"> | FactOf<"CaseFailed"> | undefined
type Settled = FactOf<"DispatchSettled">
type Refused = FactOf<"DispatchRefused">

const settled = Effect.fnUntraced(function* (
  attempt: number,
  outcome: Settled["outcome"],
  response: Answer,
  messageId?: string
) {
  const at = yield* Clock.currentTimeMillis
  return {
    _tag: "DispatchSettled",
    at,
    attempt,
    outcome,
    response,
    ...(messageId !== undefined && { messageId })
  } satisfies Settled
})

const accepted = (attempt: number) => (dispatch: AcceptedDispatch) =>
  settled(attempt, "sent", { status: dispatch.status, ...dispatch.answer }, dispatch.messageId)

/** The attempt's number, counted from the operator's decision if there was one. */
const triesOf = (attempt: number) =>
  Effect.map(
    Effect.flatMap(Communication, ({ state }) => state),
    ({ dispatch }) => attempt - dispatch.attemptsBefore
  )

/**
 * Classifies a failed attempt (SPEC 5.3): surely not accepted and worth another attempt, surely not accepted, or in
 * doubt.
 */
const notAccepted = Effect.fnUntraced(function* (attempt: number, counts: boolean, { reason }: WeniError) {
  const { retry, weni } = yield* Settings
  const verdict = dispatchVerdict(reason, weni.retryStatus)
  const response = weniFailure(reason, attempt, weni.retryStatus)
  yield* Effect.logWarning(`dispatch attempt ${attempt}: ${reasonText(reason)}, ${verdict}`)
  if (verdict === "doubtful") return yield* settled(attempt, "in_doubt", response)
  // An attempt that does not count, such as a probe that finds Weni still unavailable, costs no customer the message
  // (SPEC 9.2, 4.6).
  if (counts && (verdict === "final" || (yield* triesOf(attempt)) >= retry.attempts))
    return yield* settled(attempt, "failed", response)
  return {
    _tag: "DispatchRefused",
    at: yield* Clock.currentTimeMillis,
    attempt,
    response,
    ...("retryAfter" in reason && reason.retryAfter !== undefined && { retryAfter: reason.retryAfter }),
    ...(!counts && { probe: true as const })
  } satisfies Refused
})

interface Sending {
  readonly order: Outbound
  readonly journey: Journey
  readonly theCase: TheCase
  readonly callState: CallState
  /** Attempts made so far. */
  readonly attempts: number
}

const failed = Effect.fnUntraced(function* (attempts: number, response: Answer) {
  const communication = yield* Communication
  const fact = yield* settled(attempts, "failed", response)
  yield* communication.record([fact])
  return fact
})

const checkDispatchableNow = ({ attempts, journey, order, theCase }: Sending) =>
  Effect.map(Clock.currentTimeMillis, (now) => checkDispatchable(order, journey, theCase, now, attempts))

const dispatchIn = Effect.fnUntraced(function* (
  slot: DispatchSlot,
  { callState, order, theCase }: Sending,
  phone: string
) {
  const communication = yield* Communication
  const lease = yield* CurrentLease
  const attempt = (yield* communication.state).dispatch.attempts + 1
  const request = dispatchBody({
    outbound: order,
    phone,
    ...(theCase?._tag === "CaseOpened" && { caseNumber: theCase.number })
  })
  yield* lease.awaitValid
  return yield* atMostOnce(
    { _tag: "DispatchIntended", at: yield* Clock.currentTimeMillis, attempt, request },
    slot.dispatch({ campaign: order.dados_whats?.id_campanha ?? "", attempt, body: request }).pipe(
      Effect.matchEffect({
        onFailure: (error) => notAccepted(attempt, callState.counts, error),
        onSuccess: accepted(attempt)
      })
    )
  )
})

/**
 * The message was never sent. It has become too old, or the reason that opened the breaker takes the place of an
 * answer.
 */
const heldBack = Effect.fnUntraced(function* (sending: Sending, { reason }: DispatchHeldBack) {
  const { blockedBy } = yield* checkDispatchableNow(sending)
  return yield* failed(sending.attempts, blockedBy ?? heldBackDispatch(reason, sending.attempts))
})

/** Checks again, because the message may have become too old while it waited for its slot. */
const admitted = Effect.fnUntraced(function* (slot: DispatchSlot, sending: Sending) {
  const { blockedBy, telefone } = yield* checkDispatchableNow(sending)
  return blockedBy === undefined
    ? yield* dispatchIn(slot, sending, telefone)
    : yield* failed(sending.attempts, blockedBy)
})

/**
 * Obtains the slot and the breaker's permit before the intent, so a dispatch that waits for Weni is not yet in doubt.
 */
const attemptDispatch = Effect.fnUntraced(function* (sending: Sending) {
  const weni = yield* Weni
  const { blockedBy } = yield* checkDispatchableNow(sending)
  if (blockedBy !== undefined) return yield* failed(sending.attempts, blockedBy)
  return yield* weni
    .admit(sending.callState, (slot) => admitted(slot, sending))
    .pipe(
      Effect.provideService(CallDeadline, expiresAt(sending.order, sending.journey)),
      Effect.catchTag("DispatchHeldBack", (held) => heldBack(sending, held))
    )
})

const backOff = Effect.fnUntraced(function* (refused: Refused) {
  // The breaker is open and decides when the next attempt may be made.
  if (refused.probe === true) return
  const { breaker, retry } = yield* Settings
  const asked = Math.min(refused.retryAfter ?? 0, breaker.retryAfterMax)
  const delay = retryDelay(retry, yield* triesOf(refused.attempt), yield* Random.next, asked)
  yield* Effect.sleep(refused.at + delay - (yield* Clock.currentTimeMillis))
})

/** Attempts that Weni may have accepted without a known answer, and why: a run crashed in it, or it is older than our facts. */
const lostAttempts = ({ adopted, dispatch }: State): ReadonlyArray<readonly [attempt: number, Answer]> => {
  if (dispatch.open.size > 0) return [...dispatch.open].map((attempt) => [attempt, lostDispatch(attempt)])
  return adopted !== undefined && dispatch.decided === undefined ? [[0, earlierDispatch]] : []
}

/**
 * Sends the WhatsApp message: at most one accepted for one communication, unless an operator decides to send again
 * (SPEC 5). The outcome is durable before any note of it.
 */
export const sendWhatsApp = Effect.fnUntraced(function* (order: Outbound, journey: Journey, theCase: TheCase) {
  const communication = yield* Communication
  const known = yield* communication.state
  if (known.dispatch.over) return
  const lost = lostAttempts(known)
  if (lost.length > 0) {
    // A process that was stopped must not declare the attempt of its successor lost.
    const lease = yield* CurrentLease
    yield* lease.awaitValid
    const doubts = Effect.forEach(lost, ([attempt, answer]) => settled(attempt, "in_doubt", answer))
    return yield* Effect.flatMap(doubts, (facts) => communication.record(facts))
  }
  const callState = makeCallState()
  let { refused } = known.dispatch
  for (;;) {
    if (refused !== undefined) yield* backOff(refused)
    const outcome = yield* attemptDispatch({ order, journey, theCase, callState, attempts: refused?.attempt ?? 0 })
    if (outcome._tag === "DispatchSettled") return
    refused = outcome
  }
}, traced("sendWhatsApp"))
