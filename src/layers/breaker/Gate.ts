import { attempted, type Breaker, closed, elapsed, type Sign } from "../../domain/breaker.ts"
import type { Beginning } from "../../services/Beginning.ts"
import type { Admission, Patience } from "../../services/Breakers.ts"
import type { BreakerSettings } from "../../services/Settings.ts"
import { makeWaiter, Queue, type Waiter } from "./Queue.ts"

/** What has to be said, or done, about a change. */
export interface Change<Reason> {
  readonly before: Breaker<Reason>
  readonly after: Breaker<Reason>
}

/** Who may call one vendor now: its slots, its breaker and those who wait. Synchronous; times in epoch milliseconds. */
export class Gate<Reason> {
  breaker: Breaker<Reason> = closed
  private running = 0
  /** No call that waits is a good probe: a record is wanted. */
  private wanting = false
  private readonly queue = new Queue()
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

  enter(patience: Patience, begun: boolean, beginning: Beginning): Waiter {
    const waiter = makeWaiter(patience, begun, beginning)
    this.queue.add(waiter)
    if (!patience.probed) this.wanting = false
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

  report(sign: Sign<Reason>, probe: boolean, now: number): Change<Reason> {
    return this.become(attempted(this.breaker, this.limits, sign, probe, now))
  }

  /** Time has passed. */
  elapse(now: number): Change<Reason> {
    return this.become(elapsed(this.breaker, now))
  }

  release(): void {
    this.running--
    this.pump()
  }

  private become(after: Breaker<Reason>): Change<Reason> {
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

  private probe(breaker: Extract<Breaker<Reason>, { readonly _tag: "HalfOpen" }>): void {
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
