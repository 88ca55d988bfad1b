import { Deferred, Effect } from "effect"

import type { Patience } from "../../services/Breakers.ts"

/** A call that waits for its leave. */
export interface Waiter {
  readonly patience: Patience
  /** Whether it is the probe. */
  readonly leave: Deferred.Deferred<boolean>
  admitted: boolean
}

export const makeWaiter = (patience: Patience): Waiter => ({
  patience,
  leave: Deferred.makeUnsafe<boolean>(),
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

  admit(waiter: Waiter, probe: boolean): void {
    this.waiters.delete(waiter)
    waiter.admitted = true
    waiter.patience.probe = probe
    if (probe) waiter.patience.probed = true
    Deferred.doneUnsafe(waiter.leave, Effect.succeed(probe))
  }
}
