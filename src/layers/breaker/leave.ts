import { type Clock, Deferred, Effect, type Latch } from "effect"

import { GivenUp, type Patience, WantedUntil } from "../../services/Breakers.ts"
import type { Gate } from "./Gate.ts"
import type { Waiter } from "./Queue.ts"

interface LeaveOptions<Reason> {
  readonly gate: Gate<Reason>
  /** Open while the breaker is not closed. */
  readonly opened: Latch.Latch
  /** Open while the breaker is closed. */
  readonly closed: Latch.Latch
  readonly clock: Clock.Clock
  /** BREAKER_MAX_WAIT, milliseconds. */
  readonly maxWait: number
}

/** How a call waits for its leave; the leave says whether it is the probe. */
export const makeLeave = <Reason>({ clock, closed, gate, maxWait, opened }: LeaveOptions<Reason>) => {
  /** Fails when the breaker has been open for too long; a wait for a slot alone does not count. */
  const patienceEnds = Effect.fnUntraced(function* (patience: Patience): Effect.fn.Return<never, GivenUp<Reason>> {
    const wantedUntil = yield* WantedUntil
    for (;;) {
      yield* opened.await
      const began = clock.currentTimeMillisUnsafe()
      const left = Math.min(maxWait - patience.waited, wantedUntil - began)
      yield* Effect.raceFirst(closed.await, Effect.sleep(Math.max(0, left))).pipe(
        Effect.ensuring(Effect.sync(() => (patience.waited += clock.currentTimeMillisUnsafe() - began)))
      )
      const { breaker } = gate
      if (breaker._tag === "Closed" || clock.currentTimeMillisUnsafe() - began < left) continue
      return yield* Effect.fail(new GivenUp(breaker.reason))
    }
  })

  /** While the breaker is closed a call waits for its slot alone: that takes no fibers. */
  const leaveOf = (waiter: Waiter): Effect.Effect<boolean, GivenUp<Reason>> =>
    Effect.suspend(() => {
      const leave = Deferred.await(waiter.leave)
      return Effect.flatMap(
        gate.breaker._tag === "Closed" ? leave : Effect.raceFirst(leave, patienceEnds(waiter.patience)),
        (said) => (said === "opened" ? leaveOf(waiter) : Effect.succeed(said))
      )
    })

  return leaveOf
}
