import { Deferred, Effect } from "effect"

import type { Beginning } from "../../services/Beginning.ts"
import type { Patience } from "../../services/Breakers.ts"
import { Line } from "./Line.ts"

/** A call that waits for its leave. */
export interface Waiter {
  readonly patience: Patience
  /** Whether its work has begun (`HasBegun`). */
  readonly begun: boolean
  /** What is over when it is admitted. */
  readonly beginning: Beginning
  /** Whether it is the probe; `opened` where the breaker has opened instead: there is another one to wait for then. */
  leave: Deferred.Deferred<boolean | "opened">
  admitted: boolean
  /** Admitted, or no longer waiting. */
  gone: boolean
}

export const makeWaiter = (patience: Patience, begun: boolean, beginning: Beginning): Waiter => ({
  patience,
  begun,
  beginning,
  leave: Deferred.makeUnsafe(),
  admitted: false,
  gone: false
})

/**
 * Calls in the order in which they came, those of work that has begun before those of work that only begins: what waits to begin holds
 * little, and what has begun ends sooner.
 */
export class Queue {
  private readonly begun = new Line()
  private readonly beginning = new Line()

  add(waiter: Waiter): void {
    if (waiter.begun) this.begun.add(waiter)
    else this.beginning.add(waiter)
  }

  remove(waiter: Waiter): void {
    waiter.gone = true
  }

  /** The first. */
  first(): Waiter | undefined {
    return this.begun.first() ?? this.beginning.first()
  }

  /** The first of an operation that has not been a probe yet: a call that fails by itself must not be the only one asked. */
  fresh(): Waiter | undefined {
    return this.all().find(({ patience }) => !patience.probed)
  }

  /** Those who wait learn that the breaker has opened: from now on their patience counts. */
  opened(): void {
    // Whoever is told goes on at once, and may leave.
    for (const waiter of this.all()) {
      const told = waiter.leave
      waiter.leave = Deferred.makeUnsafe()
      Deferred.doneUnsafe(told, Effect.succeed("opened"))
    }
  }

  admit(waiter: Waiter, probe: boolean): void {
    waiter.gone = true
    waiter.admitted = true
    waiter.patience.probe = probe
    if (probe) waiter.patience.probed = true
    Deferred.doneUnsafe(waiter.leave, Effect.succeed(probe))
    waiter.beginning.over()
  }

  private all(): ReadonlyArray<Waiter> {
    return [...this.begun.all(), ...this.beginning.all()]
  }
}
