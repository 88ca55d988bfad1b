import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"

import { makeLeases } from "../../../src/layers/database/leases.ts"
import { always, bothLeases } from "../../../src/services/Ownership.ts"

describe("claims", () => {
  it.effect("DESIGN Ownership: a lock holds for 6 s after the call that proved it began", () =>
    Effect.gen(function* () {
      const claims = yield* makeLeases
      claims.taken(["a"], yield* claims.now)
      const lease = yield* claims.lease("a")
      yield* TestClock.adjust("5999 millis")
      assert.isTrue(lease.holds())
      yield* TestClock.adjust("1 millis")
      assert.isFalse(lease.holds())
      claims.confirmed(["a"], yield* claims.now)
      assert.isTrue(lease.holds())
    })
  )

  it.effect("DESIGN Ownership: who takes a lock reckons with the old holder's proof for as long", () =>
    Effect.gen(function* () {
      const claims = yield* makeLeases
      yield* TestClock.adjust("1 minute")
      claims.taken(["a"], yield* claims.now)
      claims.taken(["kernel"], always)
      assert.strictEqual((yield* claims.lease("a")).validFrom, 66_000)
      assert.strictEqual((yield* claims.lease("kernel")).validFrom, 60_000)
    })
  )

  it.effect("DESIGN Ownership: what waits for proof goes on when the lock turns out to be held still", () =>
    Effect.gen(function* () {
      const claims = yield* makeLeases
      claims.taken(["a"], yield* claims.now)
      const lease = yield* claims.lease("a")
      yield* TestClock.adjust("1 minute")
      const waiting = yield* Effect.forkChild(lease.awaitValid)
      yield* TestClock.adjust("1 second")
      assert.isUndefined(waiting.pollUnsafe())
      claims.confirmed(["a"], yield* claims.now)
      yield* TestClock.adjust("100 millis")
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(waiting)))
    })
  )

  it.effect("DESIGN Ownership: a lock that was lost and taken again is another one: whoever waits is interrupted", () =>
    Effect.gen(function* () {
      const claims = yield* makeLeases
      claims.taken(["a"], yield* claims.now)
      const old = yield* claims.lease("a")
      claims.lost(["a"])
      claims.taken(["a"], yield* claims.now)
      assert.isFalse(old.holds())
      assert.isTrue(Exit.hasInterrupts(yield* Effect.exit(old.awaitValid)))
      assert.isTrue((yield* claims.lease("a")).holds())
    })
  )

  it.effect("DESIGN Ownership: a claim to what is not held waits until it is; a confirmation alone gives nothing", () =>
    Effect.gen(function* () {
      const claims = yield* makeLeases
      claims.confirmed(["a"], yield* claims.now)
      const waiting = yield* Effect.forkChild(claims.lease("a"))
      yield* TestClock.adjust("1 minute")
      assert.isUndefined(waiting.pollUnsafe())
      claims.taken(["a"], yield* claims.now)
      yield* TestClock.adjust("100 millis")
      assert.isTrue((yield* Fiber.join(waiting)).holds())
    })
  )

  it.effect("DESIGN Ownership: of two clocks the one that has gone further counts", () =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      let asleep = 0
      const claims = yield* makeLeases.pipe(
        Effect.provideService(Clock.Clock, {
          ...clock,
          currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + asleep,
          monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe()
        })
      )
      claims.taken(["a"], yield* claims.now)
      const lease = yield* claims.lease("a")
      asleep = 7000
      assert.isFalse(lease.holds())
    })
  )

  it.effect("DESIGN Ownership: where two locks are needed, both have to hold", () =>
    Effect.gen(function* () {
      const claims = yield* makeLeases
      claims.taken(["shard"], yield* claims.now)
      yield* TestClock.adjust("3 seconds")
      claims.taken(["database"], yield* claims.now)
      const both = bothLeases(yield* claims.lease("shard"), yield* claims.lease("database"))
      assert.strictEqual(both.validFrom, 9000)
      assert.isTrue(both.holds())
      yield* TestClock.adjust("3 seconds")
      assert.isFalse(both.holds())
      const waiting = yield* Effect.forkChild(both.awaitValid)
      yield* TestClock.adjust("1 second")
      assert.isUndefined(waiting.pollUnsafe())
      claims.confirmed(["shard"], yield* claims.now)
      yield* TestClock.adjust("100 millis")
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(waiting)))
    })
  )
})
