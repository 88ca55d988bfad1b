import type { PgClientConfig } from "@effect/sql-pg/PgClient"
import * as PgConnection from "@effect/sql-pg/PgConnection"
import { Effect, Schema } from "effect"

import { currentSchema } from "./currentSchema.ts"
import { type LockStatements, makeLockStatements, unusable } from "./LockStatements.ts"

/** A pooler gives the session that holds the locks to other clients. */
export class PooledByTransaction extends Schema.TaggedError<PooledByTransaction>()("PooledByTransaction", {
  host: Schema.String
}) {
  override get message() {
    return (
      `DATABASE_URL: a pooler in front of ${this.host} gives one session to several clients (transaction mode), and the locks of ` +
      "one process to another; connect directly, or in session mode"
    )
  }
}

const MARK = "SELECT set_config('brom_ctx.session', $1, false), pg_backend_pid() AS pid"
const CHECK = `SELECT pg_is_in_recovery() AS standby, pg_backend_pid() AS pid,
  current_setting('brom_ctx.session', true) AS mark`

/** The session as the server knows it. */
interface LockIdentity {
  /** The schema that the locks belong to. */
  readonly schema: string
  /** Fails if the server is a standby, which grants locks of its own, or if this is no longer our session. */
  readonly check: Effect.Effect<void, PooledByTransaction | ReturnType<typeof unusable>>
}

/**
 * Connects a second client to the same pooler. In transaction mode it gets the session that the first one leaves idle.
 */
const disturb = (config: PgClientConfig) =>
  Effect.scoped(
    Effect.gen(function* () {
      const other = yield* PgConnection.make(config)
      yield* makeLockStatements(other).ask(MARK, ["another client"])
    })
  )

/** Marks the session, so that each heartbeat can distinguish it from others. */
export const identify = Effect.fnUntraced(function* (
  config: PgClientConfig,
  host: string,
  statements: LockStatements,
  connection: PgConnection.PgConnection
) {
  const { ask } = statements
  const schema = yield* currentSchema(statements)
  const mark = crypto.randomUUID()
  const [marked] = yield* ask(MARK, [mark])
  const check = Effect.gen(function* () {
    const [row] = yield* ask(CHECK)
    if (row?.standby === true) return yield* unusable(`${host} is a standby`)
    if (row?.pid !== marked?.pid || row?.mark !== mark) return yield* new PooledByTransaction({ host })
  })
  // Another server process sent the greeting, so there is a pooler in between. Its mode is unknown.
  if (marked?.pid !== connection.processId) yield* disturb(config)
  yield* check
  const identity: LockIdentity = { schema, check }
  return identity
})
