import * as PgConnection from "@effect/sql-pg/PgConnection"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Redacted, Schedule } from "effect"

import { schemaVersion, worksWith } from "../../src/layers/database/migrate.ts"
import { delivered, idOf, order } from "./support/customers.ts"
import { commitBefore, treeOf } from "./support/earlierTree.ts"
import { databaseUrl } from "./support/environment.ts"
import { ownDatabase } from "./support/ownDatabase.ts"
import { eventually, type Service, startService } from "./support/service.ts"
import { makeTopics } from "./support/topics.ts"
import { startVendors } from "./support/vendors.ts"

const journey = "pedido_entregue_amanha"

/** All ids have the same length, because a look for a Case proves nothing if its key is longer than any known one (SPEC 4.3). */
const first = 1000

/** How many orders, with one event each, start together, and the pause until the next ones. */
const [together, pause] = [10, "250 millis"] as const

/** The most orders and events without a response, so that a slow machine has no more to do in the end than a fast one. */
const mostOpen = 100

/** A database, topics and vendors under load, and the sources of an earlier commit. */
const workplace = Effect.fnUntraced(function* (commit: string) {
  const tree = yield* treeOf(commit)
  const topics = yield* makeTopics()
  const vendors = yield* startVendors
  const DATABASE_URL = yield* ownDatabase(databaseUrl)
  yield* topics.open
  const environment = {
    ...topics.environment,
    ...vendors.environment,
    DATABASE_URL,
    // A write in doubt is looked for that long.
    SERVICENOW_TIMEOUT: "5 seconds"
  }
  /** How many orders and events have a response. One more response to an order says how a doubt ended. */
  const answered = Effect.map(topics.responses, (all) => {
    const first = all.filter(
      ({ headers, value }) => value.evento !== "comunicacao" || headers.id_resposta?.endsWith("#1")
    )
    return new Set(first.map(({ headers, value }) => `${String(value.evento)} ${String(headers.id_resposta)}`)).size
  })
  let produced = 0
  const produce = Effect.gen(function* () {
    if (2 * produced - (yield* answered) > mostOpen) return
    const customers = Array.from({ length: together }, (_, index) => first + produced + index)
    produced += together
    yield* topics.send(customers.map((customer) => order(journey, customer)))
    yield* topics.sendEvents(
      customers.map((customer) => ({ key: `k${customer}`, value: delivered(journey, customer) }))
    )
  })
  return {
    topics,
    vendors,
    DATABASE_URL,
    earlier: startService(environment, tree),
    today: startService(environment),
    load: Effect.repeat(produce, Schedule.spaced(pause)),
    /** Completes when this many more responses have come. */
    more: Effect.fnUntraced(function* (count: number) {
      const before = yield* answered
      yield* eventually(
        `${count} more responses`,
        Effect.map(answered, (now) => now >= before + count)
      )
    }),
    /**
     * Every order has one Case with its two notes, one message and one response, and every event one response. A dispatch in
     * progress may be in doubt until its event comes if its process lost its locks. Returns how many were.
     */
    onceEach: Effect.gen(function* () {
      yield* eventually(
        "everything answered",
        Effect.map(answered, (count) => count >= 2 * produced),
        120
      )
      const ids = Array.from({ length: produced }, (_, index) => idOf(journey, first + index)).toSorted()
      const cases = yield* vendors.serviceNow.cases
      assert.deepStrictEqual(cases.map(({ fields }) => fields.u_id_correlacao).toSorted(), ids)
      const inDoubt = cases.filter(({ notes }) =>
        notes.some((note) => note.startsWith("Envio do WhatsApp sem confirmação"))
      )
      assert.deepStrictEqual(
        cases.filter((one) => new Set(one.notes).size !== (inDoubt.includes(one) ? 3 : 2)),
        []
      )
      assert.deepStrictEqual(
        cases.filter(({ notes }) => new Set(notes).size !== notes.length),
        []
      )
      const sent = (yield* vendors.weni.requests).map(({ body }) => body)
      assert.strictEqual(new Set(sent).size, sent.length)
      assert.isAtLeast(sent.length, produced - inDoubt.length)
      assert.isAtMost(sent.length, produced)
      const responses = yield* topics.responses
      const own = (evento: string) => [
        ...new Set(responses.filter(({ value }) => value.evento === evento).map(({ headers }) => headers.id_resposta))
      ]
      // One more response says how a doubt ended: the second of its communication, or the third if an event came first.
      const doubted = new Set(inDoubt.map(({ fields }) => fields.u_id_correlacao))
      const again = new Set([...doubted].flatMap((id) => [`${String(id)}#2`, `${String(id)}#3`]))
      assert.deepStrictEqual(
        own("comunicacao")
          .filter((id) => !again.has(id ?? ""))
          .toSorted(),
        ids.map((id) => `${id}#1`).toSorted()
      )
      assert.lengthOf(own("entregue"), produced)
      assert.deepStrictEqual(
        responses.filter(({ key, value }) => value.response_status !== "success" && !doubted.has(key ?? "")),
        []
      )
      assert.deepStrictEqual([...(yield* topics.deadLetters), ...(yield* topics.eventDeadLetters)], [])
      yield* Effect.logInfo(`${produced} orders, ${inDoubt.length} in doubt meanwhile`)
      return inDoubt.length
    })
  }
})

