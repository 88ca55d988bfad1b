import * as PgClient from "@effect/sql-pg/PgClient"
import * as PgConnection from "@effect/sql-pg/PgConnection"
import { assert, it } from "@effect/vitest"
import { Cause, Context, Deferred, Effect, Exit, Fiber, Layer, Logger, Redacted, Schedule, Scope } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient } from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"

import type { Fact } from "../../src/domain/communication/Fact.ts"
import { describeSqlError } from "../../src/layers/database/availability.ts"
import { Database } from "../../src/layers/database/Database.ts"
import { DatabaseStatusRef } from "../../src/layers/database/DatabaseStatusRef.ts"
import { lockConnection } from "../../src/layers/database/locks/LockConnection.ts"
import { makeLockStatements, setLockSettings } from "../../src/layers/database/locks/LockStatements.ts"
import { admitSchema, type SchemaPlan } from "../../src/layers/database/locks/schemaLock.ts"
import { keepOutVersions, schemaVersion } from "../../src/layers/database/migrate.ts"
import { DatabaseStatus, type DatabaseState } from "../../src/services/DatabaseStatus.ts"
import { Journal } from "../../src/services/Journal.ts"
import { ownPostgres } from "../layers/database/ownPostgres.ts"
import { databaseAt, journalAt } from "../layers/database/postgresSchema.ts"
import { SettingsTest } from "../support/settings.ts"

const until = (condition: () => boolean) =>
  Effect.gen(function* () {
    for (let polls = 0; polls < 6000 && !condition(); polls++) yield* Effect.sleep("5 millis")
    assert.isTrue(condition())
  })

const becomes = (status: DatabaseStatus["Service"], wanted: (state: DatabaseState) => boolean) =>
  Effect.gen(function* () {
    for (let polls = 0; polls < 600; polls++) {
      const state = yield* status.state
      if (wanted(state)) return state
      yield* Effect.sleep("50 millis")
    }
    return assert.fail(`still ${JSON.stringify(yield* status.state)}`)
  })

/** One start of the service on the database. `status` is available before the database is. */
const start = Effect.fnUntraced(function* (url: string) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const memory = yield* Layer.buildWithScope(Layer.fresh(DatabaseStatusRef), scope)
  const opening = yield* Database.pipe(
    Layer.provide([
      Layer.succeedContext(memory),
      SettingsTest({ database: { url: Redacted.make(url), dataDir: "unused" } })
    ]),
    Layer.buildWithScope(scope),
    Effect.forkChild
  )
  return { status: Context.get(memory, DatabaseStatus), opening, stop: Scope.close(scope, Exit.void) }
})

it.live("SPEC 9.1: calls in progress wait while Postgres crashes and starts again, and are written exactly once", () =>
  Effect.gen(function* () {
    const postgres = yield* ownPostgres
    yield* postgres.run("start")
    const context = yield* Layer.build(journalAt(postgres.url))
    const [journal, status] = [Context.get(context, Journal), Context.get(context, DatabaseStatus)]
    const fact = (number: number): Fact => ({ _tag: "ResponseAcknowledged", at: 1, number })
    const view = { journey: "j", status: "working", inDoubt: false, updatedAt: 1 }
    let written = 0
    const write = (id: string) =>
      Effect.forEach(
        Array.from({ length: 150 }, (_, seq) => seq),
        (seq) =>
          Effect.tap(journal.append({ id, seq, facts: [fact(seq)], view, index: [], endings: [] }), () =>
            Effect.sync(() => written++)
          )
      )
    const ids = Array.from({ length: 64 }, (_, index) => `communication ${index}`)
    const writers = yield* Effect.forkChild(Effect.forEach(ids, write, { concurrency: "unbounded" }))
    for (const target of [1500, 4500]) {
      yield* until(() => written >= target)
      yield* postgres.run("kill")
      assert.isFalse((yield* status.state).reachable)
      assert.isUndefined(writers.pollUnsafe())
      yield* postgres.run("start")
    }
    yield* Fiber.join(writers)
    const expected = Array.from({ length: 150 }, (_, seq) => fact(seq))
    for (const id of ids) assert.deepStrictEqual(yield* journal.load(id), expected)
    assert.isTrue((yield* status.state).reachable)
  })
)

