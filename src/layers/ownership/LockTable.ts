import { type Clock, type Fiber, Effect, Latch } from "effect"

import { monotonicNow } from "../../domain/values/monotonicTime.ts"
import type { Moment, Lease } from "../../services/Ownership.ts"

/**
 * How long a proof counts, in milliseconds. A lock may be lost right after its proof, so the next holder assumes that
 * the last one may act for this much longer (`Lease.validFrom`).
 */
const proofAge = 6000

/** Pause between two checks of whether a lease holds again. */
const pause = "100 millis"

/** One period in which the keeper of the locks knows this process, from its first answer until its loss. */
export interface LockSession {
  /** True once none of its locks counts. */
  over: boolean
  /** When the session was last proven. One answer proves all of its locks. */
  provenAt: Moment
  /** Monotonic milliseconds. Present if no other process is known to have had any of its locks after this time. */
  readonly validFrom?: number
}

/** Returns the current time on both clocks. */
export const momentOf = (clock: Clock.Clock): Moment => ({
  wall: clock.currentTimeMillisUnsafe(),
  monotonic: monotonicNow(clock)
})

const isProven = ({ provenAt }: LockSession, clock: Clock.Clock): boolean => {
  const { monotonic, wall } = momentOf(clock)
  return Math.max(wall - provenAt.wall, monotonic - provenAt.monotonic) < proofAge
}

/** Returns until when the last holder of a lock that this session takes now may begin a call, monotonic milliseconds. */
const lastHolderUntil = ({ validFrom }: LockSession, clock: Clock.Clock): number =>
  validFrom ?? monotonicNow(clock) + proofAge

/** Returns the lease of a lock of this session. */
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

/** The name of a lock, which is the same in all processes. */
export type LockKey = string

/** The keeper of the locks of all processes, as one session sees it. A failed call ends the session. */
export interface LockKeeper<E = never> {
  /**
   * Gives locks back and tries to take others, without waiting. Returns for each of `asked`, in order, whether it was
   * taken.
   */
  exchange(given: ReadonlyArray<LockKey>, asked: ReadonlyArray<LockKey>): Effect.Effect<ReadonlyArray<boolean>, E>
  /**
   * Does the same at once for one lock. Present if the keeper is in this process, where there is nothing to gather for.
   */
  readonly direct?: { tryTake(key: LockKey): boolean; give(key: LockKey): void }
  /** Notifies all processes which locks are awaited and which ones are free now. */
  tell(words: LockWords): Effect.Effect<void, E>
}

export interface LockWords {
  readonly wanted: ReadonlyArray<LockKey>
  readonly free: ReadonlyArray<LockKey>
}

/** Milliseconds for which this process leaves a lock to the others that wanted it. */
const rest = 1000

/**
 * Turns of the event loop without a new request after which an exchange begins, and the maximum number of turns before
 * it. Both are as for appends.
 */
const quietTurns = 2
const mostTurns = 12

/** How long a process gathers requests for the keeper, in milliseconds. */
export interface LockPace {
  /** How long a lock without users may wait for an exchange that takes place anyway. */
  readonly giveWithin: number
  /** Minimum time between the starts of two exchanges. A lone exchange does not wait. */
  readonly between: () => number
}

const atOnce: LockPace = { giveWithin: 0, between: () => 0 }

/** One lock that this process has, for one user or several. */
export interface HeldLock {
  readonly key: LockKey
  readonly session: LockSession
  readonly validFrom: number
  users: number
  /** True when another process waits for it. */
  wanted: boolean
  /** The fibers that run under it. They are interrupted when it is lost. */
  readonly runs: Set<Fiber.Fiber<unknown, unknown>>
}

/** One user's request for a lock, from the request until the lock is given back. */
export interface Claim {
  readonly key: LockKey
  /**
   * True if the lock counts toward the table's bound. False for a lock that is requested under a bounded one: waiting for
   * room there could wait for itself.
   */
  readonly bounded: boolean
  lock: HeldLock | undefined
  answer: ((got: boolean) => void) | undefined
}

/**
 * The locks of this process. It counts the users of each key, so that the keeper gets one request per lock. One
 * exchange covers everything that is requested and given back in a turn of the event loop, or while the previous
 * exchange is under way.
 */
