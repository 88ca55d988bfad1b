import { Clock, Effect, Semaphore } from "effect"

import { decodeInbound } from "../../domain/inbound/decodeInbound.ts"
import { groupByNames } from "../../domain/inbound/groupByNames.ts"
import type { InboundEvent } from "../../domain/inbound/InboundEvent.ts"
import { namesOf } from "../../domain/inbound/namesOf.ts"
import type { Judgement } from "../../domain/inbound/whose.ts"
import { markOf } from "../../domain/record/RecordMark.ts"
import { writtenAt } from "../../domain/record/recordTime.ts"
import { invalid } from "../../domain/responses/refusal.ts"
import type { KafkaRecord } from "../../services/Kafka.ts"
import { type RecordEnding, Ledger } from "../../services/Ledger.ts"
import { ParkedEvents } from "../../services/ParkedEvents.ts"
import { countSkipped } from "../../telemetry/metrics.ts"
import { isUnknownFact, retryOnDefect } from "../runtime/retryOnDefect.ts"
import { Backlogs } from "./Backlogs.ts"
import { CaseLookup } from "./CaseLookup.ts"
import { type Correlated, correlate, correlatedBy } from "./correlate.ts"
import { applyToCommunication, type EventOfRecord, noteOnAll, toParkedTogether } from "./parkedEvent.ts"
import { processRecord } from "./processRecord.ts"
import { type RecordIdentity, originOf, rejectRecord, type RefusedEvent, rejectEvents } from "./rejectRecord.ts"

/**
 * Starts the lookup of each Case that only ServiceNow may know. The lookups run beside the intake, because the record
 * has ended (SPEC 8.2, 9.5).
 */
const lookUpCases = Effect.fnUntraced(function* (unmatched: ReadonlyArray<EventOfRecord>) {
  const cases = yield* CaseLookup
  for (const [caseId, own] of Map.groupBy(unmatched, ({ event }) => event.caseId)) {
    if (caseId !== undefined) yield* cases.begin(caseId, own)
  }
})

/** How many events of one record may be processed at once. */
const lanesAtOnce = 32

/**
 * Milliseconds for which the other events of a record wait for one event. It is then parked, and work that hangs
 * continues.
 */
const longest = 10_000

/** How one event of a record ended, or the event that is to be parked. */
type Ended = "applied" | RefusedEvent | EventOfRecord

/** Effects that conclude the announcements to the backlogs. They run at the end of the record. */
type Announced = Array<Effect.Effect<void>>

const isRefused = (ended: Ended): ended is RefusedEvent => typeof ended === "object" && "refusal" in ended
const isParked = (ended: Ended): ended is EventOfRecord => typeof ended === "object" && "event" in ended

/** Parks the event for its communication. The sweep tries it (SPEC 8.3, 9.2), and no later event overtakes it. */
const forSweep = Effect.fnUntraced(function* (one: EventOfRecord, id: string | undefined) {
  if (id !== undefined) (yield* Backlogs).leave(id)
  return one
})

/** Parks the event behind its busy communication. From now on no later event overtakes it. */
const behind = Effect.fnUntraced(function* (one: EventOfRecord, whose: Correlated, announced: Announced) {
  announced.push((yield* Backlogs).announce(whose.id))
  return { ...one, id: whose.id }
})

/** Parks the event as one whose names contradict each other. No other event waits behind it. */
const contradicting = (one: EventOfRecord): EventOfRecord => ({ ...one, contradicts: true })

type AmbiguousJudgement = Extract<Judgement, { readonly _tag: "Ambiguous" }>

/** Parks an event that several communications may have caused. */
const shared = (one: EventOfRecord, { among, untilNamed }: AmbiguousJudgement): EventOfRecord => ({
  ...one,
  among,
  ...(untilNamed && { untilNamed })
})

/** Notes an event that several communications may have caused, on the Case of each (SPEC 8.2). */
const endAmbiguous = Effect.fnUntraced(function* (one: EventOfRecord, verdict: AmbiguousJudgement) {
  if (verdict.untilNamed === true) return shared(one, verdict)
  const ended = yield* noteOnAll(one, verdict.among)
  return ended === "busy" ? shared(one, verdict) : ended
})

