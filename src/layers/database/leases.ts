import { Clock, Effect } from "effect"

import { always, type Lease, type Moment } from "../../services/Ownership.ts"

/**
 * How long a proof counts, in milliseconds: twice the interval in which locks are confirmed. A lock may be lost right after
 * it was proven, so its next holder allows the old one this much time (`Lease.validFrom`).
 */
const proofAge = 6000

/** Time between two checks whether a lease holds again. */
const pause = "100 millis"

/** One period in which this process has a lock, from taking it to losing it. */
interface Tenure {
  readonly since: number
  provenAt: Moment
}

/** The current moment on both clocks. */
export const momentOf = (clock: Clock.Clock): Moment => ({
  wall: clock.currentTimeMillisUnsafe(),
  monotonic: Number(clock.monotonicTimeNanosUnsafe()) / 1e6
})

/** Records when each lock was last proven, and makes leases of the locks. */
export const makeLeases = Effect.map(Clock.Clock, (clock) => {
  const tenures = new Map<string, Tenure>()

  const isProven = ({ provenAt }: Tenure) => {
    const { monotonic, wall } = momentOf(clock)
    return Math.max(wall - provenAt.wall, monotonic - provenAt.monotonic) < proofAge
  }

  const leaseOf = (lock: string, tenure: Tenure): Lease => {
    const has = () => tenures.get(lock) === tenure
    return {
      holds: () => has() && isProven(tenure),
      awaitValid: Effect.suspend(function wait(): Effect.Effect<void> {
        if (!has()) return Effect.interrupt
        return isProven(tenure) ? Effect.void : Effect.andThen(Effect.sleep(pause), Effect.suspend(wait))
      }),
      validFrom: tenure.since
    }
  }

  return {
    now: Effect.sync(() => momentOf(clock)),
    /** Locks that were taken by a call that began at `provenAt`. Another process may have held them until now. */
    taken: (locks: Iterable<string>, provenAt: Moment) => {
      const since = clock.currentTimeMillisUnsafe() + (provenAt === always ? 0 : proofAge)
      for (const lock of locks) tenures.set(lock, { since, provenAt })
    },
    /** Locks that are still held according to a call that began at `provenAt`. */
    confirmed: (locks: Iterable<string>, provenAt: Moment) => {
      for (const lock of locks) {
        const tenure = tenures.get(lock)
        if (tenure !== undefined) tenure.provenAt = provenAt
      }
    },
    lost: (locks: Iterable<string>) => {
      for (const lock of locks) tenures.delete(lock)
    },
    /** Waits until the lock is held, then returns its lease. */
    lease: (lock: string): Effect.Effect<Lease> =>
      Effect.suspend(function wait(): Effect.Effect<Lease> {
        const tenure = tenures.get(lock)
        return tenure !== undefined && isProven(tenure)
          ? Effect.succeed(leaseOf(lock, tenure))
          : Effect.andThen(Effect.sleep(pause), Effect.suspend(wait))
      })
  }
})
