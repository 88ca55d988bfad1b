import { Cause, Context, Effect, Layer, Result } from "effect"

import { judgeNotes, type NoteProof, type SoughtNote } from "../../domain/communication/noteLook.ts"
import type { Json } from "../../domain/record/ChannelResult.ts"
import { epochOf, monotonicMillis, monotonicOf } from "../../domain/values/monotonicTime.ts"
import { type AttemptReason, Refused, type ServiceNowReason } from "../../domain/vendor/failureReasons.ts"
import { type IsAnswer, type LookResult, makeIsAnswer } from "../../domain/vendor/lookVerdict.ts"
import { writeAmbiguityOf } from "../../domain/vendor/writeAmbiguity.ts"
import { type AttemptState, type PatchedCase, ServiceNow } from "../../services/ServiceNow.ts"
import { Settings } from "../../services/Settings.ts"
import { attribute } from "../../telemetry/names.ts"
import { annotated, traced } from "../../telemetry/traced.ts"
import { foreignAppearsUntil, pollUntilKnown } from "../vendor/pollUntilKnown.ts"
import { makeRetryBudget, type RetryBudget } from "../vendor/retryBudget.ts"
import { SentHere } from "../vendor/SentHere.ts"
import type { ServiceNowError } from "../vendor/ServiceNowError.ts"

export interface CaseUpdate<E = never> {
  readonly sysId: string
  /**
   * As sent. A `work_notes` in it is written once (SPEC 6.2). A note that is found shows that the whole PATCH was
   * carried out, so nothing more is written, and later changes by people stay.
   */
  readonly body: Json
  /**
   * An earlier call may have written the body, because that call left no answer or failed. The Case's notes are then
   * read first. Any failed call may have written it, because its reason may be that of a query.
   */
  readonly inDoubt: boolean
  /**
   * Another process may have begun the earlier call, at this time at the latest, epoch milliseconds. The lease of the
   * current run may give a more exact time. The note is polled for as long as it may appear (SPEC 4.3). Used only in
   * doubt. If absent, the earlier call was this process's own, or its end is known.
   */
  readonly intendedAt?: number
  /**
   * Until when a PATCH of an earlier call may still take effect, epoch milliseconds. The later of this and
   * `intendedAt`'s end counts.
   */
  readonly appearsUntil?: number
  /** Nothing was sent, but time has passed since the write was decided, so people may have changed the Case. */
  readonly later?: boolean
  /**
   * How many times other updates are known to have written this very note. In doubt, it counts as written only if the
   * Case holds it more often, because two answers of the customer with the same text are two notes. 0 if absent.
   */
  readonly writtenBefore?: number
  /** What proves that a look sees the Case's notes. Absent: an empty journal counts as seen. */
  readonly proof?: NoteProof
  /**
   * Runs before every PATCH except the first of a call that is not in doubt. Its failure ends the call, and nothing
   * more is written.
   */
  readonly beforePatch?: Effect.Effect<void, E>
}

export interface UpdatedCase extends PatchedCase {
  /** An earlier attempt's note was found, and nothing was sent. */
  readonly found?: true
}

/** The Case may have the note, but its notes cannot be read (SPEC 6.2). Writing the note again is not an option. */
const unknowable: LookResult<never> = {
  _tag: "Unknowable",
  detail: "as work_notes do Case não podem ser lidas; a nota pode já estar nele"
}

/** What ends the search: the note is there, or the Case no longer exists and its refusal is the result. */
type NoteFound = "written" | Refused

const looks: Readonly<Record<ReturnType<typeof judgeNotes>, LookResult<NoteFound>>> = {
  there: { _tag: "Found", found: "written" },
  none: { _tag: "None" },
  unread: unknowable
}

