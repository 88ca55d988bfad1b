import { eventPatchOf, writeName } from "../communication/EventsState.ts"
import type { Fact, FactOf } from "../communication/Fact.ts"
import type { State } from "../communication/State.ts"
import type { Journey } from "../journeys/Journey.ts"
import { deliveryDate } from "../outbound/caseBody.ts"
import type { Answer } from "../record/ChannelResult.ts"
import { endedByOperator } from "../responses/refusal.ts"
import { lostDispatch } from "../vendor/failure.ts"
import { closePatch } from "./casePatches.ts"
import { pendingSteps } from "./pendingWrites.ts"

/** What an operator's `end` gives up, and the facts that record it (SPEC 10.2). */
export interface EndedSteps {
  /** As in `EndRequested`. */
  readonly steps: ReadonlyArray<string>
  readonly facts: ReadonlyArray<Fact>
}

type Written = Pick<FactOf<"EventWritten">, "at" | "avisos" | "response" | "written">

/** The intent of a close that has not begun. Its journey may be gone from the journeys file. */
const closeIntent = ({ accepted }: State, journey: Journey | undefined, at: number): FactOf<"CloseIntended"> => ({
  _tag: "CloseIntended",
  at,
  cancelled: false,
  patch: closePatch(journey ?? {}, journey && accepted && deliveryDate(accepted.order, journey))
})

/** The writes of planned events that no run has ended. They wait behind the one that is held. */
const unwritten = ({ events }: State): ReadonlyArray<string> =>
  events.waits
    ? [...events.unanswered.keys()].flatMap((key) => {
        const progress = events.byKey.get(key)
        const patches = progress?.planned.patches ?? []
        return patches.flatMap((_, index) =>
          progress?.written.has(index) === true ? [] : [writeName({ of: "event", key, index })]
        )
      })
    : []

/** Ends a write, for the first time or after it had failed before. */
const endWrite = (state: State, write: string, written: Written, journey: Journey | undefined): ReadonlyArray<Fact> => {
  const { byKey, closeIntended, closeWritten } = state.events
  const patch = eventPatchOf(write)
  if (patch !== undefined && byKey.get(patch.key)?.written.has(patch.index) === false)
    return [{ _tag: "EventWritten", ...patch, ...written }]
  if (write !== "close" || closeWritten !== undefined) return [{ _tag: "WriteRetried", write, ...written }]
  const intended = closeIntended === undefined ? [closeIntent(state, journey, written.at)] : []
  return [...intended, { _tag: "CloseWritten", ...written }]
}

/** A run has crashed in the attempt, so it is in doubt. */
const lostAttempt = (attempt: number, at: number): Fact => ({
  _tag: "DispatchSettled",
  at,
  attempt,
  outcome: "in_doubt",
  response: lostDispatch(attempt)
})

/**
 * Ends every step that waits for a vendor as a failure (SPEC 10.2). Only for a communication that no run works on.
 * Returns no steps if none waits for a vendor.
 */
export const endSteps = (state: State, journey: Journey | undefined, now: number): EndedSteps => {
  const waiting = [...pendingSteps(state)].filter(([, { vendor }]) => vendor !== undefined)
  const steps = [...new Set([...waiting.map(([step]) => step), ...(waiting.length > 0 ? unwritten(state) : [])])]
  const answerOf = (step: string): Answer => {
    const held = state.held.get(step)
    // A run that crashed may have posted since the wait was recorded.
    const isBegun = step === "case" ? state.caseIntent !== undefined : state.events.begun.has(step)
    const isDoubtful = held?.appearsUntil !== undefined || isBegun
    return endedByOperator(held?.vendor ?? "servicenow", held?.reason, held?.attempts ?? 0, isDoubtful)
  }
  const facts = steps.flatMap((step): ReadonlyArray<Fact> => {
    const response = answerOf(step)
    if (step === "case") {
      const { caseIntent } = state
      const request = caseIntent && { request: caseIntent.body }
      const mayExist = caseIntent !== undefined
      return [{ _tag: "CaseFailed", at: now, ...request, response, avisos: [], mayExist }]
    }
    if (step === "dispatch") {
      const { open, refused } = state.dispatch
      const attempt = refused?.attempt ?? 0
      if (open.size > 0) return [...open].map((lost) => lostAttempt(lost, now))
      return [{ _tag: "DispatchSettled", at: now, attempt, outcome: "failed", response }]
    }
    const written: Written = { at: now, written: false, response, avisos: [] }
    return endWrite(state, step, written, journey)
  })
  return { steps, facts }
}
