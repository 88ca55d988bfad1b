import { Deferred, Effect } from "effect"

import type { Patience } from "../../services/Breakers.ts"

/** A call that waits for its leave. */
export interface Waiter {
  readonly patience: Patience
  /** Whether it is the probe; `opened` where the breaker has opened instead: there is another one to wait for then. */
  leave: Deferred.Deferred<boolean | "opened">
  admitted: boolean
}

export const makeWaiter = (patience: Patience): Waiter => ({
  patience,
  leave: Deferred.makeUnsafe(),
  admitted: false
})

/** Calls in the order in which they came. */
export class Queue {
  private readonly waiters = new Set<Waiter>()

  add(waiter: Waiter): void {
    this.waiters.add(waiter)
  }

  remove(waiter: Waiter): void {
    this.waiters.delete(waiter)
  }

  /** The first. */
  first(): Waiter | undefined {
    for (const waiter of this.waiters) return waiter
    return undefined
  }

  /** The first of an operation that has not been a probe yet: a call that fails by itself must not be the only one asked. */
  fresh(): Waiter | undefined {
    for (const waiter of this.waiters) if (!waiter.patience.probed) return waiter
    return undefined
  }

  /** Those who wait learn that the breaker has opened: from now on their patience counts. */
  opened(): void {
    // Whoever is told goes on at once, and may leave the queue.
    const waiting = Array.from(this.waiters)
    for (const waiter of waiting) {
      const told = waiter.leave
      waiter.leave = Deferred.makeUnsafe()
      Deferred.doneUnsafe(told, Effect.succeed("opened"))
    }
  }

  admit(waiter: Waiter, probe: boolean): void {
    this.waiters.delete(waiter)
    waiter.admitted = true
    waiter.patience.probe = probe
    if (probe) waiter.patience.probed = true
    Deferred.doneUnsafe(waiter.leave, Effect.succeed(probe))
  }
}
