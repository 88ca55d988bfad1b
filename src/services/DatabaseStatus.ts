import { Context, type Effect, Schema } from "effect"

export interface DatabaseState {
  /** A statement was answered just now, within 2 s. */
  readonly reachable: boolean
  /** This process may write. Its lock connection is alive, and the schema is one that it works with. */
  readonly holder: boolean
  /** For the operator: what this process waits for, and where. Contains no password. */
  readonly detail: string
}

export interface DatabaseReport {
  /** Queries the database once. Must not fail. */
  readonly probe?: Effect.Effect<boolean>
  readonly holder?: boolean
  readonly detail?: string
  /** Why this process can never use the database again. */
  readonly lost?: string
}

/** This process can never use its database again. Its platform has to start another one. */
export class DatabaseLost extends Schema.TaggedError<DatabaseLost>()("DatabaseLost", { detail: Schema.String }) {
  override get message() {
    return this.detail
  }
}

/**
 * What health checks report about the database. Available before the database can be reached
 * (CONTRACT `GET /health/ready`).
 */
export class DatabaseStatus extends Context.Service<
  DatabaseStatus,
  {
    /** Returns within 2 s and never fails. */
    readonly state: Effect.Effect<DatabaseState>
    /** Returns at once for a holder, otherwise when this process becomes the holder. */
    readonly holding: Effect.Effect<void>
    /** Fails when this process can never use the database again. */
    readonly lost: Effect.Effect<never, DatabaseLost>
    /** Replaces the given fields. Only for the layers of the database. */
    report(report: DatabaseReport): Effect.Effect<void>
  }
>()("brom-ctx/services/DatabaseStatus") {}
