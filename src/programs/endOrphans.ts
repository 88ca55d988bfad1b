import { Effect } from "effect"

import { durationText } from "../domain/durationText.ts"
import type { InboundEvent } from "../domain/inbound/InboundEvent.ts"
import { internalError, unknownCorrelation } from "../domain/refusal.ts"
import { Journal, type Parked } from "../services/Journal.ts"
import { Journeys } from "../services/Journeys.ts"
import { Settings } from "../services/Settings.ts"
import { countSkipped } from "../telemetry/metrics.ts"
import { applyIn } from "./applyIn.ts"
import { CaseLookup } from "./CaseLookup.ts"
import { correlate, journeyOf } from "./correlate.ts"
import { type EventOfRecord, fromParked } from "./parkedEvent.ts"
import { originOf } from "./refuse.ts"
import { type RefusedEvent, refuseEvents } from "./refuseEvents.ts"
import { maxTries, untilEnded } from "./untilEnded.ts"

type Outcome = "applied" | "alheio" | "waits" | RefusedEvent

/** Whose it is, for the last time. */
const whoseLast = Effect.fnUntraced(function* (event: InboundEvent) {
  const cases = yield* CaseLookup
  const known = yield* correlate(event)
  return known ?? (event.caseId === undefined ? undefined : yield* cases.whose(event.caseId))
})

const namesOurs = Effect.fnUntraced(function* ({ correlationId, journey }: InboundEvent) {
  const journeys = yield* Journeys
  return [journey, correlationId && journeyOf(correlationId)].some((name) => name !== undefined && journeys.has(name))
})

/** Nobody's, after all: a journey of ours is told so, another campaign's is counted (SPEC 8.3). */
const outcomeOf = Effect.fnUntraced(
  function* (one: EventOfRecord) {
    const { event, index } = one
    const { orphanAfter } = yield* Settings
    const whose = yield* whoseLast(event)
    const ended: Outcome | undefined = whose && (yield* applyIn(one, whose))
    if (ended !== undefined) return ended
    const refusal = unknownCorrelation(durationText(orphanAfter))
    const nobodys: Outcome = (yield* namesOurs(event)) ? { refusal, id: event.correlationId, index } : "alheio"
    return nobodys
  },
  // Perhaps ours: it stays parked until ServiceNow says whose it is.
  Effect.catchTag("ServiceNowError", (error) =>
    Effect.as(Effect.logWarning(`parked event waits: ${error.message}`), "waits" as const)
  )
)

const triedOutcomeOf = (one: EventOfRecord) => {
  const givenUp: Outcome = { refusal: internalError(maxTries), id: one.event.correlationId, index: one.index }
  return untilEnded(outcomeOf(one), Effect.succeed(givenUp))
}

const skip = Effect.fnUntraced(function* ({ event, record }: EventOfRecord) {
  yield* countSkipped(record.topic, "alheio")
  // An answer of somebody who has answered before ends here, too: whoever misses it finds its record.
  if (event.kind !== "reply") return
  yield* Effect.annotateLogs(Effect.logInfo("answer skipped: no communication of ours awaits it"), originOf(record))
})

/**
 * The parked events of one record whose time is over: applied after all, refused with one dead letter, or skipped. None is
 * refused while ServiceNow does not say whose another one is: that one may need the dead letter, too.
 */
export const endOrphans = Effect.fnUntraced(function* (orphans: ReadonlyArray<Parked>) {
  const journal = yield* Journal
  const refused = new Map<string, RefusedEvent>()
  let waits = false
  for (const parked of orphans) {
    const one = fromParked(parked)
    const outcome = yield* triedOutcomeOf(one)
    if (outcome === "alheio") yield* skip(one)
    if (outcome === "waits") waits = true
    else if (typeof outcome === "object") refused.set(parked.key, outcome)
    else yield* journal.unpark([parked.key])
  }
  const [first] = orphans
  if (waits) yield* Effect.sleep("1 minute")
  else if (first !== undefined && refused.size > 0) {
    yield* refuseEvents(fromParked(first).record, [...refused.values()])
    yield* journal.unpark([...refused.keys()], [first.origin])
  }
})
