import { Clock, Effect } from "effect"

import { writeName } from "../../domain/communication/EventsState.ts"
import type { FactOf } from "../../domain/communication/Fact.ts"
import { changeDue, isResumed, journeyName, type State } from "../../domain/communication/State.ts"
import type { Journey } from "../../domain/journeys/Journey.ts"
import { closeDue, isLastTry, type PendingWrite, pendingWrites } from "../../domain/rules/pendingWrites.ts"
import { Breakers } from "../../services/Breakers.ts"
import { Journeys } from "../../services/Journeys.ts"
import { traced } from "../../telemetry/traced.ts"
import { Communication } from "../communication/Communication.ts"
import { recordWait } from "../communication/hold.ts"
import { publishResponse, storeNextResponse } from "../communication/publishResponse.ts"
import { tellGivenUp, updateCase } from "../communication/updateCase.ts"
import { finishEvents, storeEventResponse } from "../inbound/applyEvent.ts"
import { closeCase, storeCloseResponse } from "../inbound/closeCase.ts"
import { replanMissed } from "../inbound/replanMissed.ts"
import { communicate } from "../outbound/communicate.ts"
import { HourlyLog } from "../runtime/hourlyLog.ts"

/** Stores the response that reports the success of a write that had failed before (SPEC 6.4). */
const storeWritten = Effect.fnUntraced(function* ({ write }: PendingWrite) {
  const communication = yield* Communication
  const { accepted, events } = yield* communication.state
  if (write.of === "outcome" && accepted !== undefined) return yield* storeNextResponse(accepted)
  const progress = write.of === "event" ? events.byKey.get(write.key) : undefined
  if (progress !== undefined) return progress.ambiguous === true ? undefined : yield* storeEventResponse(progress)
  if (events.closeIntended === undefined || events.closeWritten === undefined) return undefined
  return yield* storeCloseResponse(events.closeWritten)
})

/**
 * Makes one try, from its intent to its outcome. A stop lets the try complete (SPEC 9.4). A try that an outage holds
 * back does not count (SPEC 9.2).
 */
const rewrite = Effect.fnUntraced(function* ({ request, write }: PendingWrite) {
  const communication = yield* Communication
  const { servicenow } = yield* Breakers
  const name = writeName(write)
  const { events, held } = communication.before
  // The previous try has an outcome, or crashed with its run, or its wait says until when it may still take effect.
  const before = events.begun.has(name) ? "died" : (held.get(name)?.appearsUntil ?? "ended")
  if (servicenow.way() === "shut" && held.has(name)) return false
  yield* communication.record([{ _tag: "WriteIntended", at: yield* Clock.currentTimeMillis, write: name }])
  const tried = yield* updateCase(write, request, before)
  if ("wait" in tried) return yield* Effect.as(recordWait(tried.wait), false)
  const at = yield* Clock.currentTimeMillis
  const isOver = !tried.written && isLastTry(yield* communication.state, write, tried.response, at)
  const outcome = isOver ? yield* tellGivenUp(write, request, tried) : tried
  const fact: FactOf<"WriteRetried"> = { _tag: "WriteRetried", at, write: name, ...outcome }
  // A successful write is committed together with its response. If it were committed first, a crash between the two
  // would lose the response.
  yield* outcome.written ? communication.remember(fact) : communication.record([fact])
  return outcome.written
}, Effect.uninterruptible)

const tryAgain = Effect.fnUntraced(function* (pending: PendingWrite) {
  if (!(yield* rewrite(pending))) return
  const stored = yield* storeWritten(pending)
  if (stored !== undefined) yield* publishResponse(stored)
}, traced("tryAgain"))

/** Logs once, and again each hour, that this part of the communication waits for the journeys file. */
const hourly = Effect.fnUntraced(function* (what: string, log: Effect.Effect<void>) {
  const { id } = yield* Communication
  const hourlyLog = yield* HourlyLog
  yield* hourlyLog(`${id} ${what}`, log)
})

/**
 * True when the close has been carried out or given up for good. False when it has to wait for the journeys file or for
 * ServiceNow.
 */
const close = (journey: Journey | undefined) =>
  journey === undefined
    ? Effect.as(
        hourly("close", Effect.logWarning("scheduled close waits: its journey is no longer in the journeys file")),
        false
      )
    : Effect.as(closeCase(journey), true).pipe(
        Effect.catchTag("ServiceNowError", (error) =>
          Effect.as(Effect.logWarning(`scheduled close waits: ${error.message}`), false)
        )
      )

/**
 * Continues an order that waited (SPEC 9.2). Does what an operator's decision or a settled doubt requires (SPEC 5.3):
 * sends the message again, or only completes its note and response.
 */
const carryOutChange = Effect.fnUntraced(function* (state: State) {
  const journeys = yield* Journeys
  const { accepted } = state
  if (accepted === undefined || (changeDue(state) === undefined && !isResumed(state))) return true
  const journey = journeys.find(journeyName(state))
  if (journey === undefined) {
    yield* hourly("order", Effect.logWarning("communication waits: its journey is no longer in the journeys file"))
    return false
  }
  yield* Effect.catchTag(communicate(accepted, journey), "Suspended", () => Effect.void)
  return true
})

/**
 * Does the work that has come due for a communication by itself: unacknowledged responses (SPEC 7.3), an operator's
 * decision or a settled doubt (SPEC 5.3), the scheduled close (SPEC 8.8), and writes that had failed (SPEC 6.4).
 * Returns false when some due work could not begin and must be tried again later.
 */
export const runDueWork = Effect.fnUntraced(function* () {
  const communication = yield* Communication
  const journeys = yield* Journeys
  const now = yield* Clock.currentTimeMillis
  const state = yield* communication.state
  yield* Effect.forEach(state.unacknowledged.values(), publishResponse)
  const changed = yield* carryOutChange(state)
  const journey = journeys.find(journeyName(state))
  const closed = yield* Effect.catchTag(
    Effect.gen(function* () {
      if (journey !== undefined) yield* replanMissed(journey)
      if ((yield* communication.state).events.waits) yield* finishEvents()
      const closesAt = closeDue(yield* communication.state)
      return closesAt === undefined || closesAt > now || (yield* close(journey))
    }),
    "Suspended",
    () => Effect.succeed(true)
  )
  yield* Effect.forEach(
    pendingWrites(yield* communication.state).filter(({ dueAt = 0 }) => dueAt <= now),
    tryAgain
  )
  return changed && closed
}, traced("wake"))