/** Applies one event, unless its communication does not exist, is busy or waits. */
const endOwn = Effect.fnUntraced(function* (one: EventOfRecord, whose: Correlated, announced: Announced) {
  if ((yield* Backlogs).has(whose.id)) return yield* behind(one, whose, announced)
  const ended = yield* applyToCommunication(one, whose)
  if (ended === "busy") return yield* behind(one, whose, announced)
  if (ended === "waits" || ended === undefined)
    return yield* forSweep(ended === "waits" ? { ...one, id: whose.id } : one, whose.id)
  return ended
})

/** Ends one event as the verdict says. An event without a communication is to be parked. */
const endOne = (one: EventOfRecord, verdict: Judgement, announced: Announced) => {
  switch (verdict._tag) {
    case "Communication":
      return endOwn(one, correlatedBy(verdict), announced)
    case "Ambiguous":
      return endAmbiguous(one, verdict)
    case "Contradictory":
      return Effect.succeed(contradicting(one))
    case "Nobody":
      return forSweep(one, one.event.correlationId)
  }
}

/** Parks an event whose work takes too long or has a defect. */
const endLater = (one: EventOfRecord, verdict: Judgement, announced: Announced): Effect.Effect<Ended> => {
  switch (verdict._tag) {
    case "Communication":
      return behind(one, correlatedBy(verdict), announced)
    case "Ambiguous":
      return Effect.succeed(shared(one, verdict))
    case "Contradictory":
      return Effect.succeed(contradicting(one))
    case "Nobody":
      return Effect.succeed(one)
  }
}

/**
 * Ends one of several events of a record. The others do not wait for it for long: an event that hangs or has a defect
 * is parked, and is then retried and given up as any parked event.
 */
const endBeside = Effect.fnUntraced(function* (one: EventOfRecord, own: Semaphore.Semaphore, announced: Announced) {
  const { lanes } = yield* Backlogs
  let verdict: Judgement = { _tag: "Nobody" }
  const attempt = Effect.gen(function* () {
    verdict = yield* correlate(one.event)
    return yield* endOne(one, verdict, announced)
  })
  const park = Effect.suspend(() => endLater(one, verdict, announced))
  const ended = Effect.timeoutOrElse(retryOnDefect(attempt, park), { duration: longest, orElse: () => park })
  // This event waits for a newer version, and so does its record. The other events of the record do not (SPEC 9.8).
  return yield* Effect.catch(own.withPermit(lanes.withPermit(ended)), Effect.succeed)
})

const ownersOf = (verdict: Judgement | undefined): ReadonlyArray<string> => {
  if (verdict?._tag === "Communication") return [verdict.id]
  return verdict?._tag === "Ambiguous" ? verdict.among : []
}

/**
 * Groups the events that may be of one communication: those that share a name, and those whose names lead to the same
 * one.
 */
const lanesOf = Effect.fnUntraced(function* (events: ReadonlyArray<EventOfRecord>) {
  const verdicts = yield* Effect.forEach(events, ({ event }) => correlate(event), { concurrency: lanesAtOnce })
  const names = events.map(({ event }, index) => {
    const known = ownersOf(verdicts[index]).map((value) => ({ kind: "id", value }))
    return [...namesOf(event), ...known].map(({ kind, value }) => `${kind} ${value}`)
  })
  return groupByNames(names).map((lane) => lane.flatMap((index) => events[index] ?? []))
})

/** Ends the events of a record: those of one communication in order, and others beside them (SPEC 9.5). */
const endAll = Effect.fnUntraced(function* (events: ReadonlyArray<EventOfRecord>, announced: Announced) {
  const [only, ...others] = events
  if (only !== undefined && others.length === 0) return [yield* endOne(only, yield* correlate(only.event), announced)]
  const own = Semaphore.makeUnsafe(lanesAtOnce)
  const lanes = yield* Effect.forEach(
    yield* lanesOf(events),
    (lane) => Effect.forEach(lane, (one) => endBeside(one, own, announced)),
    { concurrency: "unbounded" }
  )
  const ended = lanes.flat()
  const newer = ended.find(isUnknownFact)
  if (newer !== undefined) return yield* newer
  return ended.filter((one): one is Ended => !isUnknownFact(one))
})

