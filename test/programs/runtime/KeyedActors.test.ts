import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Option } from "effect"
import { TestClock } from "effect/testing"

import { makeKeyedActors } from "../../../src/programs/runtime/KeyedActors.ts"

/** Numbered actors: the first one made is 1. */
const numbered = Effect.suspend(() => {
  let made = 0
  return makeKeyedActors(() => ++made)
})

const own = (actor: number) => Effect.succeed(actor)

/** Begins at once, in the order of the lines. */
const begin = <A, E, R>(asked: Effect.Effect<A, E, R>) => Effect.forkChild(asked, { startImmediately: true })

/** Work that notes its beginning, and ends when the test lets it. */
const work = Effect.fnUntraced(function* (name: string, noted: Array<string> = []) {
  const [begun, gate] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
  const run = Effect.andThen(
    Effect.andThen(
      Effect.sync(() => void noted.push(name)),
      Deferred.succeed(begun, undefined)
    ),
    Deferred.await(gate)
  )
  return { name, run: () => run, begun: Deferred.await(begun), end: Deferred.succeed(gate, undefined) }
})

const many = (count: number) => Array.from({ length: count }, (_, n) => `key ${n}`)

describe("makeKeyedActors", () => {
  it.effect("DESIGN Actors: calls for one key run one after the other, in the order in which they were made", () =>
    Effect.gen(function* () {
      const ask = yield* numbered
      const noted: Array<string> = []
      const names = ["first", "second", "third"]
      const asked = yield* Effect.forEach(names, (name) =>
        Effect.gen(function* () {
          const it = yield* work(name, noted)
          return { ...it, fiber: yield* begin(ask("a", it.run)) }
        })
      )
      for (const [index, { begun, end, fiber }] of asked.entries()) {
        yield* begun
        assert.deepStrictEqual(noted, names.slice(0, index + 1))
        yield* end
        yield* Fiber.join(fiber)
      }
    })
  )

  it.effect("SPEC 9.5: other keys do not wait", () =>
    Effect.gen(function* () {
      const ask = yield* numbered
      yield* begin(ask("a", () => Effect.never))
      assert.strictEqual(yield* ask("b", own), 2)
    })
  )

  it.effect("an interrupted call leaves the queue, running or waiting, and the next call runs", () =>
    Effect.gen(function* () {
      const ask = yield* numbered
      const noted: Array<string> = []
      const [atWork, inLine, last] = [
        yield* work("at work", noted),
        yield* work("in line", noted),
        yield* work("last", noted)
      ]
      const working = yield* begin(ask("a", atWork.run))
      const waiting = yield* begin(ask("a", inLine.run))
      const next = yield* begin(ask("a", last.run))
      yield* Fiber.interrupt(waiting)
      yield* Fiber.interrupt(working)
      yield* last.begun
      assert.deepStrictEqual(noted, ["at work", "last"])
      yield* last.end
      yield* Fiber.join(next)
      // No call keeps the actor any more, so another one is made two seconds later.
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* ask("a", own), 2)
    })
  )

  it.effect("a call that fails or dies leaves the queue, too", () =>
    Effect.gen(function* () {
      const ask = yield* numbered
      assert.strictEqual(yield* Effect.flip(ask("a", () => Effect.fail("no"))), "no")
      const fault = new Error("our own fault")
      const died = yield* Effect.exit(
        ask("a", (): Effect.Effect<never> => {
          throw fault
        })
      )
      assert.strictEqual(died._tag, "Failure")
      assert.strictEqual(yield* ask("a", own), 1)
    })
  )

  it.effect("every call reaches the same actor while it is busy, however long that is", () =>
    Effect.gen(function* () {
      const ask = yield* numbered
      const { end, run } = yield* work("first")
      const first = yield* begin(ask("a", run))
      const second = yield* begin(ask("a", own))
      yield* TestClock.adjust("1 hour")
      yield* end
      yield* Fiber.join(first)
      assert.strictEqual(yield* Fiber.join(second), 1)
    })
  )

  it.effect("an actor is kept for less than two seconds after its last call, then another one is made", () =>
    Effect.gen(function* () {
      const ask = yield* numbered
      const seen: Array<number> = []
      for (const pause of [0, 1999, 1999, 2000, 1999]) {
        yield* TestClock.adjust(pause)
        seen.push(yield* ask("a", own))
      }
      assert.deepStrictEqual(seen, [1, 1, 1, 2, 2])
    })
  )

  it.effect("100 idle actors are kept at most: the longest idle one goes first", () =>
    Effect.gen(function* () {
      const ask = yield* numbered
      yield* Effect.forEach(many(100), (key) => ask(key, own))
      // Key 0 is idle for the shortest time now: key 1 is the one that has to go.
      assert.strictEqual(yield* ask("key 0", own), 1)
      assert.strictEqual(yield* ask("key 100", own), 101)
      assert.strictEqual(yield* ask("key 0", own), 1)
      assert.strictEqual(yield* ask("key 2", own), 3)
      assert.strictEqual(yield* ask("key 1", own), 102)
    })
  )

  it.effect("busy actors do not count as idle, however many there are", () =>
    Effect.gen(function* () {
      const ask = yield* numbered
      const gate = yield* Deferred.make<void>()
      const hold = (actor: number) => Effect.as(Deferred.await(gate), actor)
      const busy = yield* Effect.forEach(many(150), (key) => begin(ask(key, hold)))
      const again = yield* Effect.forEach(many(150), (key) => begin(ask(key, own)))
      yield* Deferred.succeed(gate, undefined)
      const numbers = yield* Effect.forEach(busy, Fiber.join)
      assert.deepStrictEqual(yield* Effect.forEach(again, Fiber.join), numbers)
    })
  )
})

