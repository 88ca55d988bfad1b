import { assert, it } from "@effect/vitest"
import { Effect, Fiber, References } from "effect"
import { TestClock } from "effect/testing"

import { NotConnected, type WeniReason } from "../../../src/domain/vendor/failureReasons.ts"
import { makeBreaker } from "../../../src/layers/breaker/makeBreaker.ts"
import { makeCallState } from "../../../src/services/Breakers.ts"

const reason: WeniReason = new NotConnected({ detail: "ECONNREFUSED" })

it.effect(
  "SPEC 9.2: a call that is interrupted at any step of its report does not leave the breaker open forever",
  () =>
    Effect.forEach(
      Array.from({ length: 60 }, (_, index) => index + 8),
      Effect.fnUntraced(function* (steps) {
        const breaker = yield* makeBreaker<WeniReason>({
          dependency: "weni",
          concurrency: 2,
          limits: { after: 3000, failures: 1, reset: 5000, maxWait: 100_000, retryAfterMax: 100_000 },
          retry: { attempts: 5, baseDelay: 500, maxDelay: 30_000 }
        })
        const opening = yield* breaker
          .pass(makeCallState(), (pass) => pass.report({ _tag: "Failed", reason }))
          .pipe(
            Effect.provideService(References.MaxOpsBeforeYield, steps),
            Effect.forkChild({ startImmediately: true })
          )
        yield* Fiber.interrupt(opening)
        const next = yield* Effect.forkChild(
          breaker.pass(makeCallState(), (pass) => pass.report({ _tag: "Alive" })),
          { startImmediately: true }
        )
        yield* TestClock.adjust(5000)
        assert.isDefined(next.pollUnsafe(), `interrupted after ${steps} steps`)
      }),
      { discard: true }
    )
)
