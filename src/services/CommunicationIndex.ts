import { Context, type Effect } from "effect"

import type { IndexEntry } from "../domain/inbound/namesOf.ts"

/**
 * The read model: finds communications by their names and by what they wait for, as their last `append` left them. Calls
 * wait for an unreachable database as those of `Journal` do (SPEC 9.1).
 */
export class CommunicationIndex extends Context.Service<
  CommunicationIndex,
  {
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
  }
>()("brom-ctx/services/CommunicationIndex") {}
