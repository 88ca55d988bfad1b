import { Context, type Effect, Schema } from "effect"

import type { Fact } from "../domain/communication/Fact.ts"
import type { NewEntry } from "../domain/inbound/namesOf.ts"
import { shownId } from "../domain/personal/personalData.ts"
import type { SearchTerm } from "../domain/search/SearchTerm.ts"
import type { Tally } from "../domain/views/tallies.ts"
import type { View } from "../domain/views/View.ts"
import type { RecordEnding } from "./Ledger.ts"

/** Another writer has appended since these facts were read. Reload them (DESIGN "Fence"). */
export class Fenced extends Schema.TaggedError<Fenced>()("Fenced", { id: Schema.String, seq: Schema.Int }) {
  override get message() {
    return `${this.id}: fact ${this.seq} exists already`
  }
}

/**
 * A newer version wrote this fact, so this process can do nothing with the communication. A process of that version
 * can (SPEC 9.8).
 */
export class UnknownFact extends Schema.TaggedError<UnknownFact>()("UnknownFact", {
  id: Schema.String,
  tag: Schema.String
}) {
  override get message() {
    return `${shownId(this.id)}: a newer version wrote the fact ${this.tag}, which this version cannot read`
  }
}

/** What remains of a deleted communication (CONTRACT RETENTION): enough to recognise a late repeat. */
export interface Forgotten {
  readonly id: string
  /** `contentHash` of its record. Absent if it was adopted and no record had come. */
  readonly hash?: string
  /** As in its `View`. */
  readonly status: string
  /** The number of its latest response, or 0 if it has none. */
  readonly number: number
  /** It was erased for good (SPEC 10.4): no event brings it back. */
  readonly erased?: true
}

/** A communication without a recent fact. `seq` is as in `Append`. */
export interface Idle {
  readonly id: string
  readonly seq: number
  /** Epoch milliseconds. */
  readonly createdAt: number
}

export interface Append {
  readonly id: string
  /** The number of facts that the writer knows, which is the first new one's position. */
  readonly seq: number
  /** At least one. */
  readonly facts: ReadonlyArray<Fact>
  /** The state after these facts. */
  readonly view: View
  /** New entries only. */
  readonly index: ReadonlyArray<NewEntry>
  /** What the communication can be searched by from now on. New terms only. */
  readonly terms?: ReadonlyArray<SearchTerm>
  /** All codigos of its failures, if they have changed. */
  readonly codigos?: ReadonlyArray<string>
  /** What the overview counts. */
  readonly tallies?: ReadonlyArray<Tally>
  /** Records that end with these facts, in the same commit. */
  readonly endings: ReadonlyArray<RecordEnding>
}

/**
 * The facts of every communication, until RETENTION deletes them. An unreachable database never fails a caller. Calls
 * wait, log, and continue by themselves when it is available again (SPEC 9.1).
 */
export class Journal extends Context.Service<
  Journal,
  {
    /**
     * Returns all facts of one communication, in order, or none for an unknown id. Fails if a newer version wrote one
     * of them. A malformed fact fails only its own call, with a defect.
     */
    load(id: string): Effect.Effect<ReadonlyArray<Fact>, UnknownFact>
    /**
     * Returns when the append is durable. It is all or nothing: a fenced append changes nothing, including its endings
     * and names. It is fenced unless `seq` is exactly the number of facts in the journal. A lost answer of the database
     * never fences its writer. Facts that are not JSON fail only their own call, with a defect.
     */
    append(append: Append): Effect.Effect<void, Fenced>
    /**
     * Returns communications whose last fact is older than `before` (epoch milliseconds) and that wait for nothing, the
     * oldest first. Leaves out those up to and including `after`.
     */
    idleSince(before: number, limit: number, after?: Idle): Effect.Effect<ReadonlyArray<Idle>>
    /**
     * Deletes communications with their facts and names and keeps what is `Forgotten`, in one commit. Returns how many.
     * A communication that has had a fact since its `seq` is left alone. A later row without a hash does not replace an
     * earlier hash. The id of an erased communication is replaced by its `erasedId`, in the ledger and the trail, too.
     * Idempotent.
     */
    forget(forgotten: ReadonlyArray<Forgotten & Pick<Idle, "seq">>): Effect.Effect<number>
    /** Returns what remains of a deleted communication. A new communication may have begun under its id. */
    forgotten(id: string): Effect.Effect<Forgotten | undefined>
  }
>()("brom-ctx/services/Journal") {}