/** Looks once for a note that a doubtful PATCH may have written (SPEC 6.2). */
const lookForNote = Effect.fnUntraced(
  function* (sysId: string, sought: SoughtNote, attemptState: AttemptState, _isAnswer: IsAnswer) {
    const serviceNow = yield* ServiceNow
    const found = yield* serviceNow.readNotes(sysId, sought.proof !== undefined, attemptState)
    return found === undefined ? unknowable : looks[judgeNotes(found, sought)]
  },
  (looked, _sysId, _sought, _attemptState, isAnswer) =>
    Effect.catchTag(looked, "Refused", (refused): Effect.Effect<LookResult<NoteFound>, Refused> => {
      if (refused.status === 404) return Effect.succeed({ _tag: "Found", found: refused })
      return isAnswer(refused) ? Effect.succeed(unknowable) : Effect.fail(refused)
    })
)

/**
 * Milliseconds for which a read Case is current. A PATCH that waited longer, for a slot or a breaker, reads it again.
 */
const maxCaseAge = 10_000

/** The PATCH waited so long that the Case must be read again first. Nothing was sent. */
interface Outdated {
  readonly _tag: "Outdated"
}

const noteOf = ({ work_notes: note }: Json): string => (typeof note === "string" ? note : "")

/** The result when nothing is written because the note is already there. */
const foundWritten: UpdatedCase = { status: 200, avisos: [], found: true }

/** Makes one PATCH. `checkCurrent` runs in its slot. */
const patch = Effect.fnUntraced(function* (
  sysId: string,
  body: Json,
  attemptState: AttemptState,
  checkCurrent: Effect.Effect<void, Outdated>
): Effect.fn.Return<UpdatedCase, AttemptReason | Outdated, ServiceNow> {
  const serviceNow = yield* ServiceNow
  return yield* serviceNow.admit(attemptState, (slot) => Effect.andThen(checkCurrent, slot.patchCase(sysId, body)))
})

/** Whether attempts that may be running until `until` have written the body. A note is written with the whole PATCH. */
const isWritten = Effect.fnUntraced(function* (
  retryBudget: RetryBudget,
  { body, proof, sysId, writtenBefore = 0 }: CaseUpdate<unknown>,
  until: number
) {
  const note = noteOf(body)
  if (note.trim() === "") return false
  const isAnswer = makeIsAnswer()
  const found = yield* pollUntilKnown(retryBudget, until, (attemptState) =>
    lookForNote(sysId, { note, writtenBefore, proof }, attemptState, isAnswer)
  )
  if (found instanceof Refused) return yield* found
  return found !== undefined
})

/** Fails the operation, and says until when its PATCH may still take effect (SPEC 9.2). */
const failed = (retryBudget: RetryBudget, reason: ServiceNowReason, doubtUntil: number) =>
  Effect.flatMap(epochOf(doubtUntil), (appearsUntil) => Effect.fail(retryBudget.failure(reason, appearsUntil)))

/** Changes Cases in ServiceNow, and writes each note once (SPEC 6.2). */
export class CaseUpdates extends Context.Service<
  CaseUpdates,
  {
    /**
     * Updates the Case and never writes the same note twice (SPEC 6.2). Retries transient failures (SPEC 4.6), is safe
     * to call again, and fails only when its retries are used up or the refusal is final. After an attempt that may
     * still be running, the note is polled for until SERVICENOW_TIMEOUT has passed since the attempt was sent. Only
     * then is it written again, so a call can last that long for each attempt.
     */
    updateCase<E = never>(input: CaseUpdate<E>): Effect.Effect<UpdatedCase, ServiceNowError | E>
  }