describe("calls that do not wait for long", () => {
  /** An actor whose first call ends when the test lets it. */
  const occupied = Effect.gen(function* () {
    const ask = yield* numbered
    const noted: Array<string> = []
    const first = yield* work("first", noted)
    yield* begin(ask("a", first.run))
    yield* first.begun
    const waited: Array<string> = []
    const soon = (name: string) =>
      begin(
        ask.soon(
          "a",
          () => Effect.sync(() => noted.push(name)),
          () => waited.push(name)
        )
      )
    return { ask, first, noted, soon, waited }
  })
  const outcomes = (fibers: ReadonlyArray<Fiber.Fiber<Option.Option<number>>>) =>
    fibers.map((fiber) => {
      const exit = fiber.pollUnsafe()
      return exit === undefined ? "waits" : exit._tag === "Success" && Option.isSome(exit.value) ? "done" : "given up"
    })
  const eight = Array.from({ length: 8 }, (_, n) => `${n}`)

  it.effect("SPEC 9.5: a free actor is called at once, and `onWait` does not run", () =>
    Effect.gen(function* () {
      const ask = yield* numbered
      assert.deepStrictEqual(yield* ask.soon("a", own, () => assert.fail("waits")), Option.some(1))
    })
  )

  it.effect("SPEC 9.5: 8 wait for their turn, in order, and a further one does nothing", () =>
    Effect.gen(function* () {
      const { first, noted, soon, waited } = yield* occupied
      const fibers = yield* Effect.forEach([...eight, "8"], soon)
      assert.deepStrictEqual(outcomes(fibers), [...eight.map(() => "waits"), "given up"])
      assert.deepStrictEqual(waited, eight)
      yield* first.end
      yield* Effect.forEach(fibers, (fiber) => Fiber.join(fiber))
      assert.deepStrictEqual(noted, ["first", ...eight])
      assert.deepStrictEqual(outcomes(yield* Effect.forEach(["9"], soon)), ["done"])
    })
  )

  it.effect("SPEC 9.5: when the first has waited for 10 s, all give up, and a later one has its own 10 s", () =>
    Effect.gen(function* () {
      const { first, noted, soon } = yield* occupied
      const early = yield* Effect.forEach(["0"], soon)
      yield* TestClock.adjust("6 seconds")
      const late = yield* Effect.forEach(["1", "2"], soon)
      yield* TestClock.adjust(3999)
      assert.deepStrictEqual(outcomes([...early, ...late]), ["waits", "waits", "waits"])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(outcomes([...early, ...late]), ["given up", "given up", "given up"])
      const next = yield* Effect.forEach(["3"], soon)
      yield* TestClock.adjust(9999)
      assert.deepStrictEqual(outcomes(next), ["waits"])
      yield* first.end
      yield* TestClock.adjust(1)
      assert.deepStrictEqual([outcomes(next), noted], [["done"], ["first", "3"]])
    })
  )

  it.effect("SPEC 9.5: a call whose turn has come is not given up, however long it takes", () =>
    Effect.gen(function* () {
      const { ask, first } = yield* occupied
      const long = yield* work("long")
      const second = yield* begin(ask.soon("a", long.run))
      yield* TestClock.adjust("1 second")
      yield* first.end
      yield* long.begun
      // Its own wait no longer counts: the next one may wait for its own 10 s.
      yield* TestClock.adjust("5 seconds")
      const third = yield* begin(ask.soon("a", own))
      yield* TestClock.adjust(9999)
      assert.strictEqual(third.pollUnsafe(), undefined)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(second.pollUnsafe(), undefined)
      assert.deepStrictEqual(yield* Fiber.join(third), Option.none())
      yield* long.end
      assert.isTrue(Option.isSome(yield* Fiber.join(second)))
    })
  )
})