export class LockTable {
  private session: LockSession | undefined
  private readonly held = new Map<LockKey, HeldLock>()
  private readonly asking = new Map<LockKey, Array<Claim>>()
  private toAsk: Array<LockKey> = []
  /** The bounded locks that are held or requested. */
  private readonly counted = new Set<LockKey>()
  /** Requests that wait for room, in order. */
  private queue: Array<LockKey> = []
  /** Locks that are held without users. */
  private readonly toGive = new Set<LockKey>()
  private readonly resting = new Map<LockKey, number>()
  private readonly sleeping = new Map<LockKey, Set<() => void>>()
  private wanted = new Set<LockKey>()
  /** Locks that were given back for a waiting process that has not been notified yet. */
  private freed = new Set<LockKey>()
  private direct: LockKeeper["direct"]
  private readonly open = Latch.makeUnsafe(false)
  private lostAt: number
  private readonly work = Latch.makeUnsafe(false)
  private readonly leftover = Latch.makeUnsafe(false)
  private readonly clock: Clock.Clock
  private readonly pace: LockPace
  /** When the last exchange began, on the monotonic clock, in milliseconds. */
  private exchangedAt = -Infinity

  private readonly most: number

  /** `most` bounds the locks, because the table of the server is small. */
  constructor(clock: Clock.Clock, pace: LockPace = atOnce, most = Infinity) {
    this.clock = clock
    this.pace = pace
    this.most = most
    this.lostAt = monotonicNow(clock)
  }

  /** The number of locks that this process has. */
  get size(): number {
    return this.held.size
  }

  /** Completes when there is a session. */
  get awaitSession(): Effect.Effect<void> {
    return this.open.await
  }

  /** Completes when there has been no session for this many milliseconds, as checked each second. */
  awaitLoss(millis: number): Effect.Effect<void> {
    const isLost = () => this.session === undefined && monotonicNow(this.clock) - this.lostAt >= millis
    return Effect.suspend(function look(): Effect.Effect<void> {
      return isLost() ? Effect.void : Effect.andThen(Effect.sleep("1 second"), Effect.suspend(look))
    })
  }

  ask(claim: Claim): void {
    const lock = this.held.get(claim.key)
    if (lock !== undefined && !lock.wanted) return this.grant(claim, lock)
    if (lock !== undefined || this.rests(claim.key)) return this.answer(claim, false)
    const others = this.asking.get(claim.key)
    if (others !== undefined) return void others.push(claim)
    this.asking.set(claim.key, [claim])
    if (this.session !== undefined && this.direct !== undefined)
      return this.answered(claim.key, this.direct.tryTake(claim.key), this.session)
    this.queue.push(claim.key)
    this.admit()
  }

  /** Requests waiting locks as far as there is room. Locks without users are given back at once to make room. */
  private admit(): void {
    const waiting: Array<LockKey> = []
    for (const key of this.queue) {
      const bounded = this.asking.get(key)?.[0]?.bounded
      if (bounded === undefined) this.asking.delete(key)
      else if (bounded && this.counted.size >= this.most) waiting.push(key)
      else {
        if (bounded) this.counted.add(key)
        this.toAsk.push(key)
      }
    }
    this.queue = waiting
    if (this.toAsk.length > 0 || (waiting.length > 0 && this.toGive.size > 0)) this.work.openUnsafe()
  }

  /** Ends the claim, whether or not it has been answered. */
  drop(claim: Claim): void {
    claim.answer = undefined
    const others = this.asking.get(claim.key)
    if (others?.includes(claim) === true) others.splice(others.indexOf(claim), 1)
    const { lock } = claim
    claim.lock = undefined
    if (lock === undefined || --lock.users > 0 || this.held.get(lock.key) !== lock) return
    this.giveBack(lock)
  }

  /** Notifies the others that a user waits for the lock. */
  want(key: LockKey): void {
    this.wanted.add(key)
    this.work.openUnsafe()
  }