it.live("SPEC 9.1: the start waits for an unavailable database, and the log names it without its password", () =>
  Effect.gen(function* () {
    const postgres = yield* ownPostgres
    const lines: Array<string> = []
    const logger = Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])
    const opening = yield* Effect.forkChild(
      Effect.provide(
        Effect.gen(function* () {
          const sql = yield* SqlClient
          const status = yield* DatabaseStatus
          return [yield* sql`SELECT count(*)::integer AS count FROM facts`, yield* status.state] as const
        }),
        databaseAt(postgres.url).pipe(Layer.provideMerge(logger))
      )
    )
    yield* until(() => lines.length > 0)
    const place = `127.0.0.1:${postgres.port}/postgres`
    assert.strictEqual(
      lines[0],
      `database ${place} does not answer, waiting: connect ECONNREFUSED 127.0.0.1:${postgres.port}`
    )
    assert.isUndefined(opening.pollUnsafe())
    yield* postgres.run("start")
    const [rows, state] = yield* Fiber.join(opening)
    assert.deepStrictEqual(rows, [{ count: 0 }])
    assert.deepStrictEqual(state, { reachable: true, holder: true, detail: `sharing ${place}` })
    assert.notInclude(lines.join("\n"), "s3cret")
  })
)

const place = ({ port }: { readonly port: number }) => `127.0.0.1:${port}/postgres`

/** A session of its own until the scope closes. */
const sessionOf = (url: string) => PgConnection.make({ url: Redacted.make(url) })

/** The locks of the versions before the locks by communication: those of a single process, or of a replica. */
const formerLock = {
  alone: "SELECT pg_try_advisory_lock(hashtextextended('brom-ctx runner ' || current_schema(), 0)) AS held",
  replica: "SELECT pg_try_advisory_lock_shared(hashtextextended('brom-ctx runner ' || current_schema(), 0)) AS held",
  migrations: "SELECT pg_advisory_xact_lock(hashtextextended('brom-ctx migrations ' || current_schema(), 0))"
} as const

/** An old replica that starts: it waits for the migrations' lock, and requests it again if the server cancels the request. */
const formerReplica = Effect.fnUntraced(function* (url: string) {
  const session = yield* sessionOf(url)
  assert.deepStrictEqual((yield* session.query(formerLock.replica)).rows, [{ held: true }])
  const [backend] = (yield* session.query("SELECT pg_backend_pid() AS pid")).rows
  const migrating = yield* session
    .query(formerLock.migrations)
    .pipe(Effect.retry(Schedule.spaced("100 millis")), Effect.forkChild)
  return { pid: backend?.pid, migrating }
})

it.live("SPEC 9.3: two processes share the database, both ready, and each ends without the other", () =>
  Effect.gen(function* () {
    const postgres = yield* ownPostgres
    yield* postgres.run("start")
    const [first, second] = [yield* start(postgres.url), yield* start(postgres.url)]
    yield* Fiber.join(first.opening)
    yield* Fiber.join(second.opening)
    const shared = { reachable: true, holder: true, detail: `sharing ${place(postgres)}` }
    assert.deepStrictEqual([yield* first.status.state, yield* second.status.state], [shared, shared])
    yield* first.stop
    assert.deepStrictEqual(yield* second.status.state, shared)
  })
)

for (const kind of ["alone", "replica"] as const) {
  it.live(
    `CONTRACT DATABASE_URL: an older version that works ${kind === "alone" ? kind : "as a replica"} is waited for`,
    () =>
      Effect.gen(function* () {
        const postgres = yield* ownPostgres
        yield* postgres.run("start")
        const older = yield* Scope.fork(yield* Effect.scope)
        const session = yield* Scope.provide(sessionOf(postgres.url), older)
        assert.deepStrictEqual((yield* session.query(formerLock[kind])).rows, [{ held: true }])
        const newer = yield* start(postgres.url)
        const waiting = yield* becomes(newer.status, ({ detail }) => detail.startsWith("an older version"))
        assert.deepStrictEqual(waiting, {
          reachable: true,
          holder: false,
          detail: `an older version still holds the database (${place(postgres)}): waiting until it ends`
        })
        assert.isUndefined(newer.opening.pollUnsafe())
        yield* Scope.close(older, Exit.void)
        yield* Fiber.join(newer.opening)
        assert.isTrue((yield* newer.status.state).holder)
      })
  )
}

