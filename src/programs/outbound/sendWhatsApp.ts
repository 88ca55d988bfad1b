import { Clock, Effect, Random } from "effect"

import type { FactOf } from "../../domain/communication/Fact.ts"
import type { State } from "../../domain/communication/State.ts"
import type { Journey } from "../../domain/journeys/Journey.ts"
import { dispatchBody } from "../../domain/outbound/dispatchBody.ts"
import type { Outbound } from "../../domain/outbound/Outbound.ts"
import type { Answer } from "../../domain/record/ChannelResult.ts"
import { checkDispatchable, expiresAt } from "../../domain/rules/checkDispatchable.ts"
import { monotonicMillis, monotonicOf } from "../../domain/values/monotonicTime.ts"
import { isWithheld, weniOutcome } from "../../domain/vendor/breaker.ts"
import {
  dispatchVerdict,
  earlierDispatch,
  heldBackDispatch,
  lostDispatch,
  requestedDelay,
  weniFailure
} from "../../domain/vendor/failure.ts"
import type { WeniReason } from "../../domain/vendor/failureReasons.ts"
import { reasonText } from "../../domain/vendor/reasonText.ts"
import { retryDelay, sendsFor } from "../../domain/vendor/retryDelay.ts"
import { vendorWords } from "../../domain/vendor/vendorWords.ts"
import { CallDeadline, type CallState, forgetFailures, makeCallState } from "../../services/Breakers.ts"
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
import { givenUpAt, hold, longestWait } from "../communication/hold.ts"

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

interface Sending {
  readonly order: Outbound
  readonly journey: Journey
  readonly theCase: TheCase
  readonly callState: CallState
  /** Attempts made so far. */
  readonly attempts: number
  /** Whether the latest attempt got a 403. */
  readonly forbidden: boolean
  /** Set if the attempts are used up in an outage: why the latest one failed. */
  usedUp?: WeniReason
}

/**
 * Classifies a failed attempt (SPEC 5.3): surely not accepted and worth another attempt, surely not accepted, or in
 * doubt.
 */
const notAccepted = Effect.fnUntraced(function* (attempt: number, sending: Sending, { reason }: WeniError) {
  const { counts, answered } = sending.callState
  const { retry, weni } = yield* Settings
  const verdict = dispatchVerdict(reason, weni.retryStatus)
  const response = weniFailure(reason, attempt, weni.retryStatus)
  yield* Effect.logWarning(`dispatch attempt ${attempt}: ${reasonText(reason)}, ${verdict}`).pipe(
    Effect.annotateLogs(vendorWords(reason))
  )
  if (verdict === "doubtful") return { ...(yield* settled(attempt, "in_doubt", response)), ended: true as const }
  // An attempt that does not count, such as a probe that finds Weni still unavailable, never costs a customer the
  // message (SPEC 9.2, 4.6). Neither does a request that this process withheld itself.
  const isExcused = !counts || isWithheld(reason)
  const isUsedUp = (yield* triesOf(attempt)) >= retry.attempts
  if (verdict === "once") forgetFailures(sending.callState)
  // A first 403 gets one more attempt, even if an outage has used up the attempts.
  const isLast = !isExcused && (verdict === "once" ? sending.forbidden : verdict === "final" || isUsedUp)
  // Weni has answered no request since the first attempt, so this order's attempts show nothing about it (SPEC 9.2).
  const isOutage = !answered && weniOutcome(reason)._tag === "Failed"
  if (isLast && !isOutage) return yield* settled(attempt, "failed", response)
  const requested = reason._tag === "DispatchRefusal" ? Math.max(reason.retryAfter ?? 0, requestedDelay(reason)) : 0
  // While every request gets a 401, this order makes no further attempt until one is answered.
  const isUnauthorized = reason._tag === "DispatchRefusal" && reason.status === 401
  if (isLast || (isUnauthorized && isOutage && !isExcused)) sending.usedUp = reason
  return {
    _tag: "DispatchRefused",
    at: yield* Clock.currentTimeMillis,
    attempt,
    response,
    ...(requested > 0 && { retryAfter: requested }),
    ...(isExcused && { probe: true as const })
  } satisfies Refused
})

const failed = Effect.fnUntraced(function* (attempts: number, response: Answer) {
  const communication = yield* Communication
  const fact = yield* settled(attempts, "failed", response)
  yield* communication.record([fact])
  return fact
})

const checkDispatchableNow = ({ attempts, journey, order, theCase }: Sending) =>
  Effect.map(Clock.currentTimeMillis, (now) => checkDispatchable(order, journey, theCase, now, attempts))

