import { Effect, Clock } from "effect"

import type { InboundEvent } from "../../domain/inbound/InboundEvent.ts"
import { originKey } from "../../domain/record/Origin.ts"
import { internalError, unknownCorrelation } from "../../domain/responses/refusal.ts"
import { durationText } from "../../domain/values/parseTime.ts"
import { Journeys } from "../../services/Journeys.ts"
import { type MatchedParkedEvent, type Parked, ParkedEvents } from "../../services/ParkedEvents.ts"
import { Settings } from "../../services/Settings.ts"
import { laterProcessSpan } from "../../telemetry/messagingSpan.ts"
import { countSkipped } from "../../telemetry/metrics.ts"
import { CaseLookup } from "../intake/CaseLookup.ts"
import { correlate, journeyOf, answerableSince } from "../intake/correlate.ts"
import { applyToCommunication, fromParked, type EventOfRecord } from "../intake/parkedEvent.ts"
import { type RefusedEvent, rejectEvents, originOf } from "../intake/rejectRecord.ts"
import { maxTries, retryOnDefect, catchNonInterrupt } from "../runtime/retryOnDefect.ts"
import { begin, type SweepBatch, sweepBatchSize, type SweepWork } from "./SweepWork.ts"

/** A parked event whose communication has come: applied, or, after the last try, refused (SPEC 8.3, 9.7). */
const applyParked = Effect.fnUntraced(function* ({ id, parked }: MatchedParkedEvent) {
  const parkedEvents = yield* ParkedEvents
  const one = fromParked(parked)
  const givenUp: RefusedEvent = { refusal: internalError(maxTries), id, index: one.index }
  const { groupId } = (yield* Settings).kafka
  yield* Effect.gen(function* () {
    const ended = yield* retryOnDefect(applyToCommunication(one, { id }), Effect.succeed(givenUp))
    if (ended === "applied") yield* parkedEvents.unpark([parked.key])
    else if (ended !== undefined) {
      yield* rejectEvents(one.record, [ended])
      yield* parkedEvents.unpark([parked.key], [parked.origin])
    }
  }).pipe(laterProcessSpan(one.record, groupId))
})

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
    const ended: Outcome | undefined = whose && (yield* applyToCommunication(one, whose))
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
  return retryOnDefect(outcomeOf(one), Effect.succeed(givenUp))
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
const expireParked = Effect.fnUntraced(function* (orphans: ReadonlyArray<Parked>) {
  const parkedEvents = yield* ParkedEvents
  const refused = new Map<string, RefusedEvent>()
  let waits = false
  for (const parked of orphans) {
    const one = fromParked(parked)
    const outcome = yield* triedOutcomeOf(one)
    if (outcome === "alheio") yield* skip(one)
    if (outcome === "waits") waits = true
    else if (typeof outcome === "object") refused.set(parked.key, outcome)
    else yield* parkedEvents.unpark([parked.key])
  }
  const [first] = orphans
  if (waits) yield* Effect.sleep("1 minute")
  else if (first !== undefined && refused.size > 0) {
    yield* rejectEvents(fromParked(first).record, [...refused.values()])
    yield* parkedEvents.unpark([...refused.keys()], [first.origin])
  }
})

/** What not even a dead letter could end, a row that cannot be read, say: it stays parked. */
const orLater =
  ({ origin }: Parked) =>
  <E, R>(work: Effect.Effect<void, E, R>) =>
    work.pipe(
      catchNonInterrupt((cause) =>
        Effect.andThen(
          Effect.logError("a parked event could not be ended; tried again", cause),
          Effect.sleep("1 minute")
        )
      ),
      Effect.annotateLogs(origin)
    )

const keysOf = (parked: ReadonlyArray<Parked>) => parked.map(({ key }) => key)

/** Parked events whose communication has come, those of one in their order; and those whose time is over (SPEC 8.3). */
export const sweepParked = Effect.fnUntraced(function* (sweepWork: SweepWork) {
  const parkedEvents = yield* ParkedEvents
  const { orphanAfter } = yield* Settings
  const ids = Array.from(sweepWork.fibers, ([key]) => key)
  const matches = yield* parkedEvents
    .claimable({
      limit: sweepBatchSize,
      awaitingSince: yield* answerableSince,
      except: { ids, keys: [...sweepWork.events] }
    })
    .pipe(Effect.withTracerEnabled(false))
  const applied = yield* Effect.forEach(
    Map.groupBy(matches, ({ id }) => id),
    ([id, own]) => {
      const work = Effect.forEach(own, (matched) => orLater(matched.parked)(applyParked(matched)), { discard: true })
      return begin(sweepWork, id, work, keysOf(own.map(({ parked }) => parked)))
    }
  )
  const parkedBefore = (yield* Clock.currentTimeMillis) - orphanAfter
  const orphans = yield* parkedEvents
    .orphans({ limit: sweepBatchSize, parkedBefore, except: [...sweepWork.events] })
    .pipe(Effect.withTracerEnabled(false))
  const ended = yield* Effect.forEach(
    Map.groupBy(orphans, ({ origin }) => originKey(origin)),
    ([record, own]) => {
      const [first] = own
      return first === undefined
        ? Effect.succeed([])
        : begin(sweepWork, record, orLater(first)(expireParked(own)), keysOf(own))
    }
  )
  const full = matches.length >= sweepBatchSize || orphans.length >= sweepBatchSize
  const batch: SweepBatch = { begun: [...applied, ...ended].flat(), full }
  return batch
})
