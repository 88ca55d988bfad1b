import { Context, type Effect, Schema } from "effect"

import type { Origin } from "../domain/record/Origin.ts"

/** The database did not answer in time. The requested change may have happened. */
export class RedrivesUnavailable extends Schema.TaggedError<RedrivesUnavailable>()("RedrivesUnavailable", {
  detail: Schema.String
}) {
  override get message() {
    return `the memory of redrives cannot be used: ${this.detail}`
  }
}

/**
 * One dead letter: its place, and its time in epoch milliseconds. The time is part of the key because a topic that is
 * created again reuses old places.
 */
export interface LetterKey extends Origin {
  readonly timestamp: number
}

/** A letter with its original record, if it names one. */
export interface RedrivenKey extends LetterKey {
  readonly original?: Origin
}

/**
 * What is known of a redriven dead letter. `doneAt` is set once Kafka has acknowledged it. Both are in epoch
 * milliseconds.
 */
export interface Redrive {
  readonly begunAt: number
  readonly doneAt?: number
}

/**
 * Which dead letters were redriven (CONTRACT "Commands"). If two runs redrive the same letter at once, only one begins
 * it. Unlike `Journal` it does not wait: an unreachable database fails a call within 10 s.
 */
export class Redrives extends Context.Service<
  Redrives,
  {
    /** Returns what is known of each letter, in their order. */
    known(letters: ReadonlyArray<LetterKey>): Effect.Effect<ReadonlyArray<Redrive | undefined>, RedrivesUnavailable>
    /**
     * Returns when the beginning is durable. For each letter, in order, returns `undefined` if this call has begun it,
     * or what is already known of it, which stays unchanged. With `again` all letters begin, and earlier
     * acknowledgements stay known.
     */
    begin(
      letters: ReadonlyArray<LetterKey>,
      at: number,
      again: boolean
    ): Effect.Effect<ReadonlyArray<Redrive | undefined>, RedrivesUnavailable>
    /** Marks these letters as acknowledged, and their original records as redriven. */
    done(letters: ReadonlyArray<RedrivenKey>, at: number): Effect.Effect<void, RedrivesUnavailable>
    /** Removes the beginning of these letters, which have certainly not been published. */
    undo(letters: ReadonlyArray<LetterKey>): Effect.Effect<void, RedrivesUnavailable>
  }
>()("brom-ctx/services/Redrives") {}
