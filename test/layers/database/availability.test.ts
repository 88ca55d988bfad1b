import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Logger } from "effect"
import { ConnectionError, SqlError, UnknownError } from "effect/sql/SqlError"
import { TestClock } from "effect/testing"

import { makeAvailability } from "../../../src/layers/database/availability.ts"
import { describeSqlError, isPermanent } from "../../../src/layers/database/availability.ts"

const away = new SqlError({ reason: new ConnectionError({ cause: new Error("ECONNREFUSED") }) })

/** An answer of the server, as the client reports it. */
const answered = (code: string, text = "text of the server") =>
  new SqlError({ reason: new UnknownError({ cause: Object.assign(new Error(text), { code }) }) })

/** The messages that `effect` logs. */
const logged = <A, E, R>(effect: Effect.Effect<A, E, R>) => {
  const lines: Array<string> = []
  const logger = Logger.make(({ message }) => void lines.push(String(message)))
  return Effect.as(Effect.provide(effect, Logger.layer([logger])), lines)
}

it.effect("SPEC 9.1: an outage is waited for, with one line every 10 s and one when it ends", () =>
  Effect.gen(function* () {
    let up = false
    const lines = yield* logged(
      Effect.gen(function* () {
        const outage = yield* makeAvailability("database db:5432")
        const statement = Effect.suspend(() => (up ? Effect.succeed("answer") : Effect.fail(away)))
        const calls = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(outage.persist(statement)))
        for (let second = 0; second < 25; second++) yield* TestClock.adjust("1 second")
        up = true
        yield* TestClock.adjust("3 seconds")
        assert.deepStrictEqual(yield* Fiber.joinAll(calls), ["answer", "answer", "answer"])
      })
    )
    const down = "database db:5432 does not answer, waiting: ECONNREFUSED"
    assert.deepStrictEqual(lines.slice(0, 3), [down, down, down])
    assert.strictEqual(lines.length, 4)
    assert.match(lines[3] ?? "", /^database db:5432 answers again after 2[5-8] s$/)
  })
)

it.effect("SPEC 9.1: a statement without an answer is given up after 30 s and repeated", () =>
  Effect.gen(function* () {
    let calls = 0
    const outage = yield* makeAvailability("database db:5432")
    const statement = Effect.suspend(() => (++calls === 1 ? Effect.never : Effect.succeed(calls)))
    const call = yield* Effect.forkChild(outage.persist(statement))
    yield* TestClock.adjust("29 seconds")
    assert.strictEqual(calls, 1)
    yield* TestClock.adjust("2 seconds")
    assert.strictEqual(yield* Fiber.join(call), 2)
  })
)

it.effect("SPEC 9.1: a statement that cannot be interrupted is given up and repeated, too", () =>
  Effect.gen(function* () {
    let calls = 0
    const outage = yield* makeAvailability("database db:5432")
    const statement = Effect.suspend(() => (++calls === 1 ? Effect.never : Effect.succeed(calls)))
    const call = yield* Effect.forkChild(outage.persist(Effect.uninterruptible(statement)))
    yield* TestClock.adjust("32 seconds")
    assert.strictEqual(yield* Fiber.join(call), 2)
  })
)

it.effect("docs/database.md: upkeep at the start that takes an hour is not given up, and logs that it continues", () =>
  Effect.gen(function* () {
    let calls = 0
    const lines = yield* logged(
      Effect.gen(function* () {
        const outage = yield* makeAvailability("database db:5432")
        const migration = Effect.suspend(() => Effect.as(Effect.sleep("59 minutes"), ++calls))
        const call = yield* Effect.forkChild(outage.upkeep("the migration", migration))
        for (let minute = 0; minute < 59; minute++) yield* TestClock.adjust("1 minute")
        assert.strictEqual(yield* Fiber.join(call), 1)
      })
    )
    assert.deepStrictEqual(lines.slice(0, 2), [
      "database db:5432: the migration still running after 30 s",
      "database db:5432: the migration still running after 60 s"
    ])
  })
)

it.effect("SPEC 9.5: values that the server refuses fail at once, without a log line", () =>
  Effect.gen(function* () {
    const lines = yield* logged(
      Effect.gen(function* () {
        const outage = yield* makeAvailability("database db:5432")
        const error = yield* Effect.flip(outage.persist(Effect.fail(answered("22021"))))
        assert.strictEqual(error.message, "UnknownError")
      })
    )
    assert.deepStrictEqual(lines, [])
  })
)

it.each(["57P01", "57P03", "53300", "53100", "08006", "40001", "40P01", "25006", "42501", "3D000", "28P01"])(
  "SPEC 9.1: SQLSTATE %s heals, so it is waited for",
  (state) => assert.isFalse(isPermanent(answered(state)))
)

it.each(["22021", "22P05", "23502", "54000"])("SPEC 9.5: SQLSTATE %s speaks of the values", (state) =>
  assert.isTrue(isPermanent(answered(state)))
)

it("SPEC 9.5: a value that cannot be encoded is permanent, a lost connection is not", () => {
  assert.isTrue(isPermanent(new SqlError({ reason: new UnknownError({ cause: new Error("Failed to encode query") }) })))
  assert.isFalse(isPermanent(away))
})

it("SPEC 9.6: the server's text is logged only if it quotes no values", () => {
  assert.strictEqual(
    describeSqlError(answered("57P03", "the database system is starting up")),
    "57P03 the database system is starting up"
  )
  assert.strictEqual(describeSqlError(answered("22P02", 'invalid input syntax: "52998224725"')), "22P02 UnknownError")
})
