import { Effect, Schema } from "effect"
import type { SqlError } from "effect/sql/SqlError"

import type { LockStatements } from "./LockStatements.ts"

/** The schema belongs to a newer program, and this program can no longer work with it. */
class SchemaTooNew extends Schema.TaggedError<SchemaTooNew>()("SchemaTooNew", {
  /** Where the schema is, named by the variable that sets it. */
  place: Schema.String,
  found: Schema.Int,
  worksWith: Schema.Int,
  own: Schema.Int
}) {
  override get message() {
    return (
      `${this.place}: the schema is version ${this.found} and needs programs of version ${this.worksWith} at least; ` +
      `this one works with ${this.own}`
    )
  }
}

/** The schema version of this program, and how to migrate to it. */
export interface SchemaPlan {
  readonly place: string
  readonly version: number
  /** The first version that has a lock. */
  readonly firstNumbered: number
  /** Like `worksWith` of the migrations. */
  readonly worksWith: Readonly<Record<number, number>>
  /**
   * Brings the schema up to date while no program of these versions works. Returns the first one that does work, and has
   * then changed nothing.
   */
  readonly migrate: (keepOut: ReadonlyArray<number>) => Effect.Effect<number | undefined, SqlError>
}

/** The lock of the version in `$1`, shared by its programs at work. */
export const schemaVersionLock = "hashtextextended('brom-ctx schema ' || $1::text || ' ' || current_schema(), 0)"
const SHARE = `SELECT pg_try_advisory_lock_shared(${schemaVersionLock}) AS got`

const TABLES = `SELECT to_regclass('migrations') IS NOT NULL AS migrated, to_regclass('schema_versions') IS NOT NULL AS numbered`

/** Returns the current version of the schema, and the oldest program that can work with the changes after `own`. */
const storedSchema = Effect.fnUntraced(function* ({ ask }: LockStatements, own: number) {
  const [tables] = yield* ask(TABLES)
  if (tables?.migrated !== true) return { version: 0, worksWith: 0 }
  const [row] = yield* ask("SELECT coalesce(max(migration_id), 0)::integer AS version FROM migrations")
  const version = Number(row?.version)
  if (tables.numbered !== true) return { version, worksWith: 0 }
  const [needs] = yield* ask(
    "SELECT coalesce(max(works_with), 0)::integer AS oldest FROM schema_versions WHERE version > $1::integer",
    [own]
  )
  return { version, worksWith: Number(needs?.oldest) }
})

/** Fails if the schema is newer and does not support this program. */
const requireBearable = (stored: Effect.Success<ReturnType<typeof storedSchema>>, plan: Own) =>
  stored.worksWith > plan.version
    ? Effect.fail(
        new SchemaTooNew({
          place: plan.place,
          found: stored.version,
          worksWith: stored.worksWith,
          own: plan.version
        })
      )
    : Effect.void

type Own = Pick<SchemaPlan, "place" | "version">

/** The same check for a database that this process has to itself, which needs no locks. */
export const requireOwnSchema = Effect.fnUntraced(function* (statements: LockStatements, own: Own) {
  yield* requireBearable(yield* storedSchema(statements, own.version), own)
})

/** Returns the versions whose programs cannot run beside the migrations after `stored`. */
const unbearable = ({ firstNumbered, version, worksWith }: SchemaPlan, stored: number): ReadonlyArray<number> => {
  const pending = Object.entries(worksWith).filter(([to]) => Number(to) > stored)
  const oldest = Math.max(0, ...pending.map(([, from]) => from))
  return Array.from({ length: Math.max(0, Math.min(oldest, version) - firstNumbered) }, (_, n) => firstNumbered + n)
}

/**
 * Takes the lock of this program's version first, which keeps out programs that would change the schema under it. Then
 * reads the version. An older schema is migrated once no program that cannot support the change is working. A newer
 * schema is refused, unless it declares that it supports this program.
 */
export const admitSchema = Effect.fnUntraced(function* (
  statements: LockStatements,
  plan: SchemaPlan,
  waiting: (detail: string) => Effect.Effect<void>
) {
  const { ask } = statements
  const pause = (detail: string) => Effect.andThen(waiting(detail), Effect.sleep("1 second"))
  while ((yield* ask(SHARE, [plan.version]))[0]?.got !== true) {
    yield* pause("a newer version brings the schema up to date")
  }
  for (;;) {
    const stored = yield* storedSchema(statements, plan.version)
    yield* requireBearable(stored, plan)
    if (stored.version >= plan.version) return
    const atWork = yield* plan.migrate(unbearable(plan, stored.version))
    if (atWork !== undefined) yield* pause(`programs of schema version ${atWork} are still at work`)
  }
})