it.live(
  "CONTRACT DATABASE_URL: an older version that starts later does not become ready, and blocks no newer one",
  () =>
    Effect.gen(function* () {
      const postgres = yield* ownPostgres
      yield* postgres.run("start")
      const newer = yield* start(postgres.url)
      yield* Fiber.join(newer.opening)
      const older = yield* sessionOf(postgres.url)
      assert.deepStrictEqual((yield* older.query(formerLock.alone)).rows, [{ held: false }])
      // A replica shares this lock with others, and then waits for the migrations' lock.
      const replica = yield* formerReplica(postgres.url)
      const queued = older.query("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
      while ((yield* queued).rows.length === 0) yield* Effect.sleep("5 millis")
      const third = yield* start(postgres.url)
      yield* Effect.timeout(Fiber.join(third.opening), "20 seconds")
      yield* newer.stop
      assert.isTrue((yield* third.status.state).holder)
      while ((yield* queued).rows.length === 0) yield* Effect.sleep("5 millis")
      yield* Effect.sleep("300 millis")
      assert.isUndefined(replica.migrating.pollUnsafe())
      assert.deepStrictEqual((yield* queued).rows, [{ pid: replica.pid }])
    })
)

it.live("CONTRACT DATABASE_URL: a waiting newer version does not block an old replica that starts again", () =>
  Effect.gen(function* () {
    const postgres = yield* ownPostgres
    yield* postgres.run("start")
    const older = yield* Scope.fork(yield* Effect.scope)
    const session = yield* Scope.provide(sessionOf(postgres.url), older)
    yield* session.query(formerLock.replica)
    const newer = yield* start(postgres.url)
    yield* becomes(newer.status, ({ detail }) => detail.startsWith("an older version"))
    const again = yield* Scope.provide(formerReplica(postgres.url), older)
    yield* Effect.timeout(Fiber.join(again.migrating), "20 seconds")
    assert.isFalse((yield* newer.status.state).holder)
    yield* Scope.close(older, Exit.void)
    yield* Fiber.join(newer.opening)
  })
)

it.live("SPEC 9.1: a migration that can never succeed ends the start with its reason", () =>
  Effect.gen(function* () {
    const postgres = yield* ownPostgres
    yield* postgres.run("start")
    const session = yield* sessionOf(postgres.url)
    yield* session.query(`CREATE TABLE migrations (migration_id integer PRIMARY KEY,
      created_at timestamptz NOT NULL DEFAULT now(), name varchar(3) NOT NULL)`)
    const one = yield* start(postgres.url)
    const exit = yield* Effect.timeout(Fiber.await(one.opening), "20 seconds")
    const reason = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
    assert.match(isSqlError(reason) ? describeSqlError(reason) : "", /^22001 /)
  })
)

it.live("DESIGN Ownership: a defect ends the start with its reason, and later only the lock session", () =>
  Effect.gen(function* () {
    const postgres = yield* ownPostgres
    yield* postgres.run("start")
    const sessions = (admit: Effect.Effect<void>) =>
      lockConnection({
        config: { url: Redacted.make(postgres.url), applicationName: "brom-ctx lock" },
        host: "test",
        most: Infinity,
        admit: () => admit
      }).pipe(Effect.timeout("20 seconds"), Effect.exit)
    const status = yield* DatabaseStatus
    const defect = new Error("broken")
    assert.deepStrictEqual(yield* sessions(Effect.die(defect)), Exit.die(defect))
    let admissions = 0
    yield* sessions(Effect.suspend(() => (++admissions === 2 ? Effect.die(defect) : Effect.void)))
    const server = yield* sessionOf(postgres.url)
    yield* server.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'brom-ctx lock'"
    )
    yield* until(() => admissions === 3)
    yield* becomes(status, ({ holder }) => holder)
  }).pipe(Effect.provide(Layer.fresh(DatabaseStatusRef)))
)

