import { Effect, Clock, Option } from "effect"

import type { InboundEvent } from "../../domain/inbound/InboundEvent.ts"
import { type Origin, originKey } from "../../domain/record/Origin.ts"
import { contradictoryNames, internalError, unknownCorrelation } from "../../domain/responses/refusal.ts"
import { monotonicMillis } from "../../domain/values/monotonicTime.ts"
import { durationText } from "../../domain/values/parseTime.ts"
import { setNewest } from "../../domain/values/setNewest.ts"
import { Journeys } from "../../services/Journeys.ts"
import { type Parked, ParkedEvents } from "../../services/ParkedEvents.ts"
import { Settings } from "../../services/Settings.ts"
import { countSkipped } from "../../telemetry/metrics.ts"
import { Backlogs } from "../intake/Backlogs.ts"
import { CaseLookup } from "../intake/CaseLookup.ts"
import { agrees, answerableSince, correlatedBy, journeyOf } from "../intake/correlate.ts"
import { endJudged, endParked, ifStillParked, isDecided, refuseContradictory } from "../intake/endParked.ts"
import {
  applyToCommunication,
  type EventOfRecord,
  fromParked,
  isReadable,
  judge,
  noteOnAll
} from "../intake/parkedEvent.ts"
import { originOf, type RefusedEvent } from "../intake/rejectRecord.ts"
import { catchNonInterrupt, isUnknownFact, maxTries, retryOnDefect } from "../runtime/retryOnDefect.ts"
import { begin, rest, roomOf, type SweepBatch, type SweepWork } from "./SweepWork.ts"

const keysOf = (parked: ReadonlyArray<Parked>) => parked.map(({ key }) => key)

/** How many records may have orphans that wait for ServiceNow. Beyond that no further orphans are queried. */
const mostResting = 5000

/** Milliseconds after which an undecided event is judged again. */
const judgedAgainAfter = 10_000

/** How many such events are remembered. */
const mostUndecided = 10_000

/** Remembers a parked event whose names lead to communications but do not decide for one. */
const leaveUndecided = Effect.fnUntraced(function* ({ undecided }: SweepWork, key: string) {
  setNewest(undecided, key, (yield* monotonicMillis) + judgedAgainAfter, mostUndecided)
})

/** The keys of the events that are not judged again yet. */
const undecidedNow = Effect.fnUntraced(function* ({ undecided }: SweepWork) {
  const now = yield* monotonicMillis
  for (const [key, until] of undecided) if (until <= now) undecided.delete(key)
  return [...undecided.keys()]
})

/**
 * Applies a parked event whose communication has arrived, or is free again. Its names may lead to several
 * communications. An event whose names contradict each other, or do not decide for one, is refused when its waiting
 * time has ended (SPEC 8.2).
 */
const applyMatched = Effect.fnUntraced(function* (parked: Parked, parkedBefore: number, sweepWork: SweepWork) {
  const one = fromParked(parked)
  const verdict = yield* judge(one)
  const isOver = parked.parkedAt < parkedBefore
  if (verdict._tag === "Communication") return yield* endJudged(one, verdict)
  if (verdict._tag === "Ambiguous" && (isOver || isDecided(verdict))) return yield* endJudged(one, verdict)
  if (verdict._tag === "Contradictory" && isOver) return yield* refuseContradictory(one)
  yield* leaveUndecided(sweepWork, parked.key)
  return undefined
})

/**
 * `waits`: ServiceNow does not show whose it is, or its communication waits for ServiceNow or for a newer version.
 * `busy`: its communication is busy.
 */
type Outcome = "applied" | "alheio" | "waits" | "busy" | RefusedEvent

const namesOurs = Effect.fnUntraced(function* ({ correlationId, journey }: InboundEvent) {
  const journeys = yield* Journeys
  return [journey, correlationId && journeyOf(correlationId)].some((name) => name !== undefined && journeys.has(name))
})

/**
 * Applies the event if it has an owner after all. Otherwise refuses it if it names one of our journeys, or else leaves
 * it to be counted as another campaign's (SPEC 8.3).
 */
