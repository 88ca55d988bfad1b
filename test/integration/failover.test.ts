import * as PgConnection from "@effect/sql-pg/PgConnection"
import { assert, it } from "@effect/vitest"
import { Clock, Effect, Redacted } from "effect"

import { databaseAccess } from "../../src/layers/database/databaseAccess.ts"
import { ownPostgres } from "../layers/database/ownPostgres.ts"
import { idOf, order } from "./support/customers.ts"
import { movingName } from "./support/movingName.ts"
import { eventually, startService } from "./support/service.ts"
import { makeTopics } from "./support/topics.ts"
import { startVendors } from "./support/vendors.ts"

const journey = "pedido_entregue_amanha"

/** A primary whose commits wait for its streaming standby, so no commit is lost in a failover. */
const pair = Effect.gen(function* () {
  const [primary, standby] = [yield* ownPostgres, yield* ownPostgres]
  yield* primary.run("start")
  yield* standby.run("standby", String(primary.port))
  yield* primary.run("wait-for-standby")
  return { primary, standby }
})

/** All ids have the same length, because a look for a Case proves nothing if its key is longer than any known one (SPEC 4.3). */
const first = 1000

/** The service with the database at this URL, and its orders. */
const workplace = Effect.fnUntraced(function* (url: string) {
  const topics = yield* makeTopics()
  const vendors = yield* startVendors
  yield* topics.open
  const service = yield* startService({ ...topics.environment, ...vendors.environment, DATABASE_URL: url })
  yield* service.ready
  const answered = Effect.map(topics.responses, (all) => new Set(all.map(({ key }) => key)).size)
  let produced = 0
  const produce = Effect.fnUntraced(function* (count: number) {
    yield* topics.send(Array.from({ length: count }, (_, index) => order(journey, first + produced + index)))
    produced += count
  })
  const allAnswered = eventually(
    "every order answered",
    Effect.map(answered, (count) => count === produced),
    120
  )
  /** Every order has one Case with one note, one message and one response, and every record its ending. */
  const onceEach = Effect.gen(function* () {
    const ids = Array.from({ length: produced }, (_, customer) => idOf(journey, first + customer)).toSorted()
    const cases = yield* vendors.serviceNow.cases
    assert.deepStrictEqual(cases.map(({ fields }) => fields.u_id_correlacao).toSorted(), ids)
    assert.deepStrictEqual([...new Set(cases.map(({ notes }) => notes.length))], [1])
    assert.lengthOf(yield* vendors.weni.dispatches, produced)
    assert.lengthOf(yield* vendors.weni.requests, produced)
    const responses = new Set((yield* topics.responses).map(({ headers }) => headers.id_resposta))
    assert.deepStrictEqual([...responses].toSorted(), ids.map((id) => `${id}#1`).toSorted())
    assert.lengthOf(yield* topics.deadLetters, 0)
    yield* eventually(
      "an audit without a gap",
      Effect.map(service.get("/metrics"), ({ body }) => /^ctx_unaccounted 0$/m.test(body))
    )
  })
  return { service, answered, produce, allAnswered, onceEach }
})

/** Milliseconds from now until the next response is published. */
const recovery = Effect.fnUntraced(function* (what: string, { answered }: { answered: Effect.Effect<number> }) {
  const [before, since] = [yield* answered, yield* Clock.currentTimeMillis]
  yield* eventually(
    `a response after ${what}`,
    Effect.map(answered, (count) => count > before)
  )
  const millis = (yield* Clock.currentTimeMillis) - since
  yield* Effect.logInfo(`${what}: the next response after ${millis} ms`)
  assert.isBelow(millis, 60_000)
})

/** How many lasting sessions the service has on the server. */
const sessionsAt = (url: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const session = yield* PgConnection.make({ url: Redacted.make(url) })
      const { rows } = yield* session.query(
        `SELECT count(*)::integer AS sessions FROM pg_stat_activity
          WHERE application_name LIKE 'brom-ctx%' AND backend_start < clock_timestamp() - interval '2 seconds'`
      )
      return rows[0]?.sessions
    })
  )