/**
 * Writes how the record ended. Events without a communication, and those whose communication is busy or waits, are
 * parked in the same commit (SPEC 8.3). Refused events are parked with them, because the record has one dead letter,
 * published with its last event.
 */
const conclude = Effect.fnUntraced(function* (
  record: KafkaRecord,
  ended: ReadonlyArray<Ended>,
  { at, events, id }: Pick<RecordIdentity, "id"> & { readonly at: number; readonly events: ReadonlyArray<InboundEvent> }
) {
  const ledger = yield* Ledger
  const parkedEvents = yield* ParkedEvents
  const refused = ended.filter(isRefused)
  const waiting = ended.filter(isParked)
  const isDead = waiting.length === 0 && refused.length > 0
  if (isDead) {
    yield* rejectEvents(
      record,
      refused.toSorted((one, other) => one.index - other.index)
    )
  }
  const applied = ended.includes("applied") ? "response" : events.length === 0 ? "skipped" : "parked"
  const ending: RecordEnding["ending"] = isDead ? "dead_letter" : applied
  const now = yield* Clock.currentTimeMillis
  const mark = markOf(record)
  const endings = [{ origin: originOf(record), ending, at: now, mark, ...(id !== undefined && { id }) }]
  if (waiting.length === 0) return yield* ledger.end(endings)
  const keptRefused = refused.flatMap((refused): ReadonlyArray<EventOfRecord> => {
    const { index } = refused
    const event = events[index]
    return event === undefined ? [] : [{ record, event, index, refused }]
  })
  yield* parkedEvents.park(toParkedTogether([...waiting, ...keptRefused], at), endings)
  const isLookedUp = ({ among, contradicts, id }: EventOfRecord) =>
    id === undefined && among === undefined && contradicts !== true
  yield* lookUpCases(waiting.filter(isLookedUp))
})

/**
 * Ends the events of one record. The record's row in the ledger is written once, with its last event, so a record with
 * a row has nothing left to do.
 */
const end = Effect.fnUntraced(function* (
  record: KafkaRecord,
  events: ReadonlyArray<InboundEvent>,
  { id }: RecordIdentity
) {
  const ledger = yield* Ledger
  if ((yield* ledger.ending(originOf(record))) !== undefined) return
  // Parked events keep the order in which their records came, not the order in which their waits ended.
  const at = yield* Clock.currentTimeMillis
  const announced: Announced = []
  yield* endAll(
    events.map((event, index) => ({ record, event, index })),
    announced
  ).pipe(
    Effect.flatMap((ended) => conclude(record, ended, { at, events, id })),
    Effect.ensuring(Effect.suspend(() => Effect.all(announced, { discard: true })))
  )
})

/**
 * The work of one record of `omnichannelRespostaCampanha`, with one event or several (SPEC 8). `receivedAt` is in epoch
 * milliseconds.
 */
export const inboundRecord = (record: KafkaRecord, receivedAt: number) => {
  const decoded = decodeInbound(record.value, writtenAt(record, receivedAt))
  if (decoded._tag === "Invalid") {
    const identity: RecordIdentity = { id: decoded.id, channels: [] }
    return {
      key: decoded.id,
      run: processRecord(record, identity, rejectRecord(record, invalid(decoded.detail), identity))
    }
  }
  const [first] = decoded.events
  const identity: RecordIdentity = { id: first?.correlationId, channels: [] }
  const run = Effect.andThen(
    end(record, decoded.events, identity),
    Effect.forEach(decoded.unknown, () => countSkipped(record.topic, "tipo_desconhecido"), { discard: true })
  )
  // Events of one communication mostly carry the same one of these names. That name as the key keeps their order.
  const key = first?.correlationId ?? first?.caseId ?? first?.messageId ?? first?.phone
  return { key, run: processRecord(record, identity, run) }
}
