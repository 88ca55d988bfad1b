import { Clock, Effect } from "effect"

import { writeName } from "../../domain/communication/EventsState.ts"
import type { FactOf } from "../../domain/communication/Fact.ts"
import { noteMark } from "../../domain/communication/noteMark.ts"
import { decisionNote, outcomeNote } from "../../domain/communication/notes.ts"
import { type State, type OverallOutcome, overallOutcomeOf } from "../../domain/communication/State.ts"
import type { Journey } from "../../domain/journeys/Journey.ts"
import type { Json } from "../../domain/record/ChannelResult.ts"
import { traced } from "../../telemetry/traced.ts"
import { Communication, once } from "../communication/Communication.ts"
import type { Wait } from "../communication/hold.ts"
import { updateCase } from "../communication/updateCase.ts"

const outcome = { of: "outcome" } as const

/** The text of the note. Events have notes of their own, which say what they report (SPEC 8.6). */
const textOf = (
  { dispatch: { decided } }: State,
  { answer, by, outcome }: OverallOutcome,
  journey: Journey
): string => {
  const decision = by === "operator" && decided !== undefined ? decisionNote(decided) : undefined
  return decision ?? outcomeNote(by === "events" ? answer : { ...answer, outcome }, journey.timeZone)
}

/**
 * True if the same note failed before. The instance may still have written it, so the note is looked for first (SPEC
 * 6.2).
 */
const isSameNote = (failed: Json | undefined, request: Json): boolean =>
  failed !== undefined && noteMark(String(failed.work_notes)) === noteMark(String(request.work_notes))

/**
 * Writes the dispatch's outcome on the Case, once (SPEC 6). Safe to repeat: a crashed run may have written it after the
 * outcome had become durable.
 */
export const noteOutcome = Effect.fnUntraced(function* (journey: Journey) {
  const { before, record, remember, state } = yield* Communication
  const known = yield* state
  const overall = overallOutcomeOf(known)
  if (overall === undefined) return
  // A changed outcome is noted by a later run than the dispatch. Only an intent for the note itself then shows a crash.
  const changed = known.changedAt !== undefined
  // The event that cancelled a resend or a retry has its own note (SPEC 8.6, 10.1).
  const isCancelled = known.dispatch.isRetryCancelled === true && overall.outcome === "failed"
  if (changed && (overall.by === "events" || isCancelled)) return
  const crashed = !changed ? before.dispatch.over : before.events.begun.has(writeName(outcome))
  const request = { work_notes: textOf(known, overall, journey) }
  const unknown = crashed ? "died" : isSameNote(known.failedNote, request) ? "ended" : "none"
  let wait: Wait | undefined
  const write = Effect.gen(function* () {
    const intended = yield* Clock.currentTimeMillis
    if (changed) yield* record([{ _tag: "WriteIntended", at: intended, write: writeName(outcome) }])
    const written = yield* updateCase(outcome, request, unknown)
    wait = "wait" in written ? written.wait : undefined
    const at = yield* Clock.currentTimeMillis
    const ended = "wait" in written ? written.outcome : written
    return { _tag: "OutcomeNoted", at, request, ...ended } satisfies FactOf<"OutcomeNoted">
  })
  // A PATCH under way at a stop completes and is remembered (SPEC 9.4).
  yield* Effect.uninterruptible(once((known) => known.noted, write))
  // The response does not wait for the note. It is published once more when the note is written (SPEC 6.3).
  if (wait !== undefined) yield* remember({ _tag: "Held", at: yield* Clock.currentTimeMillis, ...wait })
}, traced("noteOutcome"))
