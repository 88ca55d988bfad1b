import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"

import { describeSqlError } from "../availability.ts"
import type { LockStatements } from "./LockStatements.ts"

/**
 * The server ends a session that has been silent for ten seconds, and its locks with it: of a process that is stopped, and of a
 * machine that died without a word. Set by statements, for a pooler refuses start parameters that it does not know.
 */
const settings = {
  idle_session_timeout: "10s",
  tcp_keepalives_idle: "5",
  tcp_keepalives_interval: "1",
  tcp_keepalives_count: "4",
  tcp_user_timeout: "10s",
  client_connection_check_interval: "2s"
} as const

/** A server that does not know one of them, or runs where the kernel does not, serves without it. */
export const setLockSettings = ({ ask }: LockStatements) =>
  Effect.forEach(
    Object.entries(settings),
    ([name, value]) =>
      Effect.catch(ask("SELECT set_config($1, $2, false)", [name, value]), (error: SqlError) =>
        error.reason._tag === "ConnectionError"
          ? Effect.fail(error)
          : Effect.logWarning(`the lock connection goes without ${name}: ${describeSqlError(error)}`)
      ),
    { discard: true }
  )
