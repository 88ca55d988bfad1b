import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { record } from "../../domain/outbound/records.ts"
import type { Around } from "../../support/interposed.ts"
import { makeLocks } from "../../support/Locks.ts"
import { fixtureId, preparedWorld, writes } from "../../support/scene.ts"
import { eventTime, makeWorld, type World, type WorldOptions } from "../../support/World.ts"
import { reply } from "../inbound/scene.ts"

/** The database restarts: the lock session ends, and another one begins two seconds later. */
const restart = Effect.fnUntraced(function* (session: Effect.Success<ReturnType<typeof makeLocks>["process"]>) {
  yield* session.lose
  yield* TestClock.adjust("2 seconds")
  yield* session.begin
})

/** A process whose next call to the outside takes three seconds once `condition` holds. `met` is true then. */
const halting = () => {
  let condition: Effect.Effect<boolean> = Effect.succeed(false)
  let met = false
  const around: Around = (_, effect) =>
    Effect.tap(effect, () =>
      Effect.flatMap(met ? Effect.succeed(false) : condition, (holds) => {
        if (!holds || met) return Effect.void
        met = true
        return Effect.sleep("3 seconds")
      })
    )
  return {
    around,
    when: (wanted: Effect.Effect<boolean>) => Effect.sync(() => (condition = wanted)),
    met: Effect.sync(() => met)
  }
}

const running = Effect.fnUntraced(function* (known: boolean, options: WorldOptions = {}) {
  const withCase = { earlierCase: true, ...options } as const
  const world = yield* known ? preparedWorld(withCase) : makeWorld(withCase)
  const locks = makeLocks()
  const session = yield* locks.process
  const halt = halting()
  const process = yield* world.startOwning(session.layer, halt.around)
  return { world, process, session, halt, locks }
})

const has = (world: Pick<World, "facts">, tag: string) =>
  Effect.map(world.facts(fixtureId), (facts) => facts.some(({ _tag }) => _tag === tag))

const elapsedSince = (start: number) => Effect.map(Clock.currentTimeMillis, (now) => now - start)

/** The writes at ServiceNow: method and table. */
const written = (world: Pick<World, "serviceNow">) =>
  Effect.map(writes(world.serviceNow), (all) =>
    all.map(({ method, path }) => `${method} ${path.split("/")[4]?.replace("sn_customerservice_", "")}`)
  )

const opened = ["POST case", "PATCH case"]

describe("what a process began itself, after it lost its locks for two seconds", () => {
  for (const [what, tag] of [
    ["the intent of a Case", "CaseIntended"],
    ["the outcome of a dispatch, and its note not yet", "DispatchSettled"]
  ] as const) {
    it.effect(`SPEC 4.3, 6.2, DESIGN Ownership: ${what} was recorded: it goes on at once`, () =>
      Effect.gen(function* () {
        const { halt, session, world } = yield* running(true)
        yield* halt.when(has(world, tag))
        yield* world.produce(record())
        yield* world.until(halt.met)
        yield* restart(session)
        const start = yield* Clock.currentTimeMillis
        yield* world.responded(1)
        assert.isAtMost(yield* elapsedSince(start), 5000)
        assert.deepStrictEqual(yield* written(world), opened)
      })
    )
  }

  it.effect("SPEC 6.2, DESIGN Ownership: an event was planned: its PATCH is sent at once", () =>
    Effect.gen(function* () {
      const { halt, session, world } = yield* running(true)
      yield* world.produce(record())
      yield* world.responded(1)
      yield* halt.when(has(world, "EventPlanned"))
      yield* world.answer(reply("SIM"))
      yield* world.until(halt.met)
      yield* restart(session)
      const start = yield* Clock.currentTimeMillis
      yield* world.responded(2)
      assert.isAtMost(yield* elapsedSince(start), 5000)
      assert.deepStrictEqual(yield* written(world), [...opened, "PATCH case"])
    })
  )

  for (const [what, tag, fault] of [
    ["a scheduled close", "CloseIntended", undefined],
    ["a later try", "WriteIntended", { kind: "refuse", match: { method: "PATCH" }, times: 1 }]
  ] as const) {
    it.effect(`SPEC 6.4, 8.8, DESIGN Ownership: ${what} was recorded: its PATCH is sent at once`, () =>
      Effect.gen(function* () {
        // 01/10/2025 07:30 in São Paulo: the desk is closed until 08:00. SIM is noted at once, and the Case closed
        // then.
        const at = fault === undefined ? Date.parse("2025-10-01T10:30:00Z") : eventTime
        const { halt, session, world } = yield* running(true, { at, settings: { retry: { attempts: 1 } } })
        yield* world.produce(record({ tims_evento: new Date(at).toISOString() }))
        yield* world.responded(1)
        if (fault !== undefined) yield* world.serviceNow.faults.add(fault)
        yield* halt.when(has(world, tag))
        yield* world.answer(reply("SIM"))
        yield* world.until(halt.met, 2000)
        const sent = (yield* written(world)).length
        const responses = (yield* world.responses).length
        yield* restart(session)
        const start = yield* Clock.currentTimeMillis
        yield* world.responded(responses + 1)
        assert.isAtMost(yield* elapsedSince(start), 5000)
        assert.deepStrictEqual((yield* written(world)).slice(sent), ["PATCH case"])
      })
    )
  }

  it.effect("SPEC 3.3, DESIGN Ownership: a customer's creation was recorded: it is sent at once", () =>
    Effect.gen(function* () {
      const { halt, session, world } = yield* running(false)
      yield* halt.when(Effect.sync(() => world.store.creations.size > 0))
      yield* world.produce(record())
      yield* world.until(halt.met)
      yield* restart(session)
      const start = yield* Clock.currentTimeMillis
      yield* world.responded(1)
      assert.isAtMost(yield* elapsedSince(start), 5000)
      assert.deepStrictEqual(yield* written(world), ["POST csm_consumer", ...opened])
    })
  )

  for (const [what, path, known] of [
    ["a Case", "/api/now/table/sn_customerservice_case", true],
    ["a customer", "/api/now/table/csm_consumer", false]
  ] as const) {
    it.effect(`SPEC 3.3, 4.3: the POST of ${what} was lost: its look ends as if nothing had happened`, () =>
      Effect.gen(function* () {
        const { session, world } = yield* running(known)
        yield* world.serviceNow.faults.add({ kind: "drop", match: { method: "POST", path } })
        yield* world.produce(record())
        const posts = Effect.map(writes(world.serviceNow), (all) => all.filter((sent) => sent.path === path))
        yield* world.until(Effect.map(posts, ({ length }) => length === 1))
        const start = yield* Clock.currentTimeMillis
        yield* TestClock.adjust("10 seconds")
        yield* restart(session)
        yield* world.until(Effect.map(posts, ({ length }) => length === 2))
        assert.isAtLeast(yield* elapsedSince(start), 64_900)
        assert.isAtMost(yield* elapsedSince(start), 66_000)
      })
    )
  }

  it.effect("SPEC 6.2: the PATCH of an event was lost: its look ends as if nothing had happened", () =>
    Effect.gen(function* () {
      const { session, world } = yield* running(true)
      yield* world.produce(record())
      yield* world.responded(1)
      yield* world.serviceNow.faults.add({ kind: "drop", match: { method: "PATCH" } })
      yield* world.answer(reply("SIM"))
      const patches = Effect.map(written(world), (all) => all.filter((sent) => sent === "PATCH case"))
      yield* world.until(Effect.map(patches, ({ length }) => length === 2))
      const start = yield* Clock.currentTimeMillis
      yield* TestClock.adjust("10 seconds")
      yield* restart(session)
      yield* world.until(Effect.map(patches, ({ length }) => length === 3))
      assert.isAtLeast(yield* elapsedSince(start), 64_900)
      assert.isAtMost(yield* elapsedSince(start), 66_000)
    })
  )
})

