import { Clock, Effect, Schema } from "effect"

import { changesStanding } from "../../domain/communication/CaseStanding.ts"
import { type Write, writeName } from "../../domain/communication/EventsState.ts"
import { type FactOf, RefusedPatch } from "../../domain/communication/Fact.ts"
import { caseOf, type State } from "../../domain/communication/State.ts"
import { Json } from "../../domain/record/ChannelResult.ts"
import {
  endedAviso,
  isByMachine,
  isNewFromInstance,
  isReadDue,
  isWorthReading,
  notStored,
  readOfCase,
  replacementPatch
} from "../../domain/rules/agentChanges.ts"
import { refusedPatch } from "../../domain/rules/casePatches.ts"
import { isOwnRefusal, isRefusal, serviceNowFailure } from "../../domain/vendor/failure.ts"
import { Refused } from "../../domain/vendor/failureReasons.ts"
import type { ServiceNow } from "../../services/ServiceNow.ts"
import type { Settings } from "../../services/Settings.ts"
import { traced } from "../../telemetry/traced.ts"
import { ServiceNowError } from "../vendor/ServiceNowError.ts"
import type { UpdatedCase } from "./CaseUpdates.ts"
import { Communication } from "./Communication.ts"
import { readCase } from "./readCase.ts"

/**
 * The PATCH must not be written: people have changed the Case, or it may not be read (`refused`). `instead` is the
 * patch that is still to be written.
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
  const found = yield* readCase(caseOf(yield* communication.state)?.sysId ?? "", isOnce)
  if (found === undefined) return yield* unreadable(404, "o Case não existe ou não pode ser lido")
  return found.state === "" ? yield* unreadable(403, "o state do Case não pode ser lido") : found
})

/** Makes durable what was read of the Case. The write that follows hides who changed it. */
const recordRead = Effect.fnUntraced(function* (
  write: Write,
  read: Pick<FactOf<"WriteIntended">, "assignmentGroup" | "caseBy" | "caseState">
) {
  const communication = yield* Communication
  const at = yield* Clock.currentTimeMillis
  yield* communication.record([{ _tag: "WriteIntended", at, write: writeName(write), ...read }])
})

/**
 * Reads the Case and fails with `CaseChangedByAgent` when the write would overwrite people's changes, or when that
 * cannot be known because the read is refused (SPEC 8.8, 8.9).
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
  const state = yield* communication.state
  const instead = replacementPatch(write, body, state, found)
  if (instead !== undefined) return yield* new CaseChangedByAgent({ instead, avisos: endedAviso(body, found) })
  if (isNewFromInstance(state, found)) yield* recordRead(write, readOfCase(state, found))
}, traced("stillStands"))

/** What a plan remembers of the Case, to tell people's changes from those of the instance's own flows (SPEC 8.8). */
export const caseForPlan = Effect.fnUntraced(function* (
  planned: Pick<FactOf<"EventPlanned">, "patches" | "closesAt">
): Effect.fn.Return<
  Pick<FactOf<"EventPlanned">, "assignmentGroup" | "caseBy" | "caseState">,
  never,
  Communication | ServiceNow | Settings
> {
  const communication = yield* Communication
  const state = yield* communication.state
  if (!isWorthReading(state, planned)) return {}
  // If this read fails, `readForNote` reads the Case before the note.
  const found = yield* Effect.orElseSucceed(readStanding(true), () => undefined)
  return found === undefined ? {} : readOfCase(state, found, planned)
})

/** True for a permanent refusal: the Case may never be read. */
const isUnreadable = ({ reason }: ServiceNowError): boolean => isOwnRefusal(reason)

type EventPlan = FactOf<"EventPlanned"> | undefined

const readFor = Effect.fnUntraced(function* (write: Write, state: State, planned: EventPlan) {
  const found = yield* Effect.catchIf(readStanding(), isUnreadable, () => Effect.undefined)
  yield* recordRead(write, found === undefined ? { caseBy: "unknown" } : readOfCase(state, found, planned))
}, traced("readForNote"))

/**
 * Reads the Case before a note whose plan has not read it, or read it long ago, because the note hides who changed the
 * Case before it. The result is durable before the note is sent (SPEC 8.8). While the Case cannot be read, this fails
 * as an attempt of the note would, and the note is kept.
 */
export const readForNote = Effect.fnUntraced(function* (write: Write) {
  const communication = yield* Communication
  const state = yield* communication.state
  const planned = write.of === "event" ? state.events.byKey.get(write.key)?.planned : undefined
  if (isReadDue(state, planned, yield* Clock.currentTimeMillis)) yield* readFor(write, state, planned)
})

/**
 * Returns the fields of the Case's standing that ServiceNow did not store although it accepted the PATCH (SPEC 8.8,
 * 8.9). Reads the Case if the answer leaves that open.
 */
export const unstoredFields = Effect.fnUntraced(function* (
  body: Json,
  { found: isFound, notEchoed = [] }: UpdatedCase
) {
  const isOpen = isFound === true || notEchoed.some((field) => changesStanding({ [field]: true }))
  if (!changesStanding(body) || !isOpen) return []
  const found = yield* Effect.orElseSucceed(readStanding(), () => undefined)
  // The note is there, so every later change of the Case came after the whole PATCH.
  if (isFound === true && (found === undefined || !isByMachine(found))) return []
  return notStored(body, found)
})
