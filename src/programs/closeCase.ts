import { Clock, Effect } from "effect"

import { deliveryDate } from "../domain/caseBody.ts"
import { caseState, closePatch } from "../domain/events/casePatches.ts"
import { closeResponse } from "../domain/events/eventResponse.ts"
import { cancelledNote } from "../domain/events/notes.ts"
import type { FactOf } from "../domain/Fact.ts"
import { isFinal, serviceNowFailure } from "../domain/failure.ts"
import type { Journey } from "../domain/Journey.ts"
import { caseOf, type State } from "../domain/State.ts"
import { type CaseRecord, ServiceNow, type ServiceNowError } from "../services/ServiceNow.ts"
import { Communication, once } from "./Communication.ts"
import { publishResponse } from "./publishResponse.ts"
import { storeNumbered } from "./storeResponse.ts"
import { writeOnCase } from "./writeOnCase.ts"

/** As the Case was when we last left it alone; `undefined`: we never knew. */
const leftAs = ({ adopted, caseIntent, events }: State) => ({
  state: String(caseIntent?.body.state ?? adopted?.state ?? caseState.open),
  assignmentGroup: caseIntent?.body.assignment_group ?? adopted?.assignmentGroup ?? events.assignmentGroup
})

/** People have taken the Case over: it is no longer as we left it (SPEC 8.8). */
const isTakenOver = (state: State, found: CaseRecord | undefined): boolean => {
  const left = leftAs(state)
  return (
    found === undefined ||
    found.state !== left.state ||
    (left.assignmentGroup !== undefined && found.assignmentGroup !== left.assignmentGroup)
  )
}

/** Reads the Case and decides, once, whether the close still stands; durable before anything is written. */
const decide = Effect.fnUntraced(function* (journey: Journey) {
  const communication = yield* Communication
  const serviceNow = yield* ServiceNow
  const state = yield* communication.state
  const found = yield* serviceNow.readCase(caseOf(state)?.sysId ?? "")
  const cancelled = isTakenOver(state, found)
  const date = state.accepted && deliveryDate(state.accepted.order, journey)
  const fact: FactOf<"CloseIntended"> = {
    _tag: "CloseIntended",
    at: yield* Clock.currentTimeMillis,
    cancelled,
    patch: cancelled ? { work_notes: cancelledNote } : closePatch(journey, date)
  }
  yield* communication.record([fact])
})

/** The response of the close; the latest one stands for it. */
export const storeCloseResponse = ({ patch }: FactOf<"CloseIntended">, outcome: FactOf<"CloseWritten">) =>
  storeNumbered({}, (state, numbered) => closeResponse(state, patch, outcome, numbered))

/** Carries out a close that is decided, also one that a run which died had begun; nothing where there is none. */
export const closeIntended = Effect.gen(function* () {
  const communication = yield* Communication
  const { before } = communication
  const { closeIntended: intended, closeResponse: responded } = (yield* communication.state).events
  if (intended === undefined) return
  const write = Effect.flatMap(
    writeOnCase(intended.patch, before.events.closeIntended !== undefined, intended.at),
    (outcome) =>
      Effect.map(Clock.currentTimeMillis, (at): FactOf<"CloseWritten"> => ({ _tag: "CloseWritten", at, ...outcome }))
  )
  const written = yield* Effect.uninterruptible(once((state) => state.events.closeWritten, write))
  yield* publishResponse(responded ?? (yield* storeCloseResponse(intended, written)))
})

/** The Case may not be read, now or ever (SPEC 4.6): the close has failed, and its response says so (SPEC 8.11). */
const giveUp = Effect.fnUntraced(function* (journey: Journey, error: ServiceNowError) {
  const communication = yield* Communication
  const { accepted } = yield* communication.state
  const at = yield* Clock.currentTimeMillis
  const patch = closePatch(journey, accepted && deliveryDate(accepted.order, journey))
  yield* communication.remember({ _tag: "CloseIntended", at, cancelled: false, patch })
  const response = serviceNowFailure(error)
  yield* communication.remember({ _tag: "CloseWritten", at, written: false, response, avisos: [] })
})

/** A scheduled close that is due (SPEC 8.8); fails while the Case cannot be read, and is then due again. */
export const closeCase = Effect.fn("closeCase")(function* (journey: Journey) {
  const communication = yield* Communication
  if ((yield* communication.state).events.closeIntended === undefined) {
    yield* Effect.catchTag(decide(journey), "ServiceNowError", (error) =>
      isFinal(error.reason) ? giveUp(journey, error) : Effect.fail(error)
    )
  }
  yield* closeIntended
})
