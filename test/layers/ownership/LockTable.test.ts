import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"

import { lockOwnership } from "../../../src/layers/ownership/lockOwnership.ts"
import { type LockKey, LockTable, momentOf } from "../../../src/layers/ownership/LockTable.ts"
import type { Lease } from "../../../src/services/Ownership.ts"
import { settableClock } from "../../support/settableClock.ts"

/** Turns of the event loop, in which no time passes. */
const turns = Effect.forEach(Array.from({ length: 20 }), () => TestClock.adjust(0), { discard: true })

/** Time in small steps, with turns between them. */
const pass = (millis: number) =>
  Effect.forEach(Array.from({ length: millis / 10 }), () => Effect.andThen(TestClock.adjust(10), turns), {
    discard: true
  })

type Exchange = readonly [given: ReadonlyArray<LockKey>, asked: ReadonlyArray<LockKey>]

/** A process with a keeper that grants every request, and the exchanges between them. */
const process = Effect.fnUntraced(function* (most?: number) {
  const clock = yield* Clock.Clock
  const table = new LockTable(clock, { giveWithin: 50, between: () => 5 }, most)
  const exchanges: Array<Exchange> = []
  const serving = table.serve(
    {
      exchange: (given, asked) =>
        Effect.sync(() => {
          exchanges.push([given, asked])
          return asked.map(() => true)
        }),
      tell: () => Effect.void
    },
    { provenAt: momentOf(clock) }
  )
  const session = yield* Effect.forkScoped(serving)
  return { table, exchanges, session, ownership: lockOwnership(table, clock, (_, id) => id), clock }
})

/** The lease of a run that never ends. */
const leaseIn = Effect.fnUntraced(function* ({ ownership }: Effect.Success<ReturnType<typeof process>>, id = "a") {
  let lease: Lease | undefined
  yield* Effect.forkScoped(
    ownership.hold("communication", id, (held) => {
      lease = held
      return Effect.never
    })
  )
  yield* turns
  return lease ?? assert.fail("no lease")
})

