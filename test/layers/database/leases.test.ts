import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"

import { makeLeases } from "../../../src/layers/database/leases.ts"
import { always } from "../../../src/services/Ownership.ts"
import { bothLeases } from "../../../src/services/ShardOwnership.ts"

describe("makeLeases", () => {
  it.effect("DESIGN Ownership: a lock holds for 6 s after the call that proved it began", () =>
    Effect.gen(function* () {
      const leases = yield* makeLeases
      leases.taken(["a"], yield* leases.now)
      const lease = yield* leases.lease("a")
      yield* TestClock.adjust("5999 millis")
      assert.isTrue(lease.holds())
      yield* TestClock.adjust("1 millis")
      assert.isFalse(lease.holds())
      leases.confirmed(["a"], yield* leases.now)
      assert.isTrue(lease.holds())
    })
  )

  it.effect("DESIGN Ownership: a new holder allows for the old holder's proof for as long", () =>
    Effect.gen(function* () {
      const leases = yield* makeLeases
      yield* TestClock.adjust("1 minute")
      leases.taken(["a"], yield* leases.now)
      leases.taken(["kernel"], always)
      assert.strictEqual((yield* leases.lease("a")).validFrom, 66_000)
      assert.strictEqual((yield* leases.lease("kernel")).validFrom, 60_000)
    })
  )

  it.effect("DESIGN Ownership: work that waits for proof resumes when the lock turns out to be still held", () =>
    Effect.gen(function* () {
      const leases = yield* makeLeases
      leases.taken(["a"], yield* leases.now)
      const lease = yield* leases.lease("a")
      yield* TestClock.adjust("1 minute")
      const waiting = yield* Effect.forkChild(lease.awaitValid)
      yield* TestClock.adjust("1 second")
      assert.isUndefined(waiting.pollUnsafe())
      leases.confirmed(["a"], yield* leases.now)
      yield* TestClock.adjust("100 millis")
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(waiting)))
    })
  )

  it.effect(
    "DESIGN Ownership: a lock that was lost and taken again is a different one: waiting work is interrupted",
    () =>
      Effect.gen(function* () {
        const leases = yield* makeLeases
        leases.taken(["a"], yield* leases.now)
        const old = yield* leases.lease("a")
        leases.lost(["a"])
        leases.taken(["a"], yield* leases.now)
        assert.isFalse(old.holds())
        assert.isTrue(Exit.hasInterrupts(yield* Effect.exit(old.awaitValid)))
        assert.isTrue((yield* leases.lease("a")).holds())
      })
  )

  it.effect(
    "DESIGN Ownership: a lease of a lock that is not held waits until it is; a confirmation alone does not grant it",
    () =>
      Effect.gen(function* () {
        const leases = yield* makeLeases
        leases.confirmed(["a"], yield* leases.now)
        const waiting = yield* Effect.forkChild(leases.lease("a"))
        yield* TestClock.adjust("1 minute")
        assert.isUndefined(waiting.pollUnsafe())
        leases.taken(["a"], yield* leases.now)
        yield* TestClock.adjust("100 millis")
        assert.isTrue((yield* Fiber.join(waiting)).holds())
      })
  )

  it.effect("DESIGN Ownership: the clock that has advanced further counts", () =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      let asleep = 0
      const leases = yield* makeLeases.pipe(
        Effect.provideService(Clock.Clock, {
          ...clock,
          currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + asleep,
          monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe()
        })
      )
      leases.taken(["a"], yield* leases.now)
      const lease = yield* leases.lease("a")
      asleep = 7000
      assert.isFalse(lease.holds())
    })
  )

  it.effect("DESIGN Ownership: if two locks are needed, both must hold", () =>
    Effect.gen(function* () {
      const leases = yield* makeLeases
      leases.taken(["shard"], yield* leases.now)
      yield* TestClock.adjust("3 seconds")
      leases.taken(["database"], yield* leases.now)
      const both = bothLeases(yield* leases.lease("shard"), yield* leases.lease("database"))
      assert.strictEqual(both.validFrom, 9000)
      assert.isTrue(both.holds())
      yield* TestClock.adjust("3 seconds")
      assert.isFalse(both.holds())
      const waiting = yield* Effect.forkChild(both.awaitValid)
      yield* TestClock.adjust("1 second")
      assert.isUndefined(waiting.pollUnsafe())
      leases.confirmed(["shard"], yield* leases.now)
      yield* TestClock.adjust("100 millis")
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(waiting)))
    })
  )
})
