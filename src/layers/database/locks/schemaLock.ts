import { Effect, Schema } from "effect"
import type { SqlError } from "effect/sql/SqlError"

import type { LockStatements } from "./LockStatements.ts"

/** The schema is a newer program's, and no longer one that this program can work with. */
class SchemaTooNew extends Schema.TaggedError<SchemaTooNew>()("SchemaTooNew", {
  /** Where it is, by the variable that says so. */
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

/** What this program makes of the schema, and how. */
export interface SchemaPlan {
  readonly place: string
  readonly version: number
  /** The first version that has a lock. */
  readonly firstNumbered: number
  /** As `worksWith` of the migrations. */
  readonly worksWith: Readonly<Record<number, number>>
  readonly migrate: Effect.Effect<void, SqlError>
}

const lock = "hashtextextended('brom-ctx schema ' || $1::text || ' ' || current_schema(), 0)"
const SHARE = `SELECT pg_try_advisory_lock_shared(${lock}) AS got`
const TAKE = `SELECT pg_try_advisory_lock(${lock}) AS got`
const GIVE = `SELECT pg_advisory_unlock(${lock})`

const TABLES = `SELECT to_regclass('migrations') IS NOT NULL AS migrated, to_regclass('schema_versions') IS NOT NULL AS numbered`

/** The version of the schema as it is, and the oldest program that can work with what came after `own`. */
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

/** Fails where the schema is a newer one that does not bear this program. */
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

/** The same for a database that this process has alone: it needs no locks. */
export const requireOwnSchema = Effect.fnUntraced(function* (statements: LockStatements, own: Own) {
  yield* requireBearable(yield* storedSchema(statements, own.version), own)
})

/** The versions whose programs cannot go on beside the migrations from `stored` on. */
const unbearable = ({ firstNumbered, version, worksWith }: SchemaPlan, stored: number): ReadonlyArray<number> => {
  const pending = Object.entries(worksWith).filter(([to]) => Number(to) > stored)
  const oldest = Math.max(0, ...pending.map(([, from]) => from))
  return Array.from({ length: Math.max(0, Math.min(oldest, version) - firstNumbered) }, (_, n) => firstNumbered + n)
}

/**
 * First the lock of this program's version, which keeps those away who would change the schema under it; then the version is read.
 * A schema that is older is brought up to date, when no program is at work that could not bear it; one that is newer is refused, unless
 * it says that it can bear this one.
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
    const taken: Array<number> = []
    const others = unbearable(plan, stored.version)
    for (const version of others) {
      if ((yield* ask(TAKE, [version]))[0]?.got !== true) break
      taken.push(version)
    }
    if (taken.length === others.length) yield* plan.migrate
    for (const version of taken) yield* ask(GIVE, [version])
    if (taken.length < others.length)
      yield* pause(`programs of schema version ${others[taken.length]} are still at work`)
  }
})
