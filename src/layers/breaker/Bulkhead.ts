import { attempted, type CircuitState, closed, elapsed, type CallOutcome } from "../../domain/vendor/breaker.ts"
import type { RetrySettings } from "../../domain/vendor/retryDelay.ts"
import type { CallState, Way } from "../../services/Breakers.ts"
import type { BreakerSettings } from "../../services/Settings.ts"
import type { StartPermit } from "../../services/StartPermit.ts"
import { CallHistories } from "./CallHistories.ts"
import { Throttle } from "./Throttle.ts"
import { type AdmittedCall, makeWaiter, type Waiter, WaitQueue } from "./WaitQueue.ts"

/** One change of the circuit state, for the caller to log and act on. */
export interface Change<Reason> {
  readonly before: CircuitState<Reason>
  readonly after: CircuitState<Reason>
}

export interface BulkheadOptions {
  /** The vendor's slots. */
  readonly concurrency: number
  readonly limits: BreakerSettings
  readonly retry: RetrySettings
  /** Monotonic milliseconds. */
  readonly now: () => number
}

/**
 * Decides which calls may reach one vendor: its slots, its breaker, its pace and its waiting calls. Synchronous. Times
 * are monotonic milliseconds.
 */
export class Bulkhead<Reason> {
  breaker: CircuitState<Reason> = closed
  readonly throttle: Throttle
  /** When the vendor last answered a call. */
  private answeredAt = -Infinity
  /** When the latest call began that the vendor has answered. */
  private answeredBegun = -Infinity
  private running = 0
  private readonly queue = new WaitQueue()
  private readonly operations = new CallHistories()
  private readonly options: BulkheadOptions

  constructor(options: BulkheadOptions) {
    this.options = options
    this.throttle = new Throttle(options.retry, options.limits.retryAfterMax)
  }

  get way(): Way {
    if (this.breaker._tag === "Closed") return "open"
    const probeAwaited = this.breaker._tag === "HalfOpen" && !this.breaker.probing && this.queue.first() === undefined
    return probeAwaited ? "probe" : "shut"
  }

  /** When to call `pump`, because a call waits only for the pace. */
  get pumpAt(): number | undefined {
    const waits =
      this.breaker._tag === "Closed" &&
      this.throttle.pace !== undefined &&
      this.running < this.options.concurrency &&
      this.queue.first() !== undefined
    return waits ? this.throttle.mayBeginAt : undefined
  }

  answeredSince(moment: number): boolean {
    return this.answeredAt > moment
  }

  enter(callState: CallState, permit: StartPermit): Waiter {
    this.operations.recall(callState)
    const waiter = makeWaiter(callState, permit)
    this.queue.add(waiter)
    this.pump()
    return waiter
  }

  /** Removes a waiter that gives up before its admission. */
  withdraw(waiter: Waiter): void {
    this.queue.remove(waiter)
  }

  /** What an admitted call showed. `jitter` (0 to 1) spreads a backoff. */
  report(outcome: CallOutcome<Reason>, { call, callState }: Waiter, jitter: number): Change<Reason> {
    const now = this.options.now()
    const sign = call === undefined ? outcome : this.signOf(outcome, call, callState, { now, jitter })
    if (sign._tag === "Failed") callState.history.firstFailureAt ??= now
    const excused =
      callState.probe && sign._tag === "Failed" && this.breaker._tag !== "Closed" && !this.breaker.refusing
    callState.counts = sign._tag !== "Busy" && !excused
    callState.answered = (call?.answeredBegun ?? this.answeredBegun) > (callState.history.firstFailureAt ?? -Infinity)
    if (sign._tag === "Busy" || sign._tag === "Failed") this.operations.remember(callState)
    return this.become(attempted(this.breaker, this.options.limits, sign, callState.probe, now))
  }

  /** Half-opens the breaker if it is due. */
  elapse(): Change<Reason> {
    return this.become(elapsed(this.breaker, this.options.now()))
  }

  /** Half-opens an open breaker now, and forgets the pace. */
  halfOpen(): Change<Reason> {
    this.throttle.pace = undefined
    const now = this.options.now()
    return this.become(this.breaker._tag === "Open" ? elapsed({ ...this.breaker, until: now }, now) : this.breaker)
  }

  release(): void {
    this.running--
    this.pump()
  }

  /** Admits the calls that may begin now. */
  pump(): void {
    const { breaker } = this
    if (breaker._tag === "HalfOpen" && !breaker.probing) return this.probe(breaker)
    if (breaker._tag !== "Closed") return
    for (let next = this.queue.first(); next && this.mayBegin(); next = this.queue.first()) this.admit(next, false)
  }

  private mayBegin(): boolean {
    return this.running < this.options.concurrency && this.throttle.mayBeginAt <= this.options.now()
  }

  /** What an outcome shows about the vendor. A 429 holds all calls, or concerns its own operation alone. */
  private signOf(
    outcome: CallOutcome<Reason>,
    call: AdmittedCall,
    callState: CallState,
    { jitter, now }: { readonly now: number; readonly jitter: number }
  ): CallOutcome<Reason> {
    if (outcome._tag === "Alive") {
      this.answeredAt = now
      this.answeredBegun = Math.max(this.answeredBegun, call.at)
      this.operations.answered(callState, call.number)
      this.throttle.answered(call.beginning)
    }
    if (outcome._tag !== "Busy") return outcome
    const by = callState.history
    if (this.operations.refused(callState, call.number)) {
      this.throttle.forgive(by)
      return { _tag: "Alive" }
    }
    const refusal = { by, probe: callState.probe, asked: outcome.wait, jitter, now }
    return { ...outcome, wait: this.throttle.refused(call.beginning, refusal) }
  }

  private become(after: CircuitState<Reason>): Change<Reason> {
    const before = this.breaker
    this.breaker = after
    this.pump()
    // When the breaker opens or closes, waiting calls reconsider. While it is half-open, they keep waiting for the probe.
    if (after._tag === "Closed" ? before._tag !== "Closed" : after._tag === "Open" && after !== before) {
      this.queue.changed()
    }
    return { before, after }
  }

  private probe(breaker: Extract<CircuitState<Reason>, { readonly _tag: "HalfOpen" }>): void {
    if (this.running >= this.options.concurrency) return
    const waiter = this.queue.bestProbe()
    if (waiter === undefined) return
    this.breaker = { ...breaker, probing: true }
    this.admit(waiter, true)
  }

  private admit(waiter: Waiter, probe: boolean): void {
    const now = this.options.now()
    this.running++
    this.queue.admit(waiter, probe, {
      number: this.operations.begin(),
      at: now,
      answeredBegun: this.answeredBegun,
      beginning: this.throttle.begin(probe, now)
    })
  }
}