const dispatchIn = Effect.fnUntraced(function* (slot: DispatchSlot, sending: Sending, phone: string) {
  const { order, theCase } = sending
  const communication = yield* Communication
  const lease = yield* CurrentLease
  const { tcpOrphanTimeout, weni } = yield* Settings
  const { timeout } = weni
  const sends = sendsFor(timeout, tcpOrphanTimeout)
  const attempt = (yield* communication.state).dispatch.attempts + 1
  const request = dispatchBody({
    outbound: order,
    phone,
    ...(theCase?._tag === "CaseOpened" && { caseNumber: theCase.number })
  })
  yield* lease.awaitValid
  return yield* atMostOnce(
    { _tag: "DispatchIntended", at: yield* Clock.currentTimeMillis, attempt, request, timeout, sendsFor: sends },
    slot.dispatch({ campaign: order.dados_whats?.id_campanha ?? "", attempt, body: request }).pipe(
      Effect.matchEffect({
        onFailure: (error) => notAccepted(attempt, sending, error),
        onSuccess: accepted(attempt)
      })
    )
  )
})

/**
 * Weni is unavailable, so the message waits (SPEC 9.2). It is given up when it has become too old or has waited for too
 * long. In the latter case the reason that held it back replaces an answer.
 */
const heldBack = Effect.fnUntraced(function* (
  { attempts, ...sending }: Sending,
  { reason }: Pick<DispatchHeldBack, "reason">,
  exhausted = false
) {
  const { blockedBy } = yield* checkDispatchableNow({ attempts, ...sending })
  const until = yield* givenUpAt("dispatch", sending.order, sending.journey)
  if (blockedBy !== undefined || (yield* Clock.currentTimeMillis) >= until)
    return yield* failed(attempts, blockedBy ?? (exhausted ? weniFailure : heldBackDispatch)(reason, attempts))
  return yield* hold({
    step: "dispatch",
    vendor: "weni",
    reason: reasonText(reason),
    attempts,
    until,
    ...(exhausted && { exhausted: true as const })
  })
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

/**
 * Waits until the next attempt may follow. A longer wait ends the run, and has passed when the next run begins.
 * `refusedAt` is when this run was refused, monotonic milliseconds. For an earlier run's refusal only the wall-clock
 * time is known, and the clock may have been set since.
 */
const backOff = Effect.fnUntraced(function* (
  refused: Refused,
  refusedAt: number | undefined,
  { journey, order }: Pick<Sending, "journey" | "order">
) {
  const communication = yield* Communication
  const { breaker, retry } = yield* Settings
  const held = (yield* communication.state).held.get("dispatch")
  // The breaker decides when the next attempt may be made. An attempt that was refused since has its own pause.
  if (refused.probe === true || (held?.vendor !== undefined && held.attempts >= refused.attempt)) return
  const now = yield* Clock.currentTimeMillis
  if (held?.until !== undefined && held.until <= now && held.attempts === refused.attempt) return
  const asked = Math.min(refused.retryAfter ?? 0, breaker.retryAfterMax)
  const tries = yield* triesOf(refused.attempt)
  const delay = retryDelay(retry, tries, yield* Random.next, asked)
  const since = refusedAt ?? (yield* monotonicOf(refused.at))
  // An earlier run has drawn the pause. If it is longer than any that can be drawn, the clock was set since.
  const known = held?.until !== undefined && held.attempts === refused.attempt ? held.until - now : Infinity
  const isKnown = known <= retryDelay(retry, tries, 1, asked)
  const remaining = isKnown ? known : Math.min(delay, since + delay - (yield* monotonicMillis))
  if (remaining <= longestWait) return yield* Effect.sleep(remaining)
  const until = Math.min(now + Math.ceil(remaining), expiresAt(order, journey))
  return yield* hold({ step: "dispatch", reason: "backoff", attempts: refused.attempt, until })
})

/**
 * Attempts that Weni may have accepted without a known answer, each with its reason: a run crashed in it, or it is
 * older than our facts.
 */
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
  const callState = makeCallState(communication.id)
  let { refused } = known.dispatch
  let refusedAt: number | undefined
  for (;;) {
    if (refused !== undefined) yield* backOff(refused, refusedAt, { order, journey })
    const attempts = refused?.attempt ?? 0
    const sending: Sending = {
      order,
      journey,
      theCase,
      callState,
      attempts,
      forbidden: refused?.response.status === 403
    }
    const outcome = yield* attemptDispatch(sending)
    if (outcome._tag === "DispatchSettled") return
    refused = outcome
    refusedAt = yield* monotonicMillis
    if (sending.usedUp !== undefined)
      return yield* Effect.asVoid(heldBack({ ...sending, attempts: outcome.attempt }, { reason: sending.usedUp }, true))
  }
}, traced("sendWhatsApp"))
