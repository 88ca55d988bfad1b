import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Latch, Option, type Scope } from "effect"

import type { Lease, Ownership } from "../../src/services/Ownership.ts"

/** One process: its locks, and how it loses them. */
export interface OwningProcess {
  readonly ownership: Ownership["Service"]
  /** Ends its lock session, and starts another one. */
  readonly loseSession: Effect.Effect<void>
  /** Ends the process, as `kill -9` does. */
  readonly die: Effect.Effect<void>
}

export interface OwnershipContract {
  readonly name: string
  /** Processes that share their locks. Each call of `start` adds one. */
  readonly world: Effect.Effect<
    { readonly start: Effect.Effect<OwningProcess, never, Scope.Scope> },
    never,
    Scope.Scope
  >
  /** Waits for so many milliseconds. */
  readonly pass: (millis: number) => Effect.Effect<void>
  readonly test: typeof it.effect
}

const step = 25

/** What holds for every layer of `Ownership` that several processes can share. */
export const ownershipContract = ({ name, pass, test, world }: OwnershipContract): void => {
  const until = Effect.fnUntraced(function* (what: string, condition: () => boolean, within = 20_000) {
    for (let passed = 0; passed < within; passed += step) {
      if (condition()) return
      yield* pass(step)
    }
    return assert.fail(`${what}: not within ${within} ms`)
  })
  const joined = Effect.fnUntraced(function* <A, E>(fiber: Fiber.Fiber<A, E>) {
    yield* until("the end", () => fiber.pollUnsafe() !== undefined)
    return yield* Fiber.join(fiber)
  })
  /** Two processes. */
  const two = Effect.gen(function* () {
    const { start } = yield* world
    return { a: yield* start, b: yield* start }
  })
  /** A run that logs its start, and ends on request. */
  const makeRun = (log: Array<string>, run: string) => {
    const end = Latch.makeUnsafe(false)
    const work = (_: Lease) =>
      Effect.gen(function* () {
        log.push(`${run} begins`)
        yield* end.await
        log.push(`${run} ends`)
        return run
      })
    return { work, end: Effect.sync(() => end.openUnsafe()) }
  }

  describe(`Ownership ${name}`, () => {
    test("DESIGN Ownership: one process at a time works on a communication; the other one follows when it has ended", () =>
      Effect.gen(function* () {
        const { a, b } = yield* two
        const log: Array<string> = []
        const [first, second] = [makeRun(log, "a"), makeRun(log, "b")]
        const one = yield* Effect.forkChild(a.ownership.hold("communication", "1", first.work))
        yield* until("a", () => log.includes("a begins"))
        const other = yield* Effect.forkChild(b.ownership.hold("communication", "1", second.work))
        yield* pass(3000)
        assert.deepStrictEqual(log, ["a begins"])
        yield* Effect.andThen(first.end, second.end)
        assert.deepStrictEqual([yield* joined(one), yield* joined(other)], ["a", "b"])
        assert.deepStrictEqual(log, ["a begins", "a ends", "b begins", "b ends"])
      }))

    test("DESIGN Ownership: runs of two ids, or of two kinds with one id, do not wait for each other", () =>
      Effect.gen(function* () {
        const { a, b } = yield* two
        const log: Array<string> = []
        const run = makeRun(log, "a")
        yield* Effect.forkChild(a.ownership.hold("communication", "1", run.work))
        yield* until("a", () => log.includes("a begins"))
        const others = yield* Effect.forkChild(
          Effect.all([
            b.ownership.hold("communication", "2", () => Effect.succeed(2)),
            b.ownership.hold("record", "1", () => Effect.succeed(3))
          ])
        )
        assert.deepStrictEqual(yield* joined(others), [2, 3])
        yield* run.end
      }))

    test("DESIGN The sweep: a caller that does not wait gets a free lock, and none that another process has", () =>
      Effect.gen(function* () {
        const { a, b } = yield* two
        const log: Array<string> = []
        const run = makeRun(log, "a")
        const busy = yield* Effect.forkChild(a.ownership.hold("communication", "1", run.work))
        yield* until("a", () => log.includes("a begins"))
        const tried = b.ownership.tryHold("communication", "1", () => Effect.succeed("b"))
        assert.deepStrictEqual(yield* joined(yield* Effect.forkChild(tried)), Option.none())
        yield* run.end
        yield* joined(busy)
        yield* pass(200)
        assert.deepStrictEqual(yield* joined(yield* Effect.forkChild(tried)), Option.some("b"))
      }))

    test("DESIGN Ownership: two runs of one process share a lock, which is free after both have ended", () =>
      Effect.gen(function* () {
        const { a, b } = yield* two
        const log: Array<string> = []
        const [first, second, third] = [makeRun(log, "1"), makeRun(log, "2"), makeRun(log, "3")]
        const one = yield* Effect.forkChild(a.ownership.hold("record", "x", first.work))
        const two_ = yield* Effect.forkChild(a.ownership.hold("record", "x", second.work))
        yield* until("both", () => log.length === 2)
        const other = yield* Effect.forkChild(b.ownership.hold("record", "x", third.work))
        yield* first.end
        yield* joined(one)
        yield* pass(2000)
        assert.deepStrictEqual(log, ["1 begins", "2 begins", "1 ends"])
        yield* Effect.andThen(second.end, third.end)
        yield* joined(two_)
        assert.strictEqual(yield* joined(other), "3")
      }))

    test("DESIGN Ownership: a lock is released if its requester no longer waits for it", () =>
      Effect.gen(function* () {
        const { a, b } = yield* two
        const log: Array<string> = []
        const run = makeRun(log, "a")
        const busy = yield* Effect.forkChild(a.ownership.hold("communication", "1", run.work))
        yield* until("a", () => log.includes("a begins"))
        const gone = yield* Effect.forkChild(b.ownership.hold("communication", "1", () => Effect.succeed("b")))
        yield* pass(500)
        yield* Fiber.interrupt(gone)
        // It requests the lock and leaves in one turn of the event loop, so the answer arrives too late.
        const hasty = yield* Effect.forkChild(b.ownership.hold("communication", "2", () => Effect.never))
        yield* Effect.yieldNow
        yield* Fiber.interrupt(hasty)
        yield* run.end
        yield* joined(busy)
        const again = a.ownership.hold("communication", "2", () => Effect.succeed("free"))
        assert.strictEqual(yield* joined(yield* Effect.forkChild(again)), "free")
      }))

    test("DESIGN Ownership: a busy id goes to the waiting process after the current run", () =>
      Effect.gen(function* () {
        const { a, b } = yield* two
        let runs = 0
        const short = a.ownership.hold("communication", "1", () =>
          Effect.andThen(
            Effect.sync(() => runs++),
            Effect.sleep(100)
          )
        )
        const busy = yield* Effect.forkChild(Effect.forever(short))
        yield* until("runs", () => runs > 1)
        const other = yield* Effect.forkChild(b.ownership.hold("communication", "1", () => Effect.sync(() => runs)))
        const before = runs
        const seen = yield* joined(other)
        assert.isAtMost(seen - before, 2)
        yield* until("it goes on", () => runs > seen)
        yield* Fiber.interrupt(busy)
      }))

    test("DESIGN Ownership: a lost session ends all leases at once; the open call ends, and the run starts again", () =>
      Effect.gen(function* () {
        const { a } = yield* two
        const log: Array<string> = []
        const leases: Array<Lease> = []
        const call = Latch.makeUnsafe(false)
        const running = yield* Effect.forkChild(
          a.ownership.hold("communication", "1", (lease) =>
            Effect.gen(function* () {
              leases.push(lease)
              log.push(`run ${leases.length}`)
              if (leases.length > 1) return "again"
              yield* Effect.uninterruptible(
                Effect.andThen(
                  call.await,
                  Effect.sync(() => log.push("call ended"))
                )
              )
              yield* Effect.sync(() => log.push("a further step"))
              return "not taken anew"
            })
          )
        )
        yield* until("run", () => leases.length === 1)
        assert.isTrue(leases[0]?.holds())
        yield* a.loseSession
        yield* until("loss", () => leases[0]?.holds() === false)
        yield* pass(3000)
        assert.deepStrictEqual(log, ["run 1"])
        call.openUnsafe()
        assert.strictEqual(yield* joined(running), "again")
        assert.deepStrictEqual(log, ["run 1", "call ended", "run 2"])
        assert.isFalse(leases[0]?.holds())
        assert.isTrue(Exit.hasInterrupts(yield* Effect.exit(leases[0]?.awaitValid ?? Effect.void)))
      }))

    test("DESIGN Ownership: another process gets the locks of a process whose session has ended", () =>
      Effect.gen(function* () {
        const { a, b } = yield* two
        const log: Array<string> = []
        const [first, second] = [makeRun(log, "a"), makeRun(log, "b")]
        yield* Effect.forkChild(a.ownership.hold("communication", "1", first.work))
        yield* until("a", () => log.includes("a begins"))
        const other = yield* Effect.forkChild(b.ownership.hold("communication", "1", second.work))
        yield* pass(1000)
        yield* a.die
        yield* second.end
        assert.strictEqual(yield* joined(other), "b")
      }))

    test("SPEC 3.3: a run gets all of its several locks or none; a waiting run keeps no lock from others", () =>
      Effect.gen(function* () {
        const { a, b } = yield* two
        const log: Array<string> = []
        const [first, second] = [makeRun(log, "a"), makeRun(log, "b")]
        const one = yield* Effect.forkChild(a.ownership.holdAll("customer", ["phone", "e-mail"], first.work))
        yield* until("a", () => log.includes("a begins"))
        const other = yield* Effect.forkChild(
          b.ownership.holdAll("customer", ["document", "phone", "e-mail", "id"], second.work)
        )
        yield* pass(1500)
        const free = Effect.all([
          a.ownership.hold("customer", "document", () => Effect.succeed("document")),
          a.ownership.hold("customer", "id", () => Effect.succeed("id"))
        ])
        assert.deepStrictEqual(yield* joined(yield* Effect.forkChild(free)), ["document", "id"])
        assert.deepStrictEqual(log, ["a begins"])
        yield* Effect.andThen(first.end, second.end)
        assert.deepStrictEqual([yield* joined(one), yield* joined(other)], ["a", "b"])
      }))

    test("DESIGN Ownership: an interrupted run releases its lock after its open call has ended", () =>
      Effect.gen(function* () {
        const { a, b } = yield* two
        const begun = yield* Deferred.make<void>()
        const call = Latch.makeUnsafe(false)
        const running = yield* Effect.forkChild(
          a.ownership.hold("communication", "1", () =>
            Effect.andThen(Deferred.succeed(begun, undefined), Effect.uninterruptible(call.await))
          )
        )
        yield* until("begun", () => Deferred.isDoneUnsafe(begun))
        const interrupted = yield* Effect.forkChild(Fiber.interrupt(running))
        const other = yield* Effect.forkChild(b.ownership.hold("communication", "1", () => Effect.succeed("b")))
        yield* pass(2000)
        assert.isUndefined(other.pollUnsafe())
        call.openUnsafe()
        yield* joined(interrupted)
        assert.strictEqual(yield* joined(other), "b")
      }))
  })
}
