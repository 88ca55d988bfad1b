import { attempted, type CircuitState, closed, elapsed, type CallOutcome } from "../../domain/vendor/breaker.ts"
import type { CallState, Way } from "../../services/Breakers.ts"
import type { BreakerSettings } from "../../services/Settings.ts"
import { makeWaiter, type Waiter, WaitQueue } from "./WaitQueue.ts"

/** One change of the circuit state, for the caller to log and act on. */
export interface Change<Reason> {
  readonly before: CircuitState<Reason>
  readonly after: CircuitState<Reason>
}

/**
 * Decides which calls may reach one vendor: its slots, its breaker and its waiting calls. Synchronous. Times are
 * monotonic milliseconds.
 */
export class Bulkhead<Reason> {
  breaker: CircuitState<Reason> = closed
  /** When the vendor last answered a call. */
  private answeredAt = -Infinity
  private running = 0
  private readonly queue = new WaitQueue()
  private readonly concurrency: number
  private readonly limits: BreakerSettings

  constructor(concurrency: number, limits: BreakerSettings) {
    this.concurrency = concurrency
    this.limits = limits
  }

  get way(): Way {
    if (this.breaker._tag === "Closed") return "open"
    const probeAwaited = this.breaker._tag === "HalfOpen" && !this.breaker.probing && this.queue.first() === undefined
    return probeAwaited ? "probe" : "shut"
  }

  answeredSince(moment: number): boolean {
    return this.answeredAt > moment
  }

  enter(callState: CallState, inProgress: boolean): Waiter {
    const waiter = makeWaiter(callState, inProgress)
    this.queue.add(waiter)
    this.pump()
    return waiter
  }

  /** Removes a waiter that gives up before its admission. */
  withdraw(waiter: Waiter): void {
    this.queue.remove(waiter)
  }

  report(outcome: CallOutcome<Reason>, probe: boolean, now: number): Change<Reason> {
    if (outcome._tag === "Alive") this.answeredAt = now
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
    this.pump()
    // Those who wait for a probe go on waiting. All others wait for longer now, or for a slot alone.
    if (after._tag === "Closed" ? before._tag !== "Closed" : after._tag === "Open" && after !== before) {
      this.queue.changed()
    }
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
    const waiter = this.queue.fresh() ?? this.queue.first()
    if (waiter === undefined) return
    this.breaker = { ...breaker, probing: true }
    this.admit(waiter, true)
  }

  private admit(waiter: Waiter, probe: boolean): void {
    this.running++
    this.queue.admit(waiter, probe)
  }
}