const outcomeOf = Effect.fnUntraced(
  function* (one: EventOfRecord) {
    const { event, index } = one
    const { orphanAfter } = yield* Settings
    const cases = yield* CaseLookup
    const contradicts: Outcome = { refusal: contradictoryNames, id: event.correlationId, index }
    const verdict = yield* judge(one)
    if (verdict._tag === "Contradictory") return contradicts
    if (verdict._tag === "Ambiguous") return yield* noteOnAll(one, verdict.among)
    const own = verdict._tag === "Communication" ? correlatedBy(verdict) : undefined
    // This is the last try: ServiceNow may know the Case by now.
    const whose = own ?? (event.caseId === undefined ? undefined : yield* cases.whose(event.caseId, event))
    if (whose !== undefined && own === undefined && !(yield* agrees(event, whose))) return contradicts
    const ended: Outcome | undefined = whose && (yield* applyToCommunication(one, whose))
    if (ended !== undefined) return ended
    const refusal = unknownCorrelation(durationText(orphanAfter))
    const unowned: Outcome = (yield* namesOurs(event)) ? { refusal, id: event.correlationId, index } : "alheio"
    return unowned
  },
  // The event may be ours. It stays parked until ServiceNow shows whose it is.
  Effect.catchTag("ServiceNowError", (error) =>
    Effect.as(Effect.logWarning(`parked event waits: ${error.message}`), "waits" as const)
  )
)

const retriedOutcomeOf = (one: EventOfRecord) => {
  const finalRefusal: Outcome = { refusal: internalError(maxTries), id: one.event.correlationId, index: one.index }
  return Effect.catch(retryOnDefect(outcomeOf(one), Effect.succeed(finalRefusal)), () =>
    Effect.succeed("waits" as const)
  )
}

const skip = Effect.fnUntraced(function* ({ event, record }: EventOfRecord) {
  yield* countSkipped(record.topic, "alheio")
  // Includes a customer's second answer. Log its origin so that it can be found.
  if (event.kind !== "reply") return
  yield* Effect.annotateLogs(Effect.logInfo("answer skipped: no communication awaits it"), originOf(record))
})

/**
 * Ends the parked events of one record whose waiting time has ended. Each event is applied after all, refused or
 * skipped. The refused events share one dead letter, so it waits for the others. Returns true if some event still
 * waits.
 */
const expireNow = Effect.fnUntraced(function* (orphans: ReadonlyArray<Parked>) {
  const refused: Array<EventOfRecord> = []
  const all = orphans.map(fromParked)
  const hasEnded = ({ part, refused }: EventOfRecord) => refused !== undefined || part === "value"
  const kept = all.filter(hasEnded)
  let waits = false
  for (const one of all) {
    if (hasEnded(one)) continue
    const outcome = yield* retriedOutcomeOf(one)
    if (outcome === "alheio") yield* skip(one)
    if (outcome === "waits" || outcome === "busy") waits = true
    else if (typeof outcome === "object") refused.push({ ...one, refused: outcome })
    else yield* endParked({ done: [one] })
  }
  return (yield* endParked({ refused, kept })) || waits
})

/**
 * Returns true when another process is working on the record. After giving back the lock, it waits if ServiceNow does
 * not show whose an event is.
 */
const expireParked = Effect.fnUntraced(function* (
  origin: Origin,
  orphans: ReadonlyArray<Parked>,
  sweepWork: SweepWork
) {
  const ended = yield* sweepWork.share.withPermit(
    ifStillParked(origin, keysOf(orphans), (left) => expireNow(orphans.filter(({ key }) => left.has(key))))
  )
  if (Option.isSome(ended) && ended.value === true) yield* rest(sweepWork, originKey(origin))
  return Option.isNone(ended)
})

/** Keeps an event parked if it waits for a newer version, or if not even a dead letter could end it. */
const keepParkedOnFailure =
  (sweepWork: SweepWork, key: string, { origin }: Parked) =>
  <A, E, R>(work: Effect.Effect<A, E, R>) =>
    work.pipe(
      Effect.catchIf(isUnknownFact, () => Effect.as(rest(sweepWork, key), undefined)),
      catchNonInterrupt((cause) =>
        Effect.andThen(
          Effect.logError("parked event could not be ended, retrying", cause),
          Effect.as(rest(sweepWork, key), undefined)
        )
      ),
      Effect.annotateLogs(origin)
    )