it.live(
  "DESIGN Ownership: after the server has ended its lock session, a process writes nothing until it has another",
  () =>
    Effect.gen(function* () {
      const postgres = yield* ownPostgres
      yield* postgres.run("start")
      const one = yield* start(postgres.url)
      const sql = Context.get(yield* Fiber.join(one.opening), SqlClient)
      const lockSession = sql<{
        pid: number
      }>`SELECT pid FROM pg_stat_activity WHERE application_name = 'brom-ctx lock'`
      const [before] = yield* lockSession
      // A holder of the old versions' lock keeps the next session out.
      const rival = yield* Scope.fork(yield* Effect.scope)
      const session = yield* Scope.provide(sessionOf(postgres.url), rival)
      const taken = yield* Effect.forkChild(
        session.query("SELECT pg_advisory_lock(hashtextextended('brom-ctx runner ' || current_schema(), 0))")
      )
      const queued = sql`SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`
      while ((yield* queued).length === 0) yield* Effect.sleep("5 millis")
      yield* sql`SELECT pg_terminate_backend(${before!.pid})`
      yield* Fiber.join(taken)
      const lost = yield* becomes(one.status, ({ detail }) => detail.startsWith("an older version"))
      assert.deepStrictEqual([lost.reachable, lost.holder], [true, false])
      const writing = yield* Effect.forkChild(one.status.holding)
      yield* Effect.yieldNow
      assert.isUndefined(writing.pollUnsafe())
      yield* Scope.close(rival, Exit.void)
      yield* Fiber.join(writing)
      yield* becomes(one.status, ({ holder }) => holder)
      const [after] = yield* lockSession
      assert.notStrictEqual(after!.pid, before!.pid)
    })
)

it.live("DESIGN Ownership: the server ends a silent lock session after ten seconds", () =>
  Effect.gen(function* () {
    const postgres = yield* ownPostgres
    yield* postgres.run("start")
    const one = yield* start(postgres.url)
    const sql = Context.get(yield* Fiber.join(one.opening), SqlClient)
    const settings = sql<{ name: string; setting: string }>`SELECT name, setting FROM pg_settings
      WHERE name IN ('idle_session_timeout', 'tcp_user_timeout') ORDER BY name`
    // These settings belong to the lock session, not to the pool.
    assert.deepStrictEqual(
      (yield* settings).map(({ setting }) => setting),
      ["0", "0"]
    )
    const session = yield* sessionOf(postgres.url)
    yield* Effect.scoped(setLockSettings(makeLockStatements(session)))
    assert.deepStrictEqual(
      (yield* session.query("SELECT name, setting FROM pg_settings WHERE name = ANY($1) ORDER BY name", [
        ["idle_session_timeout", "tcp_keepalives_idle", "tcp_user_timeout", "client_connection_check_interval"]
      ])).rows.map(({ setting }) => setting),
      ["2000", "10000", "5", "10000"]
    )
    const gone = yield* Effect.flip(Effect.andThen(Effect.sleep("12 seconds"), session.query("SELECT 1")))
    assert.strictEqual(gone._tag, "SqlError")
    assert.isTrue((yield* one.status.state).holder)
  })
)

/** The version of this program. */
const current = schemaVersion

/** The schema of a program of this version, beside which programs from version `oldest` on can run. */
const schemaPlan = (version: number, oldest: number, migrate: SchemaPlan["migrate"]): SchemaPlan => ({
  place: "test",
  version,
  firstNumbered: 7,
  worksWith: { [version]: oldest },
  migrate
})

