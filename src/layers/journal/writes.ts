import { Effect, Exit } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"

import { APPEND_PARTS, type AppendRow, appendParameters, appendWidth, ownRows } from "./append.ts"
import { changeParts, changeParameters, type CreationChange, tried } from "./creationRows.ts"

/** One call's part of a commit. */
export type JournalWrite = AppendRow | CreationChange

const isAppend = (write: JournalWrite): write is AppendRow => "append" in write

const APPENDED = "SELECT 'facts' AS of, id AS key FROM won"
const CHANGED = "SELECT 'creation' AS of, identity AS key FROM changed"

const APPEND = `WITH ${APPEND_PARTS} ${APPENDED}`
const CHANGE = `WITH ${changeParts(1)} ${CHANGED}`
const BOTH = `WITH ${APPEND_PARTS}, ${changeParts(appendWidth + 1)} ${APPENDED} UNION ALL ${CHANGED}`

/**
 * Writes appends and creations of customers in one statement, one round trip and one commit. Returns for each whether it
 * was carried out: an append that was fenced was not, nor a creation that was overtaken. Safe to repeat for appends with
 * the same tokens.
 */
export const writeRows = Effect.fnUntraced(function* (
  sql: SqlClient,
  writes: ReadonlyArray<JournalWrite>,
  writer: string
) {
  const appends = writes.flatMap((write) => (isAppend(write) ? write : []))
  const changes = tried(writes.flatMap((write) => (isAppend(write) ? [] : write)))
  const statement = changes.length === 0 ? APPEND : appends.length === 0 ? CHANGE : BOTH
  const rows = yield* sql.unsafe<{ of: "facts" | "creation"; key: string }>(statement, [
    ...(appends.length === 0 ? [] : appendParameters(appends, writer)),
    ...(changes.length === 0 ? [] : changeParameters(changes))
  ])
  const won = new Set<string>()
  const changed = new Set<string>()
  for (const { key, of } of rows) (of === "facts" ? won : changed).add(key)
  const losers = appends.filter(({ append }) => !won.has(append.id))
  if (losers.length > 0) for (const { id } of yield* ownRows(sql, losers)) won.add(id)
  const going = new Set(changes.filter(({ identities }) => identities.every((identity) => changed.has(identity))))
  return writes.map((write) => Exit.succeed(isAppend(write) ? won.has(write.append.id) : going.has(write)))
})
