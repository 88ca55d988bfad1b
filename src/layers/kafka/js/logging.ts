import { Effect } from "effect"
import type { LogEntry } from "kafkajs"

/** Fields of a kafkajs log entry that say something and hold nothing of a record or a credential. */
const FIELDS = ["topic", "partition", "broker", "groupId", "memberId", "error", "retryCount"] as const

const ERROR = 1
const WARN = 2

/**
 * What kafkajs reports while it rides out an outage or a rebalance, several times a second: debugging, since this
 * layer says the same in one line of its own.
 */
const ROUTINE =
  /^(Connection|Limiting retries|Failed to (connect|send|find)|Response |Request |Closed connection|Crash|The group is rebalancing|The coordinator is not aware|Offset out of range|There is no leader|This server|The request included)/

/** What kafkajs says when it gives up a position that the partition no longer has. */
export const OUT_OF_RANGE = "Offset out of range, resetting to default offset"

const textOf = (value: unknown): unknown => (value instanceof Error ? value.message : value)

/** One entry of kafkajs in Effect's log, its level kept unless it is routine. */
export const logEntry = ({ namespace, level, log }: LogEntry): Effect.Effect<void> => {
  const fields: Record<string, unknown> = { logger: "kafkajs", namespace }
  for (const field of FIELDS) if (log[field] !== undefined) fields[field] = textOf(log[field])
  const severity = ROUTINE.test(log.message) || level > WARN ? "Debug" : level === ERROR ? "Error" : "Warn"
  return Effect.annotateLogs(Effect.logWithLevel(severity)(log.message), fields)
}
