import { Deferred, Effect } from "effect"

import { attempted, type CircuitState, closed, elapsed, type CallOutcome } from "../../domain/vendor/breaker.ts"
import type { Beginning, WaitBudget, Admission } from "../../services/Breakers.ts"
import type { BreakerSettings } from "../../services/Settings.ts"

/** Those who wait, in the order in which they came; whoever has gone is passed by when his turn comes. */
class WaitQueue {
  private waiters: Array<Waiter> = []
  private head = 0

  add(waiter: Waiter): void {
    this.waiters.push(waiter)
  }

  first(): Waiter | undefined {
    while (this.waiters[this.head]?.gone === true) this.head++
    // Cut off seldom: each cut copies who is left.
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

/** A call that waits for its leave. */
export interface Waiter {
  readonly waitBudget: WaitBudget
  /** Whether its work has begun (`HasBegun`). */
  readonly begun: boolean
  /** What is over when it is admitted. */
  readonly beginning: Beginning
  /** Whether it is the probe; `opened` where the breaker has opened instead: there is another one to wait for then. */
  permit: Deferred.Deferred<boolean | "opened">
  admitted: boolean
  /** Admitted, or no longer waiting. */
  gone: boolean
}

const makeWaiter = (waitBudget: WaitBudget, begun: boolean, beginning: Beginning): Waiter => ({
  waitBudget,
  begun,
  beginning,
  permit: Deferred.makeUnsafe(),
  admitted: false,
  gone: false
})

/**
 * Calls in the order in which they came, those of work that has begun before those of work that only begins: what waits to begin holds
 * little, and what has begun ends sooner.
 */
class PriorityQueue {
  private readonly begun = new WaitQueue()
  private readonly beginning = new WaitQueue()

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
    return this.all().find(({ waitBudget }) => !waitBudget.probed)
  }

  /** Those who wait learn that the breaker has opened: from now on their patience counts. */
  opened(): void {
    // Whoever is told goes on at once, and may leave.
    for (const waiter of this.all()) {
      const told = waiter.permit
      waiter.permit = Deferred.makeUnsafe()
      Deferred.doneUnsafe(told, Effect.succeed("opened"))
    }
  }

  admit(waiter: Waiter, probe: boolean): void {
    waiter.gone = true
    waiter.admitted = true
    waiter.waitBudget.probe = probe
    if (probe) waiter.waitBudget.probed = true
    Deferred.doneUnsafe(waiter.permit, Effect.succeed(probe))
    waiter.beginning.over()
  }

  private all(): ReadonlyArray<Waiter> {
    return [...this.begun.all(), ...this.beginning.all()]
  }
}

/** What has to be said, or done, about a change. */
export interface Change<Reason> {
  readonly before: CircuitState<Reason>
  readonly after: CircuitState<Reason>
}

/** Who may call one vendor now: its slots, its breaker and those who wait. Synchronous; times in epoch milliseconds. */
export class Bulkhead<Reason> {
  breaker: CircuitState<Reason> = closed
  private running = 0
  /** No call that waits is a good probe: a record is wanted. */
  private wanting = false
  private readonly queue = new PriorityQueue()
  private readonly concurrency: number
  private readonly limits: BreakerSettings

  constructor(concurrency: number, limits: BreakerSettings) {
    this.concurrency = concurrency
    this.limits = limits
  }

  get admission(): Admission {
    if (this.breaker._tag === "Closed") return "all"
    return this.wanting ? "one" : "none"
  }

  enter(waitBudget: WaitBudget, begun: boolean, beginning: Beginning): Waiter {
    const waiter = makeWaiter(waitBudget, begun, beginning)
    this.queue.add(waiter)
    if (!waitBudget.probed) this.wanting = false
    this.pump()
    return waiter
  }

  /** The waiter goes without having been admitted. */
  withdraw(waiter: Waiter): void {
    this.queue.remove(waiter)
  }

  /** The breaker has opened: those who wait are told. */
  opened(): void {
    this.queue.opened()
  }

  report(outcome: CallOutcome<Reason>, probe: boolean, now: number): Change<Reason> {
    return this.become(attempted(this.breaker, this.limits, outcome, probe, now))
  }

  /** Time has passed. */
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
    if (after._tag === "Closed") this.wanting = false
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
    if (fresh === undefined) this.wanting = true
    if (waiter === undefined) return
    this.breaker = { ...breaker, probing: true }
    this.admit(waiter, true)
  }

  private admit(waiter: Waiter, probe: boolean): void {
    this.running++
    this.queue.admit(waiter, probe)
  }
}
