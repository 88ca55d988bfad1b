import { Clock, Effect, Result } from "effect"

import type { Json } from "../../domain/Canal.ts"
import { type Claim, CurrentClaim } from "../../services/Ownership.ts"
import { type CaseUpdate, Refused, Unreadable, type UpdatedCase } from "../../services/ServiceNow.ts"
import type { Settings } from "../../services/Settings.ts"
import { attribute } from "../../telemetry/names.ts"
import { annotated, traced } from "../../telemetry/traced.ts"
import { isObject } from "../http/readJson.ts"
import type { Attempt, AttemptReason, Turn } from "./attempt.ts"
import { doubtOf } from "./doubt.ts"
import { echoAvisos } from "./echo.ts"
import { tablePath } from "./encodedQuery.ts"
import { caseTable } from "./lookForCase.ts"
import { makeLookForNote } from "./lookForNote.ts"
import { makePace, type Pace } from "./retry.ts"
import { settle } from "./settle.ts"

/** Milliseconds for which a Case that was read stands: a PATCH that had to wait longer, for a slot or a breaker, reads again. */
const standsFor = 10_000

/** It had to wait for so long that the Case must be read again first: nothing was sent. */
interface Outdated {
  readonly _tag: "Outdated"
}

const withoutNote = (body: Json): Json => {
  const { work_notes: _, ...fields } = body
  return fields
}

/** The note was all there was to write, and it is there. */
const written: UpdatedCase = { status: 200, avisos: [] }

/** `ServiceNow.updateCase` (SPEC 4.5, 6.2). */
export const makeUpdateCase = (attempt: Attempt, settings: Settings["Service"]) => {
  const { timeout } = settings.serviceNow
  const lookForNote = makeLookForNote(attempt)

  const patch = Effect.fnUntraced(function* (
    sysId: string,
    body: Json,
    turn: Turn,
    onSending: Effect.Effect<void, Outdated>
  ): Effect.fn.Return<UpdatedCase, AttemptReason | Outdated> {
    const call = { method: "PATCH", path: tablePath(caseTable, { sysId }), body, onSending } as const
    const { result, status } = yield* attempt(call, turn)
    if (!isObject(result)) return yield* new Unreadable({ status, detail: "result não é um registro" })
    return { status, avisos: echoAvisos("Case", body, result) }
  })

  /** What is still to be written after attempts that may be running until `until`. */
  const remaining = Effect.fnUntraced(function* (pace: Pace, input: CaseUpdate<unknown>, body: Json, until: number) {
    const note = body.work_notes
    if (typeof note !== "string" || note.trim() === "") return body
    const { sysId, writtenBefore = 0 } = input
    const found = yield* settle(pace, until, (turn) => lookForNote({ sysId, note, writtenBefore }, turn))
    if (found instanceof Refused) return yield* found
    if (found === undefined) return body
    // A PATCH is carried out whole; fields are written again only where nobody else changes them.
    return input.stillStands === undefined ? withoutNote(body) : {}
  })

  /** A PATCH of an earlier call, or of another process, may be running until then; where that is over, one look will do. */
  const inDoubtUntil = ({ intendedAt = -Infinity }: CaseUpdate<unknown>, claim: Claim) =>
    Math.max(intendedAt, claim.since) + timeout

  return Effect.fnUntraced(function* <E>(input: CaseUpdate<E>) {
    yield* annotated(() => ({ [attribute.caseSysId]: input.sysId }))
    const pace = makePace("updateCase", settings)
    let body = input.body
    // Until when a PATCH may be running that can have written the note; `undefined` while there was none.
    let doubt = input.inDoubt ? inDoubtUntil(input, yield* CurrentClaim) : undefined
    for (let immediate = doubt === undefined; ; immediate = false) {
      if (doubt !== undefined) body = yield* Effect.mapError(remaining(pace, input, body, doubt), pace.failure)
      if (Object.keys(body).length === 0) return written
      if (!immediate && input.stillStands !== undefined) yield* input.stillStands
      const readAt = yield* Clock.currentTimeMillis
      let sentAt = 0
      const onSending = Effect.flatMap(Clock.currentTimeMillis, (at) => {
        if (input.stillStands !== undefined && at - readAt > standsFor)
          return Effect.fail<Outdated>({ _tag: "Outdated" })
        sentAt = at
        return Effect.void
      })
      const outcome = yield* Effect.result(patch(input.sysId, body, pace.begin(), onSending))
      if (Result.isSuccess(outcome)) return outcome.success
      const reason = outcome.failure
      if (reason._tag === "Outdated") {
        pace.unsent()
        continue
      }
      const left = doubtOf(reason)
      if (left !== "none") doubt = left === "running" ? sentAt + timeout : 0
      if (yield* pace.another(reason)) continue
      if (doubt !== undefined) body = yield* Effect.orElseSucceed(remaining(pace, input, body, doubt), () => body)
      return Object.keys(body).length === 0 ? written : yield* pace.failure(reason)
    }
  }, traced("ServiceNow.updateCase"))
}
