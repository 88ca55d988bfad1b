import { isMessageKnown } from "../communication/DispatchState.ts"
import { writeName } from "../communication/EventsState.ts"
import type { FactOf } from "../communication/Fact.ts"
import { dispatchOutcome, isCaseRetried, isResumed, overallOutcomeOf, type State } from "../communication/State.ts"
import type { Journey } from "../journeys/Journey.ts"
import { wants } from "../outbound/Outbound.ts"
import { checkDispatchable } from "./checkDispatchable.ts"
import { failedWrites, pendingSteps } from "./pendingWrites.ts"

/** Why a retry does nothing. */
type RetryObstacle =
  /** It has not ended, or its failed steps are already being retried. */
  | "UnderWay"
  /** Nothing has failed that can be retried. */
  | "NothingFailed"
  /** Only an operator's decision ends a doubt (SPEC 5.3). */
  | "InDoubt"
  /** The customer has the message. */
  | "Sent"
  /** The order is older than its journey allows (SPEC 2.5). */
  | "Expired"
  /** The check before each dispatch refuses it: the phone, or the Case that is missing. */
  | "Undispatchable"

export interface RetryBlock {
  readonly step: string
  readonly obstacle: RetryObstacle
  /** In English, without personal data. */
  readonly detail: string
}

/** What an operator's retry does (SPEC 10.1), and what it leaves as it is. */
export interface RetrySteps {
  /** As in `RetryRequested`. Empty if nothing can be retried. */
  readonly steps: ReadonlyArray<string>
  readonly blocked: ReadonlyArray<RetryBlock>
  /** A POST of the Case may have been carried out, so a look must first show whether there is one. */
  readonly isCaseInDoubt: boolean
}

/**
 * True if the instance itself refused the create. A 401, 408 or 429 may be the answer to the look for a Case instead.
 */
const isRefusal = (codigo: string): boolean =>
  /^HTTP_4\d\d$/.test(codigo) && !["HTTP_401", "HTTP_408", "HTTP_429"].includes(codigo)

/** Whether the Case may exist although it was not opened. Early versions did not store it. */
const mayExist = ({ caseIntent }: State, { mayExist, response }: FactOf<"CaseFailed">): boolean =>
  caseIntent !== undefined && (mayExist ?? !isRefusal(response.erro?.codigo ?? ""))

const block = (step: string, obstacle: RetryObstacle, detail: string): RetryBlock => ({ step, obstacle, detail })

/**
 * Why a retry does not make the dispatch. `undefined` if it does, `none` if the order has no dispatch. `opensCase`: the
 * retry opens the Case.
 */
const dispatchBlock = (
  state: State,
  journey: Journey,
  now: number,
  opensCase: boolean
): RetryBlock | "none" | undefined => {
  const { accepted, dispatch } = state
  if (accepted === undefined || !wants(accepted.order, "whatsapp")) return "none"
  const outcome = dispatchOutcome(state)
  const step = "dispatch"
  if (outcome === "in_doubt") return block(step, "InDoubt", "the dispatch is in doubt: an operator decides it")
  if (outcome === "sent") return block(step, "Sent", "the message was sent")
  if (isMessageKnown(state.events.reported)) return block(step, "Sent", "events say that the message was sent")
  if (outcome !== "failed" || dispatch.open.size > 0) return block(step, "UnderWay", "the dispatch is under way")
  // What an operator or an event says about a doubt is not an answer of Weni.
  if (dispatch.doubts.size > 0) return block(step, "InDoubt", "Weni may have accepted the message")
  // Once the Case is open, the check before the dispatch decides, and says why.
  if (opensCase) return undefined
  const { blockedBy } = checkDispatchable(accepted.order, journey, state.case, now, 0)
  if (blockedBy === undefined) return undefined
  const isExpired = blockedBy.erro?.codigo === "EXPIRADA"
  const detail = `not sent: ${blockedBy.erro?.codigo}`
  return block(step, isExpired ? "Expired" : "Undispatchable", detail)
}

/** True if the order has not ended, or is already being retried. */
const isUnderWay = (state: State): boolean =>
  (state.accepted !== undefined && state.response === undefined) || isResumed(state) || isCaseRetried(state)

/** The note of the outcome, if it has failed. A note that waits for ServiceNow needs no retry. */
const failedNote = (state: State): ReadonlyArray<string> => {
  const isFailed = state.noted?.written === false && overallOutcomeOf(state)?.by !== "events"
  return isFailed ? [writeName({ of: "outcome" })] : []
}

/** Which failed steps an operator's retry does once more, with the journey as it is now (SPEC 10.1). */
export const retrySteps = (state: State, journey: Journey, now: number): RetrySteps => {
  if (isUnderWay(state)) {
    return { steps: [], blocked: [block("", "UnderWay", "it has not ended yet")], isCaseInDoubt: false }
  }
  const { accepted, case: theCase } = state
  const failed = theCase?._tag === "CaseFailed" && accepted !== undefined ? theCase : undefined
  const dispatch = dispatchBlock(state, journey, now, failed !== undefined)
  const waiting = pendingSteps(state)
  const notes = [...failedNote(state), ...failedWrites(state)].filter((step) => !waiting.has(step))
  const isRedispatched = dispatch === undefined
  const steps = [
    ...(failed === undefined ? [] : ["case"]),
    ...(isRedispatched ? ["dispatch"] : []),
    ...notes.filter((step) => !isRedispatched || step !== "outcome")
  ]
  const isCaseInDoubt = failed !== undefined && mayExist(state, failed)
  const blocked = typeof dispatch === "object" ? [dispatch] : []
  return { steps, blocked, isCaseInDoubt }
}

/** Why nothing of a communication can be retried. */
export const obstacleOf = ({ blocked }: RetrySteps): RetryBlock => {
  const [first] = blocked
  return first ?? block("", "NothingFailed", "nothing of it has failed")
}
