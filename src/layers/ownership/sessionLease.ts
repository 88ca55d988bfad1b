import { type Clock, Effect } from "effect"

import type { Lease, Moment } from "../../services/Ownership.ts"

/**
 * How long a proof counts, in milliseconds. A lock may be lost right after it was proven, so whoever takes it reckons with this
 * much of its last holder (`Lease.validFrom`).
 */
const proofAge = 6000

/** Between two looks whether a lease holds again. */
const pause = "100 millis"

/** One time that this process is known to the keeper of the locks, from its first answer to its loss. */
export interface LockSession {
  /** No lock of it counts any more. */
  over: boolean
  /** One answer of the session proves all of its locks. */
  provenAt: Moment
  /** Epoch milliseconds; where it is known that nobody else had any of its locks after this time. */
  readonly validFrom?: number
}

/** Now, on both clocks. */
export const momentOf = (clock: Clock.Clock): Moment => ({
  wall: clock.currentTimeMillisUnsafe(),
  monotonic: Number(clock.monotonicTimeNanosUnsafe()) / 1e6
})

const isProven = ({ provenAt }: LockSession, clock: Clock.Clock): boolean => {
  const { monotonic, wall } = momentOf(clock)
  return Math.max(wall - provenAt.wall, monotonic - provenAt.monotonic) < proofAge
}

/** Until when the last holder of a lock that this session takes now may begin a call, epoch milliseconds. */
export const lastHolderUntil = ({ validFrom }: LockSession, clock: Clock.Clock): number =>
  validFrom ?? clock.currentTimeMillisUnsafe() + proofAge

/** The lease of a lock of this session. */
export const sessionLease = (
  session: LockSession,
  clock: Clock.Clock,
  { tenure, validFrom }: Pick<Lease, "tenure" | "validFrom">
): Lease => ({
  holds: () => !session.over && isProven(session, clock),
  awaitValid: Effect.suspend(function wait(): Effect.Effect<void> {
    if (session.over) return Effect.interrupt
    return isProven(session, clock) ? Effect.void : Effect.andThen(Effect.sleep(pause), Effect.suspend(wait))
  }),
  validFrom,
  tenure
})
