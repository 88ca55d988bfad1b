import { Effect } from "effect"

import { type LockStatements, unusable } from "./LockStatements.ts"

/** The first schema of `search_path` that exists and that this user may use. */
const CURRENT = "SELECT current_schema() AS schema"

/** What `search_path` names, and which schema of it exists. */
const NAMED = `SELECT current_setting('search_path') AS path, current_user::text AS name, (
  SELECT min(nspname) FROM pg_namespace
  WHERE nspname = ANY (regexp_split_to_array(replace(current_setting('search_path'), '"', ''), '\\s*,\\s*'))
) AS existing`

/**
 * Returns the schema of this session. Fails with the reason when there is none, because Postgres itself then answers locks
 * and tables with null.
 */
export const currentSchema = Effect.fnUntraced(function* ({ ask }: LockStatements) {
  const [current] = yield* ask(CURRENT)
  if (typeof current?.schema === "string") return current.schema
  const [named] = yield* ask(NAMED)
  return yield* unusable(
    typeof named?.existing === "string"
      ? `the user ${named.name} has no right on the schema ${named.existing}: GRANT USAGE, CREATE ON SCHEMA ${named.existing}`
      : `no schema of search_path = ${named?.path} exists: CREATE SCHEMA, or another search_path in DATABASE_URL (options)`
  )
})
