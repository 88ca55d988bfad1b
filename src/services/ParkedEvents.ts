import { Context, type Effect } from "effect"

import type { ParkedName } from "../domain/inbound/namesOf.ts"
import type { Json } from "../domain/record/ChannelResult.ts"
import type { Origin } from "../domain/record/Origin.ts"
import type { RecordEnding } from "./Ledger.ts"

/** An event whose communication is not there yet (SPEC 8.3). */
export interface Parked {
  /** Unique: `topic/partition/offset#index`, with the event's position in its record. */
  readonly key: string
  readonly origin: Origin
  readonly event: Json
  /** The most trusted first; none: it can only become an orphan. */
  readonly names: ReadonlyArray<ParkedName>
  /** Epoch milliseconds. */
  readonly parkedAt: number
}

/** A parked event, and the communication that it names and that is known now. */
export interface MatchedParkedEvent {
  readonly parked: Parked
  readonly id: string
}

/** Which claims a look brings: the oldest, `limit` at most. */
export interface MatchesWanted {
  readonly limit: number
  /** A dispatch made before that (epoch milliseconds) awaits no answer any more (SPEC 8.2). */
  readonly awaitingSince: number
  /** What to leave out: communications whose events are being applied, and keys of events that are being worked on. */
  readonly except: { readonly ids: ReadonlyArray<string>; readonly keys: ReadonlyArray<string> }
}

/** Which orphans a look brings: the oldest, `limit` at most, and what else was parked with the last one's record. */
export interface OrphansWanted {
  readonly limit: number
  /** Epoch milliseconds. */
  readonly parkedBefore: number
  /** Keys to leave out: these events are being worked on. */
  readonly except: ReadonlyArray<string>
}

/**
 * Events that wait for their communication (SPEC 8.3). Calls wait for an unreachable database as those of `Journal` do
 * (SPEC 9.1).
 */
export class ParkedEvents extends Context.Service<
  ParkedEvents,
  {
    /**
     * Durable when it returns, with the endings, in one commit. Idempotent by key, also once unparked: events of a record
     * that `endings` ends and that has ended already are not parked again. So a record ends with the last of its events.
     */
    park(parked: ReadonlyArray<Parked>, endings: ReadonlyArray<RecordEnding>): Effect.Effect<void>
    /**
     * Forgets parked events; in the same commit the ledger says `dead_letter` of these records, if it says anything.
     * Idempotent.
     */
    unpark(keys: ReadonlyArray<string>, deadLetters?: ReadonlyArray<Origin>): Effect.Effect<void>
    /**
     * Parked events whose communication is known now, by the first of their names that leads to one; all phones of one
     * event together name the only communication that awaits an answer of any of them, or none.
     */
    claimable(wanted: MatchesWanted): Effect.Effect<ReadonlyArray<MatchedParkedEvent>>
    /** Events parked before a time, claimable ones among them. */
    orphans(wanted: OrphansWanted): Effect.Effect<ReadonlyArray<Parked>>
    readonly parkedCount: Effect.Effect<number>
  }
>()("brom-ctx/services/ParkedEvents") {}
