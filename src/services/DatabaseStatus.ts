import { Context, type Effect } from "effect"

import type { Lease, Moment } from "./Ownership.ts"

export interface DatabaseState {
  /** A statement was answered just now, within 2 s. */
  readonly reachable: boolean
  /** This process may write: it holds the database's lock, or is one replica of a cluster and needs none. */
  readonly holder: boolean
  /** For the operator: what is waited for, and where; holds no password. */
  readonly detail: string
}

export interface DatabaseReport {
  /** Asks the database once; must not fail. */
  readonly probe?: Effect.Effect<boolean>
  readonly holder?: boolean
  /** The lock is this process's: shown by a call that began then. Without it, now. */
  readonly provenAt?: Moment
  readonly detail?: string
}

/** What health can tell of the database; exists before the database can be reached (CONTRACT `GET /health/ready`). */
export class DatabaseStatus extends Context.Service<
  DatabaseStatus,
  {
    /** Answers within 2 s and never fails. */
    readonly state: Effect.Effect<DatabaseState>
    /** Ends at once for a holder; else when this process has become it. */
    readonly holding: Effect.Effect<void>
    /** The claim that the database's lock gives, when this process is the holder. */
    readonly lock: Effect.Effect<Lease>
    /** For the layers of the database only: replaces what is given. */
    report(report: DatabaseReport): Effect.Effect<void>
  }
>()("brom-ctx/services/DatabaseStatus") {}
