import { Clock, Effect, Random } from "effect"

import type { Answer } from "../domain/Canal.ts"
import { clearanceOf } from "../domain/clearance.ts"
import { dispatchBody } from "../domain/dispatchBody.ts"
import type { FactOf } from "../domain/Fact.ts"
import { dispatchVerdict, earlierDispatch, lostDispatch, weniFailure } from "../domain/failure.ts"
import type { Journey } from "../domain/Journey.ts"
import type { Outbound } from "../domain/Outbound.ts"
import { reasonText } from "../domain/reasonText.ts"
import { retryDelay } from "../domain/retryDelay.ts"
import { CurrentClaim } from "../services/Ownership.ts"
import { Settings } from "../services/Settings.ts"
import { type AcceptedDispatch, Weni, type WeniError } from "../services/Weni.ts"
import { atMostOnce, Communication } from "./Communication.ts"

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

/** How many attempts this is, since the operator's word where there was one. */
const triesOf = (attempt: number) =>
  Effect.map(
    Effect.flatMap(Communication, ({ state }) => state),
    ({ attemptsBefore }) => attempt - attemptsBefore
  )

/** SPEC 5.3: surely not accepted and worth another attempt, surely not accepted, or in doubt. */
const notAccepted = (attempt: number) =>
  Effect.fnUntraced(function* ({ reason }: WeniError) {
    const { retry, weni } = yield* Settings
    const verdict = dispatchVerdict(reason, weni.retryStatus)
    const response = weniFailure(reason, attempt, weni.retryStatus)
    yield* Effect.logWarning(`dispatch attempt ${attempt}: ${reasonText(reason)}, ${verdict}`)
    if (verdict === "doubtful") return yield* settled(attempt, "in_doubt", response)
    if (verdict === "final" || (yield* triesOf(attempt)) >= retry.attempts)
      return yield* settled(attempt, "failed", response)
    return {
      _tag: "DispatchRefused",
      at: yield* Clock.currentTimeMillis,
      attempt,
      response,
      ...("retryAfter" in reason && reason.retryAfter !== undefined && { retryAfter: reason.retryAfter })
    } satisfies Refused
  })

/** The slot comes before the intent: what waits for Weni is not yet in doubt. */
const attemptDispatch = Effect.fnUntraced(function* (order: Outbound, phone: string, theCase: TheCase) {
  const communication = yield* Communication
  const weni = yield* Weni
  const claim = yield* CurrentClaim
  const attempt = (yield* communication.state).attempts + 1
  const request = dispatchBody({
    outbound: order,
    phone,
    ...(theCase?._tag === "CaseOpened" && { caseNumber: theCase.number })
  })
  return yield* weni.admit(
    Effect.flatMap(Effect.andThen(claim.held, Clock.currentTimeMillis), (at) =>
      atMostOnce(
        { _tag: "DispatchIntended", at, attempt, request },
        weni
          .dispatch({ campaign: order.dados_whats?.id_campanha ?? "", body: request })
          .pipe(Effect.matchEffect({ onFailure: notAccepted(attempt), onSuccess: accepted(attempt) }))
      )
    )
  )
})

/** Another process has recorded the attempt as lost before its answer came (DESIGN "Fence"): it was refused, and there is no other. */
const settleDoubt = Effect.fnUntraced(function* ({ attempt, response }: Refused) {
  const communication = yield* Communication
  const failed = yield* settled(attempt, "failed", response)
  yield* communication.settle(failed)
  return (yield* communication.state).dispatch ?? failed
})

const backOff = Effect.fnUntraced(function* (refused: Refused) {
  const { breaker, retry } = yield* Settings
  const asked = Math.min(refused.retryAfter ?? 0, breaker.maxWait)
  const delay = retryDelay(retry, yield* triesOf(refused.attempt), yield* Random.next, asked)
  yield* Effect.sleep(refused.at + delay - (yield* Clock.currentTimeMillis))
})

/** The WhatsApp message, at most one accepted for one communication (SPEC 5); its outcome is durable before any note of it. */
export const sendWhatsApp = Effect.fn("sendWhatsApp")(function* (order: Outbound, journey: Journey, theCase: TheCase) {
  const communication = yield* Communication
  const known = yield* communication.state
  if (known.dispatch !== undefined) return known.dispatch
  const lost = known.openIntent && lostDispatch(known.openIntent.attempt)
  const unknown = lost ?? (known.decided === undefined && known.adopted ? earlierDispatch : undefined)
  if (unknown !== undefined) {
    const doubt = yield* settled(known.openIntent?.attempt ?? 0, "in_doubt", unknown)
    yield* communication.record([doubt])
    return doubt
  }
  let refused = known.refused
  for (;;) {
    if (refused !== undefined) yield* backOff(refused)
    const attempts = refused?.attempt ?? 0
    const { hindrance, telefone } = clearanceOf(order, journey, theCase, yield* Clock.currentTimeMillis, attempts)
    if (hindrance !== undefined) {
      const failed = yield* settled(attempts, "failed", hindrance)
      yield* communication.record([failed])
      return failed
    }
    const outcome = yield* attemptDispatch(order, telefone, theCase)
    if (outcome._tag === "DispatchSettled") return outcome
    if ((yield* communication.state).dispatch !== undefined) return yield* settleDoubt(outcome)
    refused = outcome
  }
})