/** How many unreadable events are remembered. */
const mostUnreadable = 10_000

/**
 * Leaves out the events that this version cannot read (SPEC 9.8). They stay parked, are logged once, and are not
 * queried again by this process.
 */
const readable = Effect.fnUntraced(function* <A>(
  { unreadable }: SweepWork,
  found: ReadonlyArray<A>,
  parkedOf: (found: A) => Parked
) {
  const all = Map.groupBy(found, (one) => isReadable(parkedOf(one)))
  for (const { key, origin } of (all.get(false) ?? []).map(parkedOf)) {
    if (unreadable.size < mostUnreadable) unreadable.add(key)
    yield* Effect.annotateLogs(Effect.logError("parked event cannot be read, waiting for a newer version"), {
      ...origin
    })
  }
  return all.get(true) ?? []
})

/**
 * Applies the parked events whose communication has arrived, those of one communication in order. Ends those whose
 * waiting time has ended (SPEC 8.3).
 */
export const sweepParked = Effect.fnUntraced(function* (sweepWork: SweepWork) {
  const parkedEvents = yield* ParkedEvents
  const { orphanAfter } = yield* Settings
  const { elsewhere, events, share, unreadable } = sweepWork
  const backlogs = yield* Backlogs
  // Skip the rows that another process had at the last query, and those that wait in a backlog, so that they do not
  // fill this query.
  const except = [...Array.from(sweepWork.fibers, ([key]) => key), ...elsewhere]
  elsewhere.clear()
  const room = yield* roomOf(sweepWork)
  const wanted = {
    limit: room,
    awaitingSince: yield* answerableSince,
    except: {
      ids: [...except, ...backlogs.ids()],
      keys: [...events, ...except, ...unreadable, ...(yield* undecidedNow(sweepWork))]
    }
  }
  const parkedBefore = (yield* Clock.currentTimeMillis) - orphanAfter
  const matched = room === 0 ? [] : yield* Effect.withTracerEnabled(parkedEvents.claimable(wanted), false)
  const matches = yield* readable(sweepWork, matched, ({ parked }) => parked)
  const applied = yield* Effect.forEach(
    Map.groupBy(matches, ({ id }) => id),
    ([id, own]) => {
      const work = Effect.gen(function* () {
        for (const matched of own) {
          const applied = yield* keepParkedOnFailure(
            sweepWork,
            id,
            matched.parked
          )(share.withPermit(applyMatched(matched.parked, parkedBefore, sweepWork)))
          // Another process is working on it, so the events that follow it come later, too.
          if (applied !== undefined && Option.isNone(applied)) return void elsewhere.add(id)
          // It is busy or waits. Its events are tried again in order.
          if (applied?.value === "busy" || applied?.value === "waits") return void elsewhere.add(id)
        }
      })
      return begin(sweepWork, id, work, keysOf(own.map(({ parked }) => parked)))
    }
  )
  const roomForOrphans = sweepWork.resting.size >= mostResting ? 0 : yield* roomOf(sweepWork)
  const orphansWanted = {
    limit: roomForOrphans,
    parkedBefore,
    except: [...events, ...except, ...unreadable],
    withoutKnown: true
  }
  const old = roomForOrphans === 0 ? [] : yield* Effect.withTracerEnabled(parkedEvents.orphans(orphansWanted), false)
  const orphans = yield* readable(sweepWork, old, (parked) => parked)
  const ended = yield* Effect.forEach(
    Map.groupBy(orphans, ({ origin }) => originKey(origin)),
    ([record, own]) => {
      const [first] = own
      return first === undefined
        ? Effect.succeed([])
        : begin(
            sweepWork,
            record,
            Effect.map(
              keepParkedOnFailure(sweepWork, record, first)(expireParked(first.origin, own, sweepWork)),
              (taken) => {
                if (taken === true) for (const key of keysOf(own)) elsewhere.add(key)
              }
            ),
            keysOf(own)
          )
    }
  )
  const full = matched.length >= room || old.length >= roomForOrphans
  const batch: SweepBatch = { begun: [...applied, ...ended].flat(), full }
  return batch
})
