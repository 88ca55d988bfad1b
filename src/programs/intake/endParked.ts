import { Effect } from "effect"

import type { Judgement } from "../../domain/inbound/whose.ts"
import { type Origin, originKey } from "../../domain/record/Origin.ts"
import { contradictoryNames, internalError } from "../../domain/responses/refusal.ts"
import { Ownership } from "../../services/Ownership.ts"
import { ParkedEvents } from "../../services/ParkedEvents.ts"
import { Settings } from "../../services/Settings.ts"
import { laterProcessSpan } from "../../telemetry/messagingSpan.ts"
import { maxTries, retryOnDefect } from "../runtime/retryOnDefect.ts"
import { correlatedBy } from "./correlate.ts"
import {
  applyToCommunication,
  type EventOfRecord,
  fromParked,
  isReadable,
  noteOnAll,
  parkedKey,
  toParked
} from "./parkedEvent.ts"
import { originOf, type RefusedEvent, rejectEvents } from "./rejectRecord.ts"

interface EndedParked {
  /** Events that were applied or skipped. */
  readonly done?: ReadonlyArray<EventOfRecord>
  /** Events that are refused now. */
  readonly refused?: ReadonlyArray<EventOfRecord>
  /** Events that were refused before and waited for others, or the value of the record. */
  readonly kept?: ReadonlyArray<EventOfRecord>
}

/**
 * Ends parked events of one record. The record has one dead letter, which is published when its last event has ended
 * (SPEC 8.3). Until then refused events stay parked, and this returns true. The caller must hold the record's lock.
 */
export const endParked = Effect.fnUntraced(function* ({ done = [], kept = [], refused = [] }: EndedParked) {
  const parkedEvents = yield* ParkedEvents
  const ended = [...done, ...refused, ...kept]
  const [first] = ended
  if (done.length > 0) yield* parkedEvents.unpark(done.map(parkedKey))
  if (first === undefined) return false
  let all: ReadonlyArray<EventOfRecord> = [...refused, ...kept]
  if (first.together === true) {
    const left = yield* parkedEvents.leftOf(originOf(first.record), ended.map(parkedKey))
    // The dead letter names all refused events, so it waits for a version that can read them (SPEC 9.8).
    if (left.waiting || !left.refused.every(isReadable)) {
      yield* Effect.forEach(refused, (one) => parkedEvents.replace(toParked(one, 0)))
      return all.length > 0
    }
    const known = new Set(all.map(parkedKey))
    all = [...left.refused.filter(({ key }) => !known.has(key)).map(fromParked), ...all]
  }
  if (all.length === 0) return false
  const sorted = all.toSorted((one, other) => one.index - other.index)
  const refusals = sorted.flatMap((one) => one.refused ?? [])
  const { record } = all.find(({ part }) => part === "value") ?? first
  yield* rejectEvents(record, refusals)
  yield* parkedEvents.unpark(sorted.map(parkedKey), refusals.length === 0 ? [] : [originOf(record)])
  return false
})

/** Ends a parked event as `attempt` says, if it is still parked and no other process has its record. */
const endBy = Effect.fnUntraced(function* <E, R>(
  one: EventOfRecord,
  attempt: Effect.Effect<"applied" | "busy" | "waits" | RefusedEvent | undefined, E, R>
) {
  const { groupId } = (yield* Settings).kafka
  const end = Effect.gen(function* () {
    const ended = yield* attempt
    if (ended === "applied") yield* endParked({ done: [one] })
    else if (typeof ended === "object") yield* endParked({ refused: [{ ...one, refused: ended }] })
    return ended ?? ("unknown" as const)
  }).pipe(laterProcessSpan(one.record, groupId))
  return yield* ifStillParked(originOf(one.record), [parkedKey(one)], () => end)
})

/** A verdict that ends an event. */
export type Decided = Extract<Judgement, { readonly _tag: "Communication" | "Ambiguous" }>

/** True if the event ends now, and does not wait for a name. */
export const isDecided = (verdict: Judgement): verdict is Decided =>
  verdict._tag === "Communication" || (verdict._tag === "Ambiguous" && verdict.untilNamed !== true)

const applyJudged = (one: EventOfRecord, verdict: Decided) =>
  verdict._tag === "Ambiguous" ? noteOnAll(one, verdict.among) : applyToCommunication(one, correlatedBy(verdict))

/**
 * Ends a parked event as the verdict says, and retries after defects. Refuses it after the last try (SPEC 8.3, 9.7).
 */
export const endJudged = (one: EventOfRecord, verdict: Decided) => {
  const id = verdict._tag === "Ambiguous" ? undefined : verdict.id
  const finalRefusal: RefusedEvent = { refusal: internalError(maxTries), id, index: one.index }
  return endBy(one, retryOnDefect(applyJudged(one, verdict), Effect.succeed(finalRefusal)))
}

/** Ends a parked event as the verdict says. Fails with its defect. */
export const tryJudged = (one: EventOfRecord, verdict: Decided) => endBy(one, applyJudged(one, verdict))

/** Refuses a parked event whose names contradict each other until the end of its waiting time (SPEC 8.2). */
export const refuseContradictory = (one: EventOfRecord) =>
  endBy(
    one,
    Effect.succeed<RefusedEvent>({ refusal: contradictoryNames, id: one.event.correlationId, index: one.index })
  )

/**
 * Runs the work with those of a record's events that are still parked, while no other process works on that record. The
 * record's lock is taken before the lock of any communication. Returns none if another process has the record.
 */
export const ifStillParked = Effect.fnUntraced(function* <A, E, R>(
  origin: Origin,
  keys: ReadonlyArray<string>,
  work: (left: ReadonlySet<string>) => Effect.Effect<A, E, R>
) {
  const ownership = yield* Ownership
  const parkedEvents = yield* ParkedEvents
  return yield* ownership.tryHold("record", originKey(origin), () =>
    Effect.flatMap(parkedEvents.stillParked(keys), (left): Effect.Effect<A | undefined, E, R> =>
      left.size === 0 ? Effect.undefined : work(left)
    )
  )
})