it.live(
  "SPEC 9.1: a failover to a streaming standby and back under load: nothing is lost or done twice",
  () =>
    Effect.gen(function* () {
      const { primary, standby } = yield* pair
      const name = yield* movingName(primary.port)
      const work = yield* workplace(`postgres://postgres@127.0.0.1:${name.port}/postgres`)

      // The name resolves to the standby for 5 s although the primary is well. A session on the standby would stay there.
      yield* work.produce(100)
      yield* name.lead(standby.port)
      yield* name.cut
      yield* Effect.sleep("5 seconds")
      assert.strictEqual(yield* sessionsAt(standby.url), 0)
      yield* name.lead(primary.port)
      yield* recovery("the name leads to the primary again", work)
      yield* work.allAnswered

      // The primary crashes, and the standby is promoted after 5 s.
      yield* work.produce(100)
      yield* primary.run("kill")
      yield* name.lead(standby.port)
      yield* Effect.sleep("5 seconds")
      yield* standby.run("promote")
      yield* recovery("the standby was promoted", work)
      yield* work.produce(50)
      yield* work.allAnswered

      // Then back to the first server.
      yield* primary.run("standby", String(standby.port))
      yield* standby.run("wait-for-standby")
      yield* work.produce(100)
      yield* standby.run("kill")
      yield* name.lead(primary.port)
      yield* primary.run("promote")
      yield* recovery("the former primary was promoted", work)
      yield* work.allAnswered
      yield* work.onceEach
    }).pipe(Effect.scoped),
  240_000
)

it.live(
  "CONTRACT DATABASE_URL: with both hosts in the URL the service finds the one that may write",
  () =>
    Effect.gen(function* () {
      const { primary, standby } = yield* pair
      const hosts = `127.0.0.1:${standby.port},127.0.0.1:${primary.port}`
      const work = yield* workplace(`postgres://postgres@${hosts}/postgres?target_session_attrs=read-write`)
      assert.strictEqual(yield* sessionsAt(standby.url), 0)
      yield* work.produce(100)
      yield* primary.run("kill")
      yield* standby.run("promote")
      yield* recovery("the standby was promoted, by the URL", work)
      yield* work.allAnswered
      yield* work.onceEach
    }).pipe(Effect.scoped),
  240_000
)

it.live("SPEC 9.1: a session whose write is refused is closed, and a server that takes no writes is not used", () =>
  Effect.gen(function* () {
    const postgres = yield* ownPostgres
    yield* postgres.run("start")
    const { config } = databaseAccess(Redacted.make(postgres.url))
    const session = yield* PgConnection.make(config("10 seconds"))
    const failure = (statement: string) =>
      Effect.map(Effect.flip(session.query(statement)), ({ reason }) => String(reason.cause))
    yield* session.query("CREATE TABLE t (a integer)")
    yield* session.query("BEGIN READ ONLY")
    const ended = `Error: 127.0.0.1:${postgres.port} ended the session (25006)`
    // The statement fails either with the server's answer or with the end of the session that follows.
    assert.include(
      [ended, "Error: cannot execute INSERT in a read-only transaction"],
      yield* failure("INSERT INTO t VALUES (1)")
    )
    assert.strictEqual(yield* failure("ROLLBACK"), ended)
    const admin = yield* PgConnection.make({ url: Redacted.make(postgres.url) })
    yield* admin.query("ALTER ROLE postgres SET default_transaction_read_only = on")
    const { reason } = yield* Effect.flip(PgConnection.make(config("10 seconds")))
    assert.strictEqual(
      String(reason.cause),
      `Error: 127.0.0.1:${postgres.port} takes no writes (default_transaction_read_only)`
    )
  }).pipe(Effect.scoped)
)
