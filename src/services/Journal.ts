import { Context, type Effect, Schema } from "effect"

import type { Fact } from "../domain/communication/Fact.ts"
import type { IndexEntry, ParkedName } from "../domain/inbound/namesOf.ts"
import type { Json } from "../domain/record/ChannelResult.ts"
import type { Origin } from "../domain/record/Origin.ts"
import type { View } from "../domain/views/View.ts"
import type { OffsetRange } from "./Kafka.ts"

/** Another writer has appended since these facts were read: reload them (DESIGN "Fence"). */
export class Fenced extends Schema.TaggedError<Fenced>()("Fenced", { id: Schema.String, seq: Schema.Int }) {
  override get message() {
    return `${this.id}: fact ${this.seq} exists already`
  }
}

/** How a record ended (SPEC 2.7): one row of the ledger. `parked`: its event waits for its communication (SPEC 8.3). */
export interface RecordEnding {
  readonly origin: Origin
  readonly ending: "response" | "repeat" | "refused" | "dead_letter" | "skipped" | "parked"
  /** None where it could not be computed. */
  readonly id?: string
  readonly at: number
}

/** Records of one partition below a position, held against the ledger: `ended`, `skipped`, `undelivered` and `unaccounted` add up. */
export interface Account {
  readonly topic: string
  readonly partition: number
  /** Where the ledger of the partition begins: nothing before it is counted. */
  readonly first: number
  /** Everything from `first` up to here has been counted. */
  readonly next: number
  /** Records with an ending other than `skipped`. */
  readonly ended: number
  readonly skipped: number
  /** Offsets that Kafka never delivers. */
  readonly undelivered: number
  /** Offsets that are none of these: records that were lost. */
  readonly unaccounted: number
  /** The first 20 ranges of unaccounted offsets. */
  readonly missing: ReadonlyArray<OffsetRange>
}

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

/** What stays of a communication that was deleted (CONTRACT RETENTION): enough to know a late repeat. */
export interface Forgotten {
  readonly id: string
  /** `contentHash` of its record; none: it was adopted, no record had come. */
  readonly hash?: string
  /** As its `View` had it. */
  readonly status: string
  /** Of its latest response; 0: none. */
  readonly number: number
}

/** A communication that has had no new fact for long; `seq` as in `Append`. */
export interface Idle {
  readonly id: string
  readonly seq: number
  /** Epoch milliseconds. */
  readonly createdAt: number
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

export interface Append {
  readonly id: string
  /** How many facts the writer knows: the first new one's position. */
  readonly seq: number
  /** At least one. */
  readonly facts: ReadonlyArray<Fact>
  /** The state after these facts. */
  readonly view: View
  /** New entries only. */
  readonly index: ReadonlyArray<IndexEntry>
  /** Records that end with these facts, in the same commit. */
  readonly endings: ReadonlyArray<RecordEnding>
}

/**
 * The facts of every communication and the ledger of records. An unreachable database never fails a caller: calls
 * wait, log, and go on by themselves when it is back (SPEC 9.1).
 */
export class Journal extends Context.Service<
  Journal,
  {
    /** All facts of one communication, in order; none for an unknown id. */
    load(id: string): Effect.Effect<ReadonlyArray<Fact>>
    /**
     * Durable when it returns. All or nothing: a fenced append changes nothing, its endings and names included. Fenced
     * unless `seq` is exactly the number of facts in the journal; a lost answer of the database never fences its writer.
     * Facts that are no JSON die as a defect, alone.
     */
    append(append: Append): Effect.Effect<void, Fenced>
    /** Records how records ended that changed no communication. Idempotent. */
    end(endings: ReadonlyArray<RecordEnding>): Effect.Effect<void>
    /** How this record ended, if it did. */
    ending(origin: Origin): Effect.Effect<RecordEnding | undefined>
    /** Where the ledger of each partition begins, if it has not begun: the first answer stays. Durable when it returns. */
    beginLedger(positions: ReadonlyArray<Origin>): Effect.Effect<void>
    /** Offsets that Kafka never delivers. Durable when it returns; idempotent, also in other ranges. */
    passOver(gap: OffsetRange): Effect.Effect<void>
    /**
     * Holds every offset below these positions against endings and gaps; partitions whose ledger has not begun are left
     * out. What was accounted for once is not looked at again; what was not is, each time. Endings below `next` that are
     * deleted later are not missed.
     */
    account(positions: ReadonlyArray<Origin>): Effect.Effect<ReadonlyArray<Account>>
    /** The communication that an event names, or `undefined`; of several the one that was named last. */
    find(entry: IndexEntry): Effect.Effect<string | undefined>
    /** Whether the communication has facts. */
    knows(id: string): Effect.Effect<boolean>
    /**
     * Communications whose dispatch to one of these phones (E.164), made at or after `since` (epoch milliseconds), awaits
     * an answer: the latest first, two at most, enough to know that it is not the only one (SPEC 8.2).
     */
    awaitingBy(phones: ReadonlyArray<string>, since: number): Effect.Effect<ReadonlyArray<string>>
    /** Communications whose `due` is at `now` or before, the earliest first. */
    dueBefore(now: number, limit: number): Effect.Effect<ReadonlyArray<string>>
    /** Communications `working` whose last fact is from before that time (epoch milliseconds), the oldest first. */
    stalled(before: number, limit: number): Effect.Effect<ReadonlyArray<string>>
    /** How many communications have a dispatch in doubt now. */
    readonly inDoubt: Effect.Effect<number>
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
    /**
     * Communications whose last fact was recorded before that time (epoch milliseconds) and that wait for nothing, the oldest
     * first, those up to and including `after` left out.
     */
    idleSince(before: number, limit: number, after?: Idle): Effect.Effect<ReadonlyArray<Idle>>
    /**
     * Deletes communications with their facts and names, and keeps what is `Forgotten`, in one commit; how many. One that
     * has had a fact since its `seq` is left alone, and an earlier hash is not lost to a later one without. Idempotent.
     */
    forget(forgotten: ReadonlyArray<Forgotten & Pick<Idle, "seq">>): Effect.Effect<number>
    /**
     * Deletes rows of the ledger that were written before that time (epoch milliseconds) and that `account` has counted, the
     * first of each partition, at most `limit` of each; how many. Idempotent.
     */
    pruneEndings(before: number, limit: number): Effect.Effect<number>
    /** What is left of a deleted communication; a new one may have begun under its id. */
    forgotten(id: string): Effect.Effect<Forgotten | undefined>
    /** True when the database answers within 2 s. */
    readonly healthy: Effect.Effect<boolean>
  }
>()("brom-ctx/services/Journal") {}