const admitted = Effect.fnUntraced(function* (
  url: string,
  version: number,
  oldest: number,
  during: Effect.Effect<void> = Effect.void
) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const session = yield* Scope.provide(sessionOf(url), scope)
  const sql = yield* Scope.provide(PgClient.make({ url: Redacted.make(url), maxConnections: 1 }), scope).pipe(
    Effect.provide(Reactivity.layer)
  )
  const log: Array<string> = []
  const migrate = (keepOut: ReadonlyArray<number>) =>
    sql.withTransaction(
      Effect.gen(function* () {
        const atWork = yield* keepOutVersions(sql, keepOut)
        if (atWork !== undefined) return atWork
        yield* sql`INSERT INTO migrations (migration_id, name) VALUES (${version}, 'test')`
        yield* sql`INSERT INTO schema_versions (version, works_with) VALUES (${version}, ${oldest})`
        yield* during
        return undefined
      })
    )
  const waiting = (detail: string) => Effect.sync(() => void log.push(detail))
  const fiber = yield* Effect.forkChild(
    admitSchema(makeLockStatements(session), schemaPlan(version, oldest, migrate), waiting)
  )
  return { fiber, log, session, end: Scope.close(scope, Exit.void) }
})

it.live("CONTRACT DATABASE_URL: a migration waits only for programs that cannot run beside it", () =>
  Effect.gen(function* () {
    const postgres = yield* ownPostgres
    yield* postgres.run("start")
    yield* Fiber.join((yield* start(postgres.url)).opening)
    const { end: endCurrent, fiber: first } = yield* admitted(postgres.url, current, current)
    yield* Fiber.join(first)
    const next = yield* admitted(postgres.url, current + 1, current)
    yield* Fiber.join(next.fiber)
    const newest = yield* admitted(postgres.url, current + 2, current + 2)
    yield* until(() => newest.log.length > 0)
    assert.strictEqual(newest.log[0], `programs of schema version ${current} are still at work`)
    yield* endCurrent
    yield* Effect.sleep("1500 millis")
    assert.isUndefined(newest.fiber.pollUnsafe())
  })
)

it.live("CONTRACT DATABASE_URL: a migration keeps older programs out even if its lock session is lost meanwhile", () =>
  Effect.gen(function* () {
    const postgres = yield* ownPostgres
    yield* postgres.run("start")
    const one = yield* start(postgres.url)
    yield* Fiber.join(one.opening)
    yield* one.stop
    const begun = yield* Deferred.make<void>()
    const finish = yield* Deferred.make<void>()
    const during = Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(finish))
    const newest = yield* admitted(postgres.url, current + 2, current + 2, during)
    yield* Deferred.await(begun)
    const { rows } = yield* newest.session.query("SELECT pg_backend_pid() AS pid")
    const server = yield* sessionOf(postgres.url)
    yield* server.query("SELECT pg_terminate_backend($1)", [rows[0]?.pid])
    const older = yield* admitted(postgres.url, current, current)
    yield* until(() => older.log.length > 0)
    assert.strictEqual(older.log[0], "a newer version brings the schema up to date")
    yield* Deferred.succeed(finish, undefined)
    const refused = yield* Fiber.await(older.fiber)
    assert.include(Exit.isFailure(refused) ? String(Cause.squash(refused.cause)) : "", "SchemaTooNew")
  })
)

it.live(
  "CONTRACT DATABASE_URL: a schema that is too new is refused, naming the versions; one that we can run beside is not",
  () =>
    Effect.gen(function* () {
      const postgres = yield* ownPostgres
      yield* postgres.run("start")
      const one = yield* start(postgres.url)
      yield* Fiber.join(one.opening)
      yield* one.stop
      const next = yield* admitted(postgres.url, current + 1, current)
      yield* Fiber.join(next.fiber)
      yield* next.end
      const bears = yield* admitted(postgres.url, current, current)
      yield* Fiber.join(bears.fiber)
      yield* bears.end
      yield* Fiber.join((yield* admitted(postgres.url, current + 2, current + 2)).fiber)
      const refused = yield* Fiber.await((yield* admitted(postgres.url, current, current)).fiber)
      assert.strictEqual(
        Exit.isFailure(refused) ? String(Cause.squash(refused.cause)) : "",
        `SchemaTooNew: test: the schema is version ${current + 2} and needs programs of version ${current + 2} at least; this one works with ${current}`
      )
    })
)
