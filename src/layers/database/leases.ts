import { Clock, Effect } from "effect"

import { always, type Lease, type Moment } from "../../services/Ownership.ts"

/**
 * How long a proof counts, in milliseconds: two of the intervals in which locks are confirmed. A lock may be lost right after
 * it was proven, so whoever takes it reckons with this much of the old holder (`Claim.since`).
 */
const proofAge = 6000

/** Between two looks whether a claim holds again. */
const pause = "100 millis"

/** One time that this process has a lock, from taking it to losing it. */
interface Tenure {
  readonly since: number
  provenAt: Moment
}

/** Now, on both clocks. */
export const momentOf = (clock: Clock.Clock): Moment => ({
  wall: clock.currentTimeMillisUnsafe(),
  monotonic: Number(clock.monotonicTimeNanosUnsafe()) / 1e6
})

/** Keeps which locks were proven when, and makes claims of them. */
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
    /** Locks that were taken by a call that began at `provenAt`: others may have had them until just now. */
    taken: (locks: Iterable<string>, provenAt: Moment) => {
      const since = clock.currentTimeMillisUnsafe() + (provenAt === always ? 0 : proofAge)
      for (const lock of locks) tenures.set(lock, { since, provenAt })
    },
    /** Locks that are still held, as a call that began at `provenAt` has shown. */
    confirmed: (locks: Iterable<string>, provenAt: Moment) => {
      for (const lock of locks) {
        const tenure = tenures.get(lock)
        if (tenure !== undefined) tenure.provenAt = provenAt
      }
    },
    lost: (locks: Iterable<string>) => {
      for (const lock of locks) tenures.delete(lock)
    },
    /** Waits until the lock is held. */
    lease: (lock: string): Effect.Effect<Lease> =>
      Effect.suspend(function wait(): Effect.Effect<Lease> {
        const tenure = tenures.get(lock)
        return tenure !== undefined && isProven(tenure)
          ? Effect.succeed(leaseOf(lock, tenure))
          : Effect.andThen(Effect.sleep(pause), Effect.suspend(wait))
      })
  }
})