>()("brom-ctx/programs/CaseUpdates") {
  static readonly layer = Layer.effect(
    CaseUpdates,
    Effect.gen(function* () {
      const serviceNow = yield* ServiceNow
      const settings = yield* Settings
      const { timeout } = settings.serviceNow
      const sentHere = new SentHere()

      /**
       * Until when the note of an earlier call may appear. After that time one lookup is enough. For a call of this
       * process the time is known exactly. Only a PATCH that another process may have begun has an `intendedAt`.
       */
      const doubtEndOf = Effect.fnUntraced(function* ({ appearsUntil, intendedAt }: CaseUpdate<unknown>, key: string) {
        const known = appearsUntil === undefined ? -Infinity : yield* monotonicOf(appearsUntil)
        const own = Math.max(known, sentHere.appearsUntil(key))
        if (intendedAt === undefined) return own
        return Math.max(own, yield* foreignAppearsUntil(settings, yield* monotonicOf(intendedAt)))
      })

      /**
       * Makes one PATCH and returns its outcome, and until when its note may appear. Its last byte was sent before it
       * ended, so that time counts from its end.
       */
      const patchOnce = (key: string, patching: Effect.Effect<UpdatedCase, AttemptReason | Outdated, ServiceNow>) =>
        Effect.gen(function* () {
          // A defect hides whether the PATCH was sent and what became of it. An interruption comes only before it is
          // sent.
          const unknown = Effect.map(monotonicMillis, (now) => sentHere.add(key, now + timeout, now))
          const outcome = yield* Effect.result(patching).pipe(
            Effect.onError((cause) => (Cause.hasDies(cause) ? unknown : Effect.void))
          )
          if (Result.isSuccess(outcome)) {
            sentHere.delete(key)
            return { outcome, doubtUntil: undefined }
          }
          const ambiguity = outcome.failure._tag === "Outdated" ? "none" : writeAmbiguityOf(outcome.failure)
          if (ambiguity === "none") return { outcome, doubtUntil: undefined }
          const now = yield* monotonicMillis
          const doubtUntil = ambiguity === "running" ? now + timeout : -Infinity
          sentHere.add(key, doubtUntil, now)
          return { outcome, doubtUntil }
        }).pipe(Effect.uninterruptible)

      const updateCase = Effect.fnUntraced(function* <E>(input: CaseUpdate<E>) {
        yield* annotated(() => ({ [attribute.caseSysId]: input.sysId }))
        const retryBudget = makeRetryBudget("updateCase", settings, input.sysId)
        const { body } = input
        const key = `${input.sysId}\n${noteOf(body)}`
        // Until when a PATCH that may have written the note can be running. `undefined` while there is none.
        let doubtUntil = input.inDoubt ? yield* doubtEndOf(input, key) : undefined
        for (let immediate = doubtUntil === undefined && input.later !== true; ; immediate = false) {
          if (doubtUntil !== undefined) {
            const until = doubtUntil
            const written = yield* Effect.catch(isWritten(retryBudget, input, until), (reason) =>
              failed(retryBudget, reason, until)
            )
            if (written) return foundWritten
          }
          if (!immediate && input.beforePatch !== undefined) yield* input.beforePatch
          const readAt = yield* monotonicMillis
          const checkCurrent = Effect.flatMap(monotonicMillis, (at) =>
            input.beforePatch !== undefined && at - readAt > maxCaseAge
              ? Effect.fail<Outdated>({ _tag: "Outdated" })
              : Effect.void
          )
          const patching = patch(input.sysId, body, retryBudget.begin(), checkCurrent)
          const { doubtUntil: until, outcome } = yield* patchOnce(key, patching)
          if (Result.isSuccess(outcome)) return outcome.success
          const reason = outcome.failure
          if (reason._tag === "Outdated") {
            retryBudget.overdue()
            continue
          }
          doubtUntil = until ?? doubtUntil
          if (yield* retryBudget.mayRetry(reason)) continue
          if (doubtUntil === undefined) return yield* retryBudget.failure(reason)
          const over = doubtUntil
          const written = yield* Effect.catch(isWritten(retryBudget, input, over), (failure) =>
            failed(retryBudget, failure._tag === "HeldBack" ? failure : reason, over)
          )
          return written ? foundWritten : yield* retryBudget.failure(reason)
        }
      })

      return CaseUpdates.of({
        updateCase: (input) =>
          updateCase(input).pipe(Effect.provideService(ServiceNow, serviceNow), traced("ServiceNow.updateCase"))
      })
    })
  )
}
