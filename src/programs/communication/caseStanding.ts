import { Effect, Schema } from "effect"

import { changesStanding } from "../../domain/communication/CaseStanding.ts"
import type { Write } from "../../domain/communication/EventsState.ts"
import { type FactOf, RefusedPatch } from "../../domain/communication/Fact.ts"
import { caseOf } from "../../domain/communication/State.ts"
import { Json } from "../../domain/record/ChannelResult.ts"
import {
  changedBy,
  changedByAtYes,
  endedAviso,
  isByMachine,
  isWorthReading,
  notStored,
  replacementPatch
} from "../../domain/rules/agentChanges.ts"
import { refusedPatch } from "../../domain/rules/casePatches.ts"
import { isRefusal, serviceNowFailure } from "../../domain/vendor/failure.ts"
import { Refused } from "../../domain/vendor/failureReasons.ts"
import { ServiceNow, ServiceNowError, type UpdatedCase } from "../../services/ServiceNow.ts"
import { traced } from "../../telemetry/traced.ts"
import { Communication } from "./Communication.ts"

/**
 * The PATCH must not be written: people have changed the Case, or nobody may read it (`refused`). `instead` is the patch
 * that is still to be written.
 */
export class CaseChangedByAgent extends Schema.TaggedError<CaseChangedByAgent>()("CaseChangedByAgent", {
  instead: Json,
  /** In Portuguese, for the response. */
  avisos: Schema.Array(Schema.String),
  refused: Schema.optionalKey(RefusedPatch)
}) {
  override get message() {
    return this.refused === undefined ? "people have changed the Case" : "the Case may not be read"
  }
}

const unreadable = (status: 403 | 404, detail: string, attempts = 1) =>
  new ServiceNowError({ operation: "readCase", reason: new Refused({ status, message: detail, detail }), attempts })

const readStanding = Effect.fnUntraced(function* (isOnce = false) {
  const communication = yield* Communication
  const serviceNow = yield* ServiceNow
  const found = yield* serviceNow.readCase(caseOf(yield* communication.state)?.sysId ?? "", isOnce)
  if (found === undefined) return yield* unreadable(404, "o Case não existe ou não pode ser lido")
  return found.state === "" ? yield* unreadable(403, "o state do Case não pode ser lido") : found
})

/**
 * Reads the Case and fails with `CaseChangedByAgent` when the write would overwrite people's changes, or when that cannot
 * be known because the read is refused (SPEC 8.8, 8.9).
 */
export const failIfCaseChanged = Effect.fnUntraced(function* (write: Write, body: Json) {
  const communication = yield* Communication
  const found = yield* readStanding().pipe(
    Effect.catchTag("ServiceNowError", (error): Effect.Effect<never, ServiceNowError | CaseChangedByAgent> => {
      if (!isRefusal(error.reason)) return Effect.fail(error)
      const response = serviceNowFailure(error)
      const refused: RefusedPatch = { request: body, response, unread: true }
      return Effect.fail(new CaseChangedByAgent({ instead: refusedPatch(body, response), avisos: [], refused }))
    })
  )
  const instead = replacementPatch(write, body, yield* communication.state, found)
  if (instead !== undefined) return yield* new CaseChangedByAgent({ instead, avisos: endedAviso(body, found) })
}, traced("stillStands"))

/** What a plan remembers of the Case, which tells people from the instance's own flows (SPEC 8.8). */
export const caseForPlan = Effect.fnUntraced(function* (
  planned: Pick<FactOf<"EventPlanned">, "patches" | "closesAt">
): Effect.fn.Return<
  Pick<FactOf<"EventPlanned">, "assignmentGroup" | "caseBy" | "caseState">,
  never,
  Communication | ServiceNow
> {
  const communication = yield* Communication
  const state = yield* communication.state
  if (!isWorthReading(state, planned)) return {}
  // A scheduled close depends on it. A note does not wait for it.
  const found = yield* Effect.orElseSucceed(readStanding(planned.closesAt === undefined), () => undefined)
  if (found === undefined) return { caseBy: "unknown" }
  const caseBy = planned.closesAt === undefined ? changedBy(state, found) : changedByAtYes(state, found)
  return { caseState: found.state, assignmentGroup: found.assignmentGroup, caseBy }
})

/**
 * Of a PATCH that ServiceNow has accepted, the fields of the Case's standing that it did not store (SPEC 8.8, 8.9). Reads
 * the Case where the answer leaves that open.
 */
export const unstoredFields = Effect.fnUntraced(function* (
  body: Json,
  { found: isFound, notEchoed = [] }: UpdatedCase
) {
  const isOpen = isFound === true || notEchoed.some((field) => changesStanding({ [field]: true }))
  if (!changesStanding(body) || !isOpen) return []
  const found = yield* Effect.orElseSucceed(readStanding(), () => undefined)
  // The note is there, and whoever changed the Case since did it after the whole PATCH.
  if (isFound === true && (found === undefined || !isByMachine(found))) return []
  return notStored(body, found)
})
