import { Context, type Effect, Schema } from "effect"

import type { Origin } from "../domain/record/Origin.ts"

/** The database did not answer in time: what was asked for may have happened. */
export class RedrivesUnavailable extends Schema.TaggedError<RedrivesUnavailable>()("RedrivesUnavailable", {
  detail: Schema.String
}) {
  override get message() {
    return `the memory of redrives cannot be used: ${this.detail}`
  }
}

/** One dead letter: its place, and its time in epoch milliseconds, since a topic that is made anew has old places again. */
export interface LetterKey extends Origin {
  readonly timestamp: number
}

/** What is known of a dead letter that was redriven: `doneAt` once Kafka had acknowledged it; epoch milliseconds. */
export interface Redrive {
  readonly begunAt: number
  readonly doneAt?: number
}

/**
 * Which dead letters were redriven (CONTRACT "Commands"). Of two that redrive the same letter at once only one begins.
 * Unlike `Journal` it waits for nobody: a database that is away fails a call within 10 s.
 */
export class Redrives extends Context.Service<
  Redrives,
  {
    /** What is known of each letter, in their order. */
    known(letters: ReadonlyArray<LetterKey>): Effect.Effect<ReadonlyArray<Redrive | undefined>, RedrivesUnavailable>
    /**
     * Durable when it returns. For each letter, in order: `undefined`, it has begun with this call; or what is known of it
     * already, which stands. With `again` all begin; that they had been done stays known.
     */
    begin(
      letters: ReadonlyArray<LetterKey>,
      at: number,
      again: boolean
    ): Effect.Effect<ReadonlyArray<Redrive | undefined>, RedrivesUnavailable>
    /** These have been acknowledged. */
    done(letters: ReadonlyArray<LetterKey>, at: number): Effect.Effect<void, RedrivesUnavailable>
    /** These have surely not been published: as if they had not begun. */
    undo(letters: ReadonlyArray<LetterKey>): Effect.Effect<void, RedrivesUnavailable>
  }
>()("brom-ctx/services/Redrives") {}
