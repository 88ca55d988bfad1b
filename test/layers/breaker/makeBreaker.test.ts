import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Latch, References } from "effect"
import { TestClock } from "effect/testing"

import { NotConnected, type WeniReason } from "../../../src/domain/vendor/failureReasons.ts"
import { makeBreaker } from "../../../src/layers/breaker/makeBreaker.ts"
import { makeWaitBudget } from "../../../src/services/Breakers.ts"

const reason: WeniReason = new NotConnected({ detail: "ECONNREFUSED" })

it.effect("SPEC 9.2: a call that is interrupted while it opens the breaker does not leave it open forever", () =>
  Effect.gen(function* () {
    const told = yield* Latch.make(true)
    const { breaker } = yield* makeBreaker<WeniReason>({
      dependency: "weni",
      concurrency: 2,
      limits: { failures: 1, reset: 30_000, maxWait: 100_000 },
      changed: told.await
    })
    const opening = yield* Effect.forkChild(
      breaker.pass(makeWaitBudget(), (pass) => Effect.andThen(told.close, pass.report({ _tag: "Failed", reason }))),
      { startImmediately: true }
    )
    assert.isTrue((yield* breaker.status).open)
    const interrupting = yield* Effect.forkChild(Fiber.interrupt(opening), { startImmediately: true })
    yield* told.open
    yield* Fiber.join(interrupting)

    const probe = yield* Effect.forkChild(
      breaker.pass(makeWaitBudget(), (pass) => Effect.as(pass.report({ _tag: "Alive" }), pass.probe)),
      { startImmediately: true }
    )
    yield* TestClock.adjust(30_000)
    assert.isTrue(yield* Fiber.join(probe))
    assert.isFalse((yield* breaker.status).open)
  })
)

it.effect(
  "SPEC 9.2: a call that is interrupted at any step of its report does not leave the breaker open forever",
  () =>
    Effect.forEach(
      Array.from({ length: 60 }, (_, index) => index + 8),
      Effect.fnUntraced(function* (steps) {
        const { breaker } = yield* makeBreaker<WeniReason>({
          dependency: "weni",
          concurrency: 2,
          limits: { failures: 1, reset: 30_000, maxWait: 100_000 },
          changed: Effect.void
        })
        const opening = yield* breaker
          .pass(makeWaitBudget(), (pass) => pass.report({ _tag: "Failed", reason }))
          .pipe(
            Effect.provideService(References.MaxOpsBeforeYield, steps),
            Effect.forkChild({ startImmediately: true })
          )
        yield* Fiber.interrupt(opening)
        const next = yield* Effect.forkChild(
          breaker.pass(makeWaitBudget(), (pass) => pass.report({ _tag: "Alive" })),
          { startImmediately: true }
        )
        yield* TestClock.adjust(30_000)
        assert.isDefined(next.pollUnsafe(), `interrupted after ${steps} steps`)
      }),
      { discard: true }
    )
)
