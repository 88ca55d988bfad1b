import { Context, type Effect, Schema } from "effect"

import type { Fact } from "../domain/communication/Fact.ts"
import type { IndexEntry } from "../domain/inbound/namesOf.ts"
import type { View } from "../domain/views/View.ts"
import type { RecordEnding } from "./Ledger.ts"

/** Another writer has appended since these facts were read: reload them (DESIGN "Fence"). */
export class Fenced extends Schema.TaggedError<Fenced>()("Fenced", { id: Schema.String, seq: Schema.Int }) {
  override get message() {
    return `${this.id}: fact ${this.seq} exists already`
  }
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
 * The facts of every communication, until RETENTION deletes them. An unreachable database never fails a caller: calls
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
    /** What is left of a deleted communication; a new one may have begun under its id. */
    forgotten(id: string): Effect.Effect<Forgotten | undefined>
  }
>()("brom-ctx/services/Journal") {}
