import { faster, type Pace, rateOf, slower } from "../../domain/vendor/pace.ts"
import { retryDelay, type RetrySettings } from "../../domain/vendor/retryDelay.ts"
import type { CallHistory } from "../../services/Breakers.ts"

/** After how many holds one call began. */
export interface Beginning {
  readonly holds: number
}

/** What the pace after a hold depends on: the pace before, the calls begun within the last second, and those refused. */
interface Measured {
  /** The operation that was refused, as long as it is the only one. */
  by: CallHistory | undefined
  readonly before: Pace | undefined
  readonly begun: number
  refused: number
}

export interface RefusedCall {
  readonly by: CallHistory
  readonly probe: boolean
  /** Milliseconds, 0 if the vendor does not state a time. */
  readonly asked: number
  readonly jitter: number
  readonly now: number
}

/** Milliseconds by which a call may begin early after one that began late, because timers are coarse. */
const slack = 20

/** The times of the calls that began within the last second. */
class LastSecond {
  private times: Array<number> = []
  private head = 0

  add(now: number): void {
    this.times.push(now)
    this.forget(now)
  }

  count(now: number): number {
    this.forget(now)
    return this.times.length - this.head
  }

  private forget(now: number): void {
    while ((this.times[this.head] ?? now) <= now - 1000) this.head++
    if (this.head > 64 && this.head * 2 > this.times.length) {
      this.times = this.times.slice(this.head)
      this.head = 0
    }
  }
}

/** How one vendor's 429s slow its calls down: for how long they are held, and how often they begin afterwards (SPEC 4.6). */
export class Throttle {
  pace: Pace | undefined
  private readonly begun = new LastSecond()
  private holds = 0
  private measured: Measured | undefined
  /** Refusals without an answer in between. */
  private successive = 0
  private nextAt = -Infinity
  private readonly retry: RetrySettings
  /** The longest hold, milliseconds. */
  private readonly maxHold: number

  constructor(retry: RetrySettings, maxHold: number) {
    this.retry = retry
    this.maxHold = maxHold
  }

  /** When the next call may begin. In the past where nothing limits it. */
  get mayBeginAt(): number {
    return this.pace === undefined ? -Infinity : this.nextAt
  }

  /** A probe does not wait for the pace. */
  begin(probe: boolean, now: number): Beginning {
    const due = probe ? now : Math.max(this.nextAt, now - slack)
    if (this.pace !== undefined) this.nextAt = due + 1000 / rateOf(this.pace)
    this.begun.add(now)
    return { holds: this.holds }
  }

  answered({ holds }: Beginning): void {
    if (holds !== this.holds) return
    this.successive = 0
    if (this.pace !== undefined) this.pace = faster(this.pace)
  }

  /**
   * A call was refused. Returns for how long to hold the others, milliseconds: as `asked` by the vendor, else its
   * backoff with `jitter` (0 to 1).
   */
  refused({ holds }: Beginning, { asked, by, jitter, now, probe }: RefusedCall): number {
    if (probe) {
      // The hold was too short, which says nothing about the pace.
      this.successive += 1
    } else if (holds === this.holds) {
      this.holds += 1
      this.successive += 1
      this.measured = { by, before: this.pace, begun: this.begun.count(now), refused: 1 }
      this.slowDown(this.measured)
    } else if (this.measured !== undefined && holds === this.holds - 1 && this.pace?.answered === 0) {
      // It began before the hold, like the call that led to it.
      this.measured.by = undefined
      this.measured.refused += 1
      this.slowDown(this.measured)
    }
    const hold = asked > 0 ? asked : retryDelay(this.retry, this.successive, jitter)
    return Math.min(hold, this.maxHold)
  }

  /** Takes the latest slow-down back if it was due to this operation alone, which the vendor refuses by itself. */
  forgive(operation: CallHistory): void {
    if (this.measured?.by !== operation) return
    this.pace = this.measured.before
    this.measured = undefined
  }

  private slowDown({ before, begun, refused }: Measured): void {
    this.pace = slower(before, begun, refused)
  }
}
