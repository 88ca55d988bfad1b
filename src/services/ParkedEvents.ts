import { Context, type Effect } from "effect"

import type { ParkedName } from "../domain/inbound/namesOf.ts"
import type { Json } from "../domain/record/ChannelResult.ts"
import type { Origin } from "../domain/record/Origin.ts"
import type { RecordEnding } from "./Ledger.ts"

/** An event whose communication does not exist yet, or is busy (SPEC 8.3, 9.5). */
export interface Parked {
  /** Unique: `topic/partition/offset#index`, with the event's position in its record. */
  readonly key: string
  readonly origin: Origin
  /** Empty if what is stored cannot be read, perhaps because a newer version parked it (SPEC 9.8). */
  readonly event: Json
  /** The most trusted name first. An event without names can only become an orphan. */
  readonly names: ReadonlyArray<ParkedName>
  /** Epoch milliseconds. */
  readonly parkedAt: number
}

/** A parked event and the communication that it names, which is known now. */
export interface MatchedParkedEvent {
  readonly parked: Parked
  readonly id: string
}

/** Which matches a query returns: the oldest, `limit` at most. */
export interface MatchesWanted {
  readonly limit: number
  /** A dispatch made before this time (epoch milliseconds) no longer awaits an answer (SPEC 8.2). */
  readonly awaitingSince: number
  /** Leaves out communications whose events are being applied, and the keys of events that are being worked on. */
  readonly except: { readonly ids: ReadonlyArray<string>; readonly keys: ReadonlyArray<string> }
}

/**
 * Which orphans a query returns: the oldest, `limit` at most, and the other events that were parked with the last one's
 * record.
 */
export interface OrphansWanted {
  readonly limit: number
  /** Epoch milliseconds. */
  readonly parkedBefore: number
  /** Leaves out the keys of events that are being worked on. */
  readonly except: ReadonlyArray<string>
  /** Leaves out events whose `id` is a communication that exists: they wait for its turn, and never end as orphans. */
  readonly withoutKnown?: boolean
}

/** Where a page of parked events ends. */
export type ParkedPosition = Pick<Parked, "key" | "parkedAt">

/** The parked events of one record. */
export interface LeftOfRecord {
  /** Some of them have not ended. */
  readonly waiting: boolean
  /** Those that ended as refused. Empty while some are waiting. */
  readonly refused: ReadonlyArray<Parked>
}

/**
 * Events that wait for their communication (SPEC 8.3). Calls wait for an unreachable database as those of `Journal` do
 * (SPEC 9.1).
 */
export class ParkedEvents extends Context.Service<
  ParkedEvents,
  {
    /**
     * Returns when the events and the endings are durable, in one commit. Idempotent by key, even after an event was
     * unparked: if `endings` ends a record that has already ended, its events are not parked again. So a record ends
     * with the last of its events.
     */
    park(parked: ReadonlyArray<Parked>, endings: ReadonlyArray<RecordEnding>): Effect.Effect<void>
    /**
     * Deletes parked events. In the same commit, changes the ending of these records to `dead_letter` if the ledger has
     * one. Idempotent.
     */
    unpark(keys: ReadonlyArray<string>, deadLetters?: ReadonlyArray<Origin>): Effect.Effect<void>
    /**
     * Returns parked events whose communication is known now, by the first of their names that leads to one. All phones
     * of one event count together. They lead to the only communication that awaits an answer from any of them, or to
     * none.
     */
    claimable(wanted: MatchesWanted): Effect.Effect<ReadonlyArray<MatchedParkedEvent>>
    /** Returns events parked before a time, including claimable ones. */
    orphans(wanted: OrphansWanted): Effect.Effect<ReadonlyArray<Parked>>
    /** Returns which of these keys are still parked: another process may have ended an event since a query returned it. */
    stillParked(keys: ReadonlyArray<string>): Effect.Effect<ReadonlySet<string>>
    /** Returns the parked events whose `id` is this communication, the oldest first. */
    waitingFor(id: string, limit: number): Effect.Effect<ReadonlyArray<Parked>>
    /**
     * Replaces the event and the names of a parked event. Does nothing if the event is no longer parked. Idempotent.
     */
    replace(parked: Parked): Effect.Effect<void>
    /**
     * Returns which parked events of a record are left, by the names `record` and `refused`. Leaves out events that
     * have just ended.
     */
    leftOf(origin: Origin, ended: ReadonlyArray<string>): Effect.Effect<LeftOfRecord>
    /** Returns parked events after a position, by their time and key. */
    page(limit: number, after?: ParkedPosition): Effect.Effect<ReadonlyArray<Parked>>
    readonly parkedCount: Effect.Effect<number>
  }
>()("brom-ctx/services/ParkedEvents") {}
