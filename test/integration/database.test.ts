import * as PgConnection from "@effect/sql-pg/PgConnection"
import { assert, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Layer, Logger, Redacted, Scope } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

import type { Fact } from "../../src/domain/communication/Fact.ts"
import { Database } from "../../src/layers/database/Database.ts"
import { DatabaseStatusRef } from "../../src/layers/database/DatabaseStatusRef.ts"
import { DatabaseStatus, type DatabaseState } from "../../src/services/DatabaseStatus.ts"
import { Journal } from "../../src/services/Journal.ts"
import { ownPostgres } from "../layers/database/ownPostgres.ts"
import { databaseAt, databaseUrl, journalAt, schemaIn } from "../layers/database/postgresSchema.ts"
import { singleRunnerContract } from "../layers/database/singleRunner.ts"
import { SettingsTest } from "../support/settings.ts"

singleRunnerContract(
  "Postgres",
  Layer.unwrap(Effect.map(Effect.flatMap(databaseUrl, schemaIn), (url) => databaseAt(url)))
)

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

/** One start of the service on the database: `status` is there before the database is. */
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

it.live("SPEC 9.1: calls in flight wait while Postgres crashes and starts again, and are written exactly once", () =>
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

it.live(
  "SPEC 9.1: a database that is unavailable at the start is waited for, and named in the log without its password",
  () =>
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
      assert.deepStrictEqual(state, { reachable: true, holder: true, detail: `holding ${place}` })
      assert.notInclude(lines.join("\n"), "s3cret")
    })
)

it.live("CONTRACT RUNNER_HOST: a second runner waits, not ready, logs it, and takes over when the first ends", () =>
  Effect.gen(function* () {
    const postgres = yield* ownPostgres
    yield* postgres.run("start")
    const place = `127.0.0.1:${postgres.port}/postgres`
    const first = yield* start(postgres.url)
    yield* Fiber.join(first.opening)
    const second = yield* start(postgres.url)
    const waiting = yield* becomes(second.status, ({ detail }) => detail.startsWith("another process"))
    assert.deepStrictEqual(waiting, {
      reachable: true,
      holder: false,
      detail: `another process works on the database ${place}: waiting until it ends`
    })
    assert.isUndefined(second.opening.pollUnsafe())
    assert.isTrue((yield* first.status.state).holder)
    yield* first.stop
    yield* Fiber.join(second.opening)
    assert.deepStrictEqual(yield* second.status.state, { reachable: true, holder: true, detail: `holding ${place}` })
  })
)

it.live(
  "CONTRACT RUNNER_HOST: a runner whose lock's connection is lost stops holding the database, then takes it again",
  () =>
    Effect.gen(function* () {
      const postgres = yield* ownPostgres
      yield* postgres.run("start")
      const runner = yield* start(postgres.url)
      const sql = Context.get(yield* Fiber.join(runner.opening), SqlClient)
      const lockSession = sql<{ pid: number }>`SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted`
      const [before] = yield* lockSession
      // Somebody who queues for the lock is given it before the runner can ask again.
      const rival = yield* Scope.fork(yield* Effect.scope)
      const session = yield* Scope.provide(PgConnection.make({ url: Redacted.make(postgres.url) }), rival)
      const taken = yield* Effect.forkChild(
        session.query("SELECT pg_advisory_lock(hashtextextended('brom-ctx runner ' || current_schema(), 0))")
      )
      const queued = sql`SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`
      while ((yield* queued).length === 0) yield* Effect.sleep("5 millis")
      yield* sql`SELECT pg_terminate_backend(${before!.pid})`
      yield* Fiber.join(taken)
      const lost = yield* becomes(runner.status, ({ detail }) => detail.startsWith("another process"))
      assert.deepStrictEqual([lost.reachable, lost.holder], [true, false])
      const writing = yield* Effect.forkChild(runner.status.holding)
      yield* Effect.yieldNow
      assert.isUndefined(writing.pollUnsafe())
      yield* Scope.close(rival, Exit.void)
      yield* Fiber.join(writing)
      yield* becomes(runner.status, ({ holder }) => holder)
      const [after] = yield* lockSession
      assert.notStrictEqual(after!.pid, before!.pid)
    })
)
