import { Effect } from "effect"

import { sweepLocks } from "../../../services/Ownership.ts"
import type { Settings } from "../../../services/Settings.ts"
import type { LockStatements } from "./LockStatements.ts"
import { WORKERS } from "./predecessors.ts"

const ROOM = `SELECT current_setting('max_locks_per_transaction')::integer
  * (current_setting('max_connections')::integer + current_setting('max_prepared_transactions')::integer) AS room`

/** The locks that one process has at most: of records at work, of the sweep, and of customers who are being created. */
export const mostLocks = ({
  maxInFlight,
  serviceNow
}: Pick<Settings["Service"], "maxInFlight" | "serviceNow">): number =>
  2 * maxInFlight + sweepLocks + 4 * serviceNow.concurrency

/** What an operator is told where locks could fill the server's table: then the whole server refuses connections. */
export const roomWarning = (locks: number, processes: number, room: number): string | undefined =>
  locks * processes <= room / 2
    ? undefined
    : `${processes} processes take up to ${locks * processes} advisory locks, more than half of the ${room} that the server has room for: ` +
      "raise max_locks_per_transaction, or lower MAX_IN_FLIGHT"

/** Says so at the start. */
export const warnOfRoom = Effect.fnUntraced(function* ({ ask }: LockStatements, locks: number) {
  const [limits] = yield* ask(ROOM)
  const [seen] = yield* ask(WORKERS)
  const warning = roomWarning(locks, Number(seen?.workers), Number(limits?.room))
  if (warning !== undefined) yield* Effect.logWarning(warning)
})