describe("what another process may have begun", () => {
  /**
   * A process crashes as soon as `tag` is recorded, and another one takes over. Returns when the second write was sent.
   */
  const takenOver = Effect.fnUntraced(function* (tag: string, answer: Json | undefined) {
    const { halt, locks, process, session, world } = yield* running(true)
    yield* halt.when(has(world, tag))
    yield* world.produce(record())
    if (answer !== undefined) {
      yield* world.responded(1)
      yield* world.answer(answer)
    }
    yield* world.until(halt.met)
    const sent = (yield* written(world)).length
    yield* process.kill
    yield* session.die
    const start = yield* Clock.currentTimeMillis
    const next = yield* locks.process
    yield* world.startOwning(next.layer)
    yield* world.until(Effect.map(written(world), ({ length }) => length > sent))
    return yield* elapsedSince(start)
  })

  for (const [what, tag, answer] of [
    ["a Case", "CaseIntended", undefined],
    ["a note", "DispatchSettled", undefined],
    ["an event's PATCH", "EventPlanned", reply("SIM")]
  ] as const) {
    it.effect(`SPEC 4.3, 6.2: ${what}: is looked for until nothing of it can appear`, () =>
      Effect.gen(function* () {
        // 6 s of proof, TCP_ORPHAN_TIMEOUT for its kernel, SERVICENOW_TIMEOUT for the instance.
        const least = 6000 + 105_000 + 65_000
        const elapsed = yield* takenOver(tag, answer)
        assert.isAtLeast(elapsed, least - 1000)
        assert.isAtMost(elapsed, least + 10_000)
      })
    )
  }
})

describe("what another process may have begun while this one had lost its locks", () => {
  it.effect(
    "SPEC 6.2: a PATCH that left no fact: is looked for, although the facts are as this process left them",
    () =>
      Effect.gen(function* () {
        const { halt, locks, session, world } = yield* running(true)
        yield* world.produce(record())
        yield* world.responded(1)
        yield* halt.when(has(world, "EventPlanned"))
        yield* world.answer(reply("SIM"))
        yield* world.until(halt.met)
        yield* session.lose
        const sent = (yield* written(world)).length
        const facts = (yield* world.facts(fixtureId)).length
        yield* world.serviceNow.faults.add({ kind: "lateInsert", delayMs: 40_000, match: { method: "PATCH" } })
        const other = yield* locks.process
        yield* world.startOwning(other.layer)
        yield* world.until(Effect.map(written(world), ({ length }) => length > sent))
        yield* other.lose
        assert.lengthOf(yield* world.facts(fixtureId), facts)
        yield* session.begin
        yield* world.responded(2)
        assert.deepStrictEqual((yield* written(world)).slice(sent), ["PATCH case"])
      })
  )
})
