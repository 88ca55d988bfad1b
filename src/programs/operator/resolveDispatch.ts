import { Clock, Effect } from "effect"

import { type Decision, reasonProblem } from "../../domain/communication/Decision.ts"
import { fold, isDecidable, type State, dispatchOutcome } from "../../domain/communication/State.ts"
import type { CorrelationId } from "../../domain/record/Origin.ts"
import { sendsFor } from "../../domain/vendor/retryDelay.ts"
import { Journal } from "../../services/Journal.ts"
import { Settings } from "../../services/Settings.ts"
import { openCommunication } from "../communication/Communication.ts"
import { ActionRefused, orderedFields, type OrderedWithReason, takeover, noSuchCommunication } from "./ActionRefused.ts"

const refused = (id: string, reason: ActionRefused["reason"], detail: string, from?: number) =>
  new ActionRefused({ id, reason, detail, ...(from !== undefined && { from }) })

/**
 * When Weni can no longer act on an attempt that is in doubt, epoch milliseconds. The intent carries the time-outs of
 * its process. The kernel of a process that did not see its attempt end may have sent later.
 */
const actsUntil = ({ dispatch: { last, lastIntent } }: State, { tcpOrphanTimeout, weni }: Settings["Service"]) => {
  if (lastIntent === undefined) return 0
  const { timeout = weni.timeout } = lastIntent
  const { sendsFor: sends = sendsFor(timeout, tcpOrphanTimeout) } = lastIntent
  return Math.max(lastIntent.at, last?.at ?? 0) + takeover + timeout + (last?.ended === true ? 0 : sends)
}

/** When the latest attempt was intended or came to its end, epoch milliseconds. */
const doubtAt = ({ dispatch: { last, lastIntent } }: State) => Math.max(lastIntent?.at ?? 0, last?.at ?? 0)

/** When a decision is to be taken, and when it was ordered, epoch milliseconds. */
interface Times {
  readonly now: number
  readonly orderedAt: number
}

/** Why the decision cannot be taken now (SPEC 5.3). `undefined` if it can. */
const decisionObstacle = (
  state: State,
  id: string,
  decision: Decision,
  { now, orderedAt }: Times,
  settings: Settings["Service"]
) => {
  if (state.seq === 0) return noSuchCommunication(id)
  const outcome = dispatchOutcome(state)
  if (outcome !== "in_doubt") {
    return refused(id, "NotInDoubt", `its dispatch is not in doubt: ${outcome ?? "none yet"}`)
  }
  if (!isDecidable(state, decision)) return refused(id, "NotInDoubt", "it is being sent again")
  if (doubtAt(state) > orderedAt) return refused(id, "NewDoubt", "its doubt is newer than this decision")
  const from = actsUntil(state, settings)
  return decision === "resend" && now < from
    ? refused(
        id,
        "TooEarly",
        `the last attempt may still be under way; resend in ${Math.ceil((from - now) / 1000)} s`,
        from
      )
    : undefined
}

/** Fails with `ActionRefused` if the decision, ordered at this time in epoch milliseconds, cannot be taken now. */
export const checkDecision = Effect.fnUntraced(function* (id: string, decision: Decision, orderedAt: number) {
  const journal = yield* Journal
  const settings = yield* Settings
  const state = fold(yield* journal.load(id))
  const obstacle = decisionObstacle(state, id, decision, { now: yield* Clock.currentTimeMillis, orderedAt }, settings)
  if (obstacle !== undefined) return yield* obstacle
})

/**
 * Records an operator's decision on a dispatch in doubt (SPEC 5.3), durably. The process that runs the service carries
 * it out within seconds: it sends the message again (`resend`, with RETRY_ATTEMPTS new attempts), notes the outcome on
 * the Case, and publishes one more response. Works beside a running service: a program that works on the communication
 * is fenced and reads the decision. Idempotent: an operation acts once.
 */
export const resolveDispatch = Effect.fn("decide")(function* (
  id: string,
  decision: Decision,
  ordered: OrderedWithReason
) {
  const journal = yield* Journal
  const settings = yield* Settings
  const why = ordered.reason.trim()
  const problem = reasonProblem(why)
  if (problem !== undefined) return yield* refused(id, "NoReason", problem)
  const orderedAt = ordered.at ?? (yield* Clock.currentTimeMillis)
  for (;;) {
    const state = fold(yield* journal.load(id))
    if (ordered.operation !== undefined && state.operations.has(ordered.operation)) return
    const at = yield* Clock.currentTimeMillis
    const blockedBy = decisionObstacle(state, id, decision, { now: at, orderedAt }, settings)
    if (blockedBy !== undefined) return yield* blockedBy
    const communication = yield* openCommunication(id as CorrelationId, state)
    const taken = yield* Effect.isSuccess(
      communication.record([{ _tag: "Decided", at, decision, reason: why, ...orderedFields(ordered) }])
    )
    if (taken) return
  }
})
