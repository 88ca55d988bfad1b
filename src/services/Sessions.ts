import { Context, type Effect } from "effect"

/** A session of the console. Neither a session nor a token can be derived from it. */
export interface StoredSession {
  /** Names the operator. */
  readonly name: string
  /** Depends on the session and on the token, so a changed token ends its sessions. */
  readonly proof: string
}

/**
 * The sessions of all processes, by a hash of each session's id. Times are epoch milliseconds. Calls wait for an
 * unreachable database as those of `Journal` do (SPEC 9.1).
 */
export class Sessions extends Context.Service<
  Sessions,
  {
    begin(hash: string, session: StoredSession, at: number): Effect.Effect<void>
    /** Returns the session if it was used since `idleSince`, and counts this as a use. */
    use(hash: string, at: number, idleSince: number): Effect.Effect<StoredSession | undefined>
    /** Idempotent. */
    end(hash: string): Effect.Effect<void>
    /** Deletes the sessions that have not been used since `idleSince`. */
    prune(idleSince: number): Effect.Effect<void>
  }
>()("brom-ctx/services/Sessions") {}
