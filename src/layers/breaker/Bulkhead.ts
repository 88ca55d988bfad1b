import { Deferred, Effect } from "effect"

import { attempted, type CircuitState, closed, elapsed, type CallOutcome } from "../../domain/vendor/breaker.ts"
import type { WaitBudget, Admission } from "../../services/Breakers.ts"
import type { BreakerSettings } from "../../services/Settings.ts"

/** A call that waits for its permit. */
export interface Waiter {
  readonly waitBudget: WaitBudget
  /** Whether the call belongs to work in progress, not to work that still holds its `StartPermit`. */
  readonly inProgress: boolean
  /**
   * Completes with whether the call is the probe. `opened` means that the breaker opened first and a new permit
   * replaces this one.
   */
  permit: Deferred.Deferred<boolean | "opened">
  admitted: boolean
  /** Admitted or withdrawn. */
  gone: boolean
}

/** One change of the circuit state, for the caller to log and act on. */
export interface Change<Reason> {
  readonly before: CircuitState<Reason>
  readonly after: CircuitState<Reason>
}

const makeWaiter = (waitBudget: WaitBudget, inProgress: boolean): Waiter => ({
  waitBudget,
  inProgress,
  permit: Deferred.makeUnsafe(),
  admitted: false,
  gone: false
})

/** FIFO queue of waiters. Admitted and withdrawn waiters are skipped lazily. */
class WaitQueue {
  private waiters: Array<Waiter> = []
  private head = 0

  add(waiter: Waiter): void {
    this.waiters.push(waiter)
  }

  first(): Waiter | undefined {
    while (this.waiters[this.head]?.gone === true) this.head++
    // Compact rarely: each compaction copies the remaining waiters.
    if (this.head > 64 && this.head * 2 > this.waiters.length) {
      this.waiters = this.waiters.slice(this.head)
      this.head = 0
    }
    return this.waiters[this.head]
  }

  all(): ReadonlyArray<Waiter> {
    return this.waiters.slice(this.head).filter((waiter) => !waiter.gone)
  }
}

/**
 * Waiting calls in order of arrival. Calls of work in progress come first, because such work ends sooner and work
 * that is starting holds little memory.
 */
class PriorityQueue {
  private readonly inProgress = new WaitQueue()
  private readonly starting = new WaitQueue()

  add(waiter: Waiter): void {
    if (waiter.inProgress) this.inProgress.add(waiter)
    else this.starting.add(waiter)
  }

  remove(waiter: Waiter): void {
    waiter.gone = true
  }

  /** The next waiter to admit. */
  first(): Waiter | undefined {
    return this.inProgress.first() ?? this.starting.first()
  }

  /** The first waiter whose operation has not been a probe yet. A call that always fails must not be the only probe. */
  fresh(): Waiter | undefined {
    return this.all().find(({ waitBudget }) => !waitBudget.probed)
  }

  /** Notifies every waiter that the breaker has opened. From now on the wait counts against its budget. */
  opened(): void {
    // A notified waiter resumes at once and may withdraw.
    for (const waiter of this.all()) {
      const oldPermit = waiter.permit
      waiter.permit = Deferred.makeUnsafe()
      Deferred.doneUnsafe(oldPermit, Effect.succeed("opened"))
    }
  }

  admit(waiter: Waiter, probe: boolean): void {
    waiter.gone = true
    waiter.admitted = true
    waiter.waitBudget.probe = probe
    if (probe) waiter.waitBudget.probed = true
    Deferred.doneUnsafe(waiter.permit, Effect.succeed(probe))
  }

  private all(): ReadonlyArray<Waiter> {
    return [...this.inProgress.all(), ...this.starting.all()]
  }
}

/**
 * Decides which calls may reach one vendor: its slots, its breaker and its waiting calls. Synchronous. Times are epoch
 * milliseconds.
 */
export class Bulkhead<Reason> {
  breaker: CircuitState<Reason> = closed
  private running = 0
  /** No waiting call is a good probe, so a new record is needed. */
  private recordNeeded = false
  private readonly queue = new PriorityQueue()
  private readonly concurrency: number
  private readonly limits: BreakerSettings

  constructor(concurrency: number, limits: BreakerSettings) {
    this.concurrency = concurrency
    this.limits = limits
  }

  get admission(): Admission {
    if (this.breaker._tag === "Closed") return "all"
    return this.recordNeeded ? "one" : "none"
  }

  enter(waitBudget: WaitBudget, inProgress: boolean): Waiter {
    const waiter = makeWaiter(waitBudget, inProgress)
    this.queue.add(waiter)
    if (!waitBudget.probed) this.recordNeeded = false
    this.pump()
    return waiter
  }

  /** Removes a waiter that gives up before its admission. */
  withdraw(waiter: Waiter): void {
    this.queue.remove(waiter)
  }

  /** Notifies the waiters that the breaker has opened. */
  opened(): void {
    this.queue.opened()
  }

  report(outcome: CallOutcome<Reason>, probe: boolean, now: number): Change<Reason> {
    return this.become(attempted(this.breaker, this.limits, outcome, probe, now))
  }

  /** Half-opens the breaker if it is due at `now`. */
  elapse(now: number): Change<Reason> {
    return this.become(elapsed(this.breaker, now))
  }

  release(): void {
    this.running--
    this.pump()
  }

  private become(after: CircuitState<Reason>): Change<Reason> {
    const before = this.breaker
    this.breaker = after
    if (after._tag === "Closed") this.recordNeeded = false
    this.pump()
    return { before, after }
  }

  private pump(): void {
    const { breaker } = this
    if (breaker._tag === "HalfOpen" && !breaker.probing) return this.probe(breaker)
    if (breaker._tag !== "Closed") return
    for (let next = this.queue.first(); next && this.running < this.concurrency; next = this.queue.first()) {
      this.admit(next, false)
    }
  }

  private probe(breaker: Extract<CircuitState<Reason>, { readonly _tag: "HalfOpen" }>): void {
    if (this.running >= this.concurrency) return
    const fresh = this.queue.fresh()
    const waiter = fresh ?? this.queue.first()
    if (fresh === undefined) this.recordNeeded = true
    if (waiter === undefined) return
    this.breaker = { ...breaker, probing: true }
    this.admit(waiter, true)
  }

  private admit(waiter: Waiter, probe: boolean): void {
    this.running++
    this.queue.admit(waiter, probe)
  }
}
