import { assert, it } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"

import { abandonOnInterrupt } from "../../../src/layers/database/abandonOnInterrupt.ts"

it.effect("SPEC 9.1: interrupting a statement that cannot be interrupted does not wait for it", () =>
  Effect.gen(function* () {
    const call = yield* Effect.forkChild(abandonOnInterrupt(Effect.uninterruptible(Effect.never)), {
      startImmediately: true
    })
    yield* Fiber.interrupt(call)
    assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(call)))
  })
)

it.effect("SPEC 9.1: an abandoned statement is interrupted in the background, which cancels it", () =>
  Effect.gen(function* () {
    let interrupted = false
    const statement = Effect.onInterrupt(Effect.never, () => Effect.sync(() => void (interrupted = true)))
    const call = yield* Effect.forkChild(abandonOnInterrupt(statement), { startImmediately: true })
    yield* Fiber.interrupt(call)
    yield* Effect.yieldNow
    assert.isTrue(interrupted)
  })
)

it.effect("a statement that ends is answered as it is", () =>
  Effect.gen(function* () {
    assert.strictEqual(yield* abandonOnInterrupt(Effect.succeed("row")), "row")
    assert.strictEqual(yield* Effect.flip(abandonOnInterrupt(Effect.fail("refused"))), "refused")
  })
)