  /** Completes when the lock is reported as free. */
  untilFree(key: LockKey): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      const sleepers = this.sleeping.get(key) ?? new Set()
      const wake = () => resume(Effect.void)
      this.sleeping.set(key, sleepers.add(wake))
      return Effect.sync(() => {
        sleepers.delete(wake)
        if (sleepers.size === 0 && this.sleeping.get(key) === sleepers) this.sleeping.delete(key)
      })
    })
  }

  /** Handles a message of another process, or of this one. */
  heard({ free, wanted }: LockWords): void {
    for (const key of wanted) {
      const lock = this.held.get(key)
      if (lock === undefined) continue
      lock.wanted = true
      if (lock.users === 0) this.work.openUnsafe()
    }
    // Collect all of them first, because a woken waiter may wait again at once.
    const woken = free.flatMap((key) => [...(this.sleeping.get(key) ?? [])])
    for (const wake of woken) wake()
  }

  proven(provenAt: Moment): void {
    if (this.session !== undefined) this.session.provenAt = provenAt
    for (const [key, until] of this.resting) if (until <= monotonicNow(this.clock)) this.resting.delete(key)
  }

  /**
   * Works with the keeper until it fails. All locks are lost then, and the waiting claims are requested in the next
   * session.
   */
  serve<E>(keeper: LockKeeper<E>, known: Pick<LockSession, "provenAt" | "validFrom">): Effect.Effect<never, E> {
    const session: LockSession = { ...known, over: false }
    const giving = Effect.gen({ self: this }, function* () {
      yield* this.leftover.await
      yield* Effect.sleep(this.pace.giveWithin)
      this.leftover.closeUnsafe()
      this.work.openUnsafe()
    })
    return Effect.suspend(() => {
      this.session = session
      this.direct = keeper.direct
      this.open.openUnsafe()
      this.toAsk = []
      this.counted.clear()
      this.queue = [...this.asking.keys()]
      this.admit()
      return Effect.raceFirst(Effect.forever(this.turn(keeper, session)), Effect.forever(giving))
    }).pipe(Effect.ensuring(Effect.sync(() => this.lose(session))))
  }

  /**
   * Waits for the requests of the next turns of the event loop, so that they share the exchange. An exchange is
   * expensive. When there is little work, the turns take no time.
   */
  private readonly gathered = Effect.gen({ self: this }, function* () {
    let quiet = 0
    for (let turn = 0; turn < mostTurns && quiet < quietTurns; turn++) {
      const before = this.toAsk.length
      yield* Effect.yieldNow
      quiet = this.toAsk.length > before ? 0 : quiet + 1
    }
  })

  private turn<E>(keeper: LockKeeper<E>, session: LockSession): Effect.Effect<void, E> {
    return Effect.gen({ self: this }, function* () {
      yield* this.work.await
      const since = monotonicNow(this.clock) - this.exchangedAt
      const least = this.pace.between()
      if (since < least) yield* Effect.sleep(least - since)
      yield* this.gathered
      this.exchangedAt = monotonicNow(this.clock)
      const given = [...this.toGive]
      for (const key of given) this.letGo(key)
      this.admit()
      this.work.closeUnsafe()
      const asked = this.toAsk.filter((key) => this.isAwaited(key))
      this.toAsk = []
      if (given.length + asked.length > 0) {
        const got = yield* keeper.exchange(given, asked)
        for (const [index, key] of asked.entries()) this.answered(key, got[index] === true, session)
      }
      const words = { wanted: [...this.wanted], free: [...this.freed] }
      this.wanted = new Set()
      this.freed = new Set()
      if (words.wanted.length + words.free.length > 0) yield* keeper.tell(words)
    })
  }

  /** Returns false when all claims on the key have been dropped. */
  private isAwaited(key: LockKey): boolean {
    if (this.asking.get(key)?.length !== 0) return true
    this.asking.delete(key)
    this.counted.delete(key)
    return false
  }

  private answered(key: LockKey, got: boolean, session: LockSession): void {
    const claims = this.asking.get(key) ?? []
    this.asking.delete(key)
    if (got) {
      const validFrom = lastHolderUntil(session, this.clock)
      const lock: HeldLock = { key, session, validFrom, users: 0, wanted: false, runs: new Set() }
      this.held.set(key, lock)
      for (const claim of claims) this.grant(claim, lock)
      // All claims were dropped during the exchange.
      if (claims.length === 0) this.giveBack(lock)
      return
    }
    this.counted.delete(key)
    for (const claim of claims) this.answer(claim, false)
    this.admit()
  }

  private grant(claim: Claim, lock: HeldLock): void {
    lock.users++
    this.toGive.delete(lock.key)
    claim.lock = lock
    this.answer(claim, true)
  }

  private answer(claim: Claim, got: boolean): void {
    const { answer } = claim
    claim.answer = undefined
    answer?.(got)
  }

  /** Removes a lock from this process. If another process wanted it, this one leaves it to the others for a while. */
  private letGo(key: LockKey): void {
    this.toGive.delete(key)
    if (this.held.get(key)?.wanted === true) {
      this.resting.set(key, monotonicNow(this.clock) + rest)
      this.freed.add(key)
    }
    this.held.delete(key)
    this.counted.delete(key)
  }

  private giveBack(lock: HeldLock): void {
    if (this.direct !== undefined) {
      this.letGo(lock.key)
      this.direct.give(lock.key)
      if (lock.wanted) this.work.openUnsafe()
      return
    }
    this.toGive.add(lock.key)
    if (lock.wanted || this.pace.giveWithin === 0 || this.queue.length > 0) this.work.openUnsafe()
    else this.leftover.openUnsafe()
  }

  private rests(key: LockKey): boolean {
    const until = this.resting.get(key)
    if (until === undefined) return false
    if (monotonicNow(this.clock) < until) return true
    this.resting.delete(key)
    return false
  }

  private lose(session: LockSession): void {
    session.over = true
    this.session = undefined
    this.lostAt = monotonicNow(this.clock)
    this.open.closeUnsafe()
    this.freed.clear()
    const lost = [...this.held.values()]
    this.held.clear()
    this.counted.clear()
    this.toGive.clear()
    for (const { runs } of lost) for (const run of runs) run.interruptUnsafe()
  }
}