const stops = (service: Service) =>
  Effect.gen(function* () {
    yield* service.signal("SIGTERM")
    assert.deepStrictEqual(yield* service.exit, { code: 0, signal: null })
  })

const says = (service: Service, text: string) =>
  eventually(
    text,
    Effect.map(service.logs, (lines) => lines.some(({ message }) => String(message).includes(text)))
  )

const accounted = (service: Service) =>
  eventually(
    "an audit without a gap",
    Effect.map(service.get("/metrics"), ({ body }) => /^ctx_unaccounted 0$/m.test(body))
  )

/** The oldest version whose programs can run beside today's schema. */
const oldestBorne = Math.max(...Object.values(worksWith))

/** Two working processes of the version before the migration, and load until the test interrupts it. */
const atWork = Effect.fnUntraced(function* (commit: string) {
  const work = yield* workplace(commit)
  const processes = yield* Effect.all([work.earlier, work.earlier], { concurrency: "unbounded" })
  yield* Effect.forEach(processes, ({ ready }) => ready)
  const load = yield* Effect.forkScoped(work.load)
  yield* work.more(40)
  return { ...work, processes, load }
})

describe("an upgrade from an earlier commit under load", () => {
  // The second one takes a minute more, and runs only with LONG_TESTS=true.
  const migrations = ["0010_operators", ...(process.env["LONG_TESTS"] === "true" ? ["0012_generations"] : [])]
  for (const migration of migrations) {
    const before = Number.parseInt(migration, 10) - 1
    it.live(
      `SPEC 9.8: from schema ${before}, whose programs cannot run beside today's: the new process waits for the old ones`,
      ({ skip }) =>
        Effect.gen(function* () {
          const past = commitBefore(migration)
          if ("missing" in past) return skip(past.missing)
          assert.isBelow(before, oldestBorne)
          const { DATABASE_URL, earlier, load, more, onceEach, processes, today } = yield* atWork(past.commit)
          const [one, other] = processes

          const next = yield* today
          yield* says(next, `programs of schema version ${before} are still at work`)
          assert.strictEqual((yield* next.get("/health/ready")).status, 503)
          yield* more(40)
          yield* stops(one)
          yield* more(40)
          assert.strictEqual((yield* next.get("/health/ready")).status, 503)

          // The last one loses its lock session repeatedly, until the new process is faster.
          const server = yield* PgConnection.make({ url: Redacted.make(DATABASE_URL) })
          const ended = yield* Effect.forkScoped(other.exit)
          yield* server
            .query(
              `SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
             WHERE a.application_name = 'brom-ctx lock' AND a.datname = current_database() AND l.locktype = 'advisory'
               AND ((l.classid::bigint << 32) | l.objid::bigint)
                 = hashtextextended('brom-ctx schema ${before} ' || current_schema(), 0)`
            )
            .pipe(Effect.repeat(Schedule.spaced("1 second")), Effect.raceFirst(Fiber.await(ended)))
          assert.deepStrictEqual(yield* Fiber.join(ended), { code: 1, signal: null })
          const reason = `the schema is version ${schemaVersion} and needs programs of version ${oldestBorne} at least; this one works with ${before}`
          assert.include(yield* other.stderr, reason)
          yield* next.ready
          yield* more(100)

          const late = yield* earlier
          assert.deepStrictEqual(yield* late.exit, { code: 1, signal: null })
          assert.include(yield* late.stderr, reason)
          yield* Fiber.interrupt(load)
          yield* onceEach
          yield* accounted(next)
          yield* stops(next)
        }).pipe(Effect.scoped),
      300_000
    )
  }

  it.live(
    "SPEC 9.8: from schema 13, whose programs can run beside today's: new processes replace old ones, one by one",
    ({ skip }) =>
      Effect.gen(function* () {
        const past = commitBefore("0014_erasure")
        if ("missing" in past) return skip(past.missing)
        assert.isAtLeast(13, oldestBorne)
        const { earlier, load, more, onceEach, processes, today } = yield* atWork(past.commit)
        for (const old of processes) {
          const next = yield* today
          yield* next.ready
          yield* more(40)
          yield* stops(old)
          yield* more(40)
        }
        // A process of the previous version starts again beside the newer ones.
        const back = yield* earlier
        yield* back.ready
        yield* more(100)
        yield* Fiber.interrupt(load)
        assert.strictEqual(yield* onceEach, 0)
        yield* accounted(back)
        yield* stops(back)
      }).pipe(Effect.scoped),
    300_000
  )
})