describe("the locks of a process", () => {
  it.effect("DESIGN Ownership: requests of one turn share an exchange, and released locks go with the next one", () =>
    Effect.gen(function* () {
      const { exchanges, ownership } = yield* process()
      const run = (id: string) => ownership.hold("communication", id, () => Effect.sleep(10))
      yield* Effect.forkChild(Effect.forEach(["a", "b", "c"], run, { concurrency: "unbounded" }))
      yield* turns
      yield* pass(20)
      yield* Effect.forkChild(run("d"))
      yield* turns
      yield* pass(100)
      assert.deepStrictEqual(exchanges, [
        [[], ["a", "b", "c"]],
        [["a", "b", "c"], ["d"]],
        [["d"], []]
      ])
    })
  )

  it.effect("DESIGN Ownership: two exchanges are five milliseconds apart, and the first one does not wait", () =>
    Effect.gen(function* () {
      const { exchanges, ownership } = yield* process()
      const run = (id: string) => ownership.hold("communication", id, () => Effect.never)
      yield* Effect.forkChild(run("a"))
      yield* turns
      yield* Effect.forkChild(run("b"))
      yield* turns
      assert.deepStrictEqual(exchanges, [[[], ["a"]]])
      yield* TestClock.adjust(3)
      yield* Effect.forkChild(run("c"))
      yield* turns
      assert.lengthOf(exchanges, 1)
      yield* TestClock.adjust(2)
      yield* turns
      assert.deepStrictEqual(exchanges, [
        [[], ["a"]],
        [[], ["b", "c"]]
      ])
    })
  )

  it.effect(
    "DESIGN Ownership: beyond the bound requests wait in order, and a lock without users makes room at once",
    () =>
      Effect.gen(function* () {
        const { exchanges, ownership, table } = yield* process(2)
        const run = (id: string, millis: number) => ownership.hold("communication", id, () => Effect.sleep(millis))
        yield* Effect.forkChild(
          Effect.forEach(["a", "b", "c", "d", "e"], (id, index) => run(id, id === "a" ? 1000 : 100 + 10 * index), {
            concurrency: "unbounded"
          })
        )
        yield* turns
        assert.deepStrictEqual(exchanges, [[[], ["a", "b"]]])
        yield* pass(120)
        assert.deepStrictEqual(exchanges, [
          [[], ["a", "b"]],
          [["b"], ["c"]]
        ])
        assert.strictEqual(table.size, 2)
        yield* pass(260)
        assert.deepStrictEqual(exchanges.slice(2), [
          [["c"], ["d"]],
          [["d"], ["e"]]
        ])
      })
  )

  it.effect(
    "DESIGN Ownership: the locks of a customer do not wait for room, because a communication waits for them",
    () =>
      Effect.gen(function* () {
        const { exchanges, ownership } = yield* process(1)
        const creation = ownership.holdAll("customer", ["x", "y"], () => Effect.sleep(10))
        yield* Effect.forkChild(ownership.hold("communication", "a", () => creation))
        yield* turns
        yield* pass(20)
        assert.deepStrictEqual(exchanges.slice(0, 2), [
          [[], ["a"]],
          [[], ["x", "y"]]
        ])
      })
  )

  it.effect("DESIGN Ownership: a request that is dropped while it waits for room takes none", () =>
    Effect.gen(function* () {
      const { exchanges, ownership } = yield* process(1)
      yield* Effect.forkChild(ownership.hold("communication", "a", () => Effect.sleep(50)))
      yield* turns
      const dropped = yield* Effect.forkChild(ownership.hold("communication", "b", () => Effect.never))
      yield* Effect.forkChild(ownership.hold("communication", "c", () => Effect.never))
      yield* turns
      yield* Fiber.interrupt(dropped)
      yield* pass(70)
      assert.deepStrictEqual(exchanges, [
        [[], ["a"]],
        [["a"], ["c"]]
      ])
    })
  )

  it.effect("DESIGN Ownership: requests that wait for room are repeated in the next session, in order", () =>
    Effect.gen(function* () {
      const one = yield* process(1)
      const hold = (id: string) => one.ownership.hold("communication", id, () => Effect.never)
      yield* Effect.forkChild(hold("a"))
      yield* turns
      yield* Effect.forkChild(hold("b"))
      yield* turns
      yield* Fiber.interrupt(one.session)
      const asked: Array<ReadonlyArray<LockKey>> = []
      const keeper = {
        exchange: (_: ReadonlyArray<LockKey>, keys: ReadonlyArray<LockKey>) =>
          Effect.sync(() => {
            asked.push(keys)
            return keys.map(() => true)
          }),
        tell: () => Effect.void
      }
      yield* Effect.forkScoped(one.table.serve(keeper, { provenAt: momentOf(one.clock) }))
      yield* pass(20)
      assert.deepStrictEqual(asked, [["b"]])
      assert.strictEqual(one.table.size, 1)
    })
  )

  it.effect("DESIGN Ownership: a lock that was just released is taken again without an exchange", () =>
    Effect.gen(function* () {
      const { exchanges, ownership, table } = yield* process()
      const run = ownership.hold("communication", "a", () => Effect.sleep(10))
      yield* Effect.forkChild(Effect.andThen(run, run))
      yield* turns
      yield* pass(20)
      assert.deepStrictEqual(exchanges, [[[], ["a"]]])
      assert.strictEqual(table.size, 1)
      yield* pass(100)
      assert.deepStrictEqual(exchanges, [
        [[], ["a"]],
        [["a"], []]
      ])
      assert.strictEqual(table.size, 0)
    })
  )

  it.effect("DESIGN Ownership: a lock holds for 6 s after the call that proved its session began", () =>
    Effect.gen(function* () {
      const one = yield* process()
      const lease = yield* leaseIn(one)
      yield* TestClock.adjust(5999)
      assert.isTrue(lease.holds())
      yield* TestClock.adjust(1)
      assert.isFalse(lease.holds())
      const waiting = yield* Effect.forkChild(lease.awaitValid)
      yield* TestClock.adjust("1 minute")
      assert.isUndefined(waiting.pollUnsafe())
      one.table.proven(momentOf(one.clock))
      assert.isTrue(lease.holds())
      yield* TestClock.adjust(100)
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(waiting)))
    })
  )

  it.effect("DESIGN Ownership: the next holder of a lock counts on its last holder's proof for as long", () =>
    Effect.gen(function* () {
      const one = yield* process()
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* leaseIn(one)).validFrom, 66_000)
    })
  )

  for (const [what, jump, elapsed] of [
    ["the wall clock, after a sleep of the machine", 7000, 0],
    ["the monotonic clock, after the wall clock was set back", -7_200_000, 6000]
  ] as const) {
    it.effect(`DESIGN Ownership: of two clocks the one that has gone further counts: ${what}`, () =>
      Effect.gen(function* () {
        const { clock, jump: setBy } = yield* settableClock
        const one = yield* process().pipe(Effect.provideService(Clock.Clock, clock))
        const lease = yield* leaseIn(one)
        setBy(jump)
        assert.strictEqual(lease.holds(), jump < 0)
        yield* TestClock.adjust(elapsed)
        assert.isFalse(lease.holds())
      })
    )
  }

  it.effect("DESIGN Ownership: the last holder's proof ends by the monotonic clock, whatever the wall clock says", () =>
    Effect.gen(function* () {
      const { clock, jump } = yield* settableClock
      const one = yield* process().pipe(Effect.provideService(Clock.Clock, clock))
      jump(1_200_000)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* leaseIn(one)).validFrom, 66_000)
    })
  )

  it.effect("DESIGN Ownership: without a session nothing runs, and requests made meanwhile go to the next one", () =>
    Effect.gen(function* () {
      const { exchanges, ownership, session, table, clock } = yield* process()
      yield* TestClock.adjust(1)
      yield* Fiber.interrupt(session)
      const asked = yield* Effect.forkChild(ownership.hold("communication", "a", () => Effect.succeed("a")))
      yield* TestClock.adjust("1 minute")
      assert.isUndefined(asked.pollUnsafe())
      const next = table.serve(
        { exchange: (_, keys) => Effect.succeed(keys.map(() => true)), tell: () => Effect.void },
        { provenAt: momentOf(clock) }
      )
      yield* Effect.forkScoped(next)
      yield* turns
      assert.strictEqual(yield* Fiber.join(asked), "a")
      assert.lengthOf(exchanges, 0)
    })
  )
})
