import { faster, type Pace, rateOf, slower } from "../../domain/vendor/pace.ts"
import { retryDelay, type RetrySettings } from "../../domain/vendor/retryDelay.ts"
import type { CallHistory } from "../../services/Breakers.ts"

/** When one call began, and after how many holds. */
export interface Beginning {
  readonly holds: number
  readonly at: number
}

/** The latest slow-down. */
interface SlowDown {
  /** The operation that was refused, as long as it is the only one. */
  by: CallHistory | undefined
  readonly before: Pace | undefined
}

export interface RefusedCall {
  readonly by: CallHistory
  readonly probe: boolean
  /** Milliseconds, 0 if the vendor does not state a time. */
  readonly asked: number
  readonly jitter: number
  readonly now: number
}

/** Fewer refusals show no limit: a vendor refuses some calls by mistake. */
const showLimit = 2

/** How many answers make up for one refusal. */
const answersForOne = 20

/** Milliseconds by which a call may begin early after one that began late, because timers are coarse. */
const slack = 20

/** Seconds for which the busiest second is remembered. */
const remembered = 60

/** The calls of each second of the last minute that the vendor has not refused. */
class CallsPerSecond {
  private readonly seconds = Array.from({ length: remembered }, () => ({ second: -Infinity, calls: 0 }))

  /** Counts `calls`, or takes them back with a negative number. */
  add(at: number, calls: 1 | -1): void {
    const second = Math.floor(at / 1000)
    const slot = this.seconds[((second % remembered) + remembered) % remembered]
    if (slot === undefined || slot.second > second) return
    if (slot.second < second) slot.calls = 0
    slot.second = second
    slot.calls += calls
  }

  /** The number of calls in the busiest second. */
  most(now: number): number {
    const oldest = Math.floor(now / 1000) - remembered
    return this.seconds.reduce((most, { calls, second }) => (second > oldest ? Math.max(most, calls) : most), 0)
  }
}

/** How one vendor's 429s slow its calls down: for how long they are held, and how often they begin afterwards (SPEC 4.6). */
export class Throttle {
  pace: Pace | undefined
  private readonly calls = new CallsPerSecond()
  /** Answers to calls that began after the latest hold. */
  private answers = 0
  /** Refusals that answers have not made up for. As long as there were few answers, each refusal shows a limit. */
  private refusals = showLimit
  private holds = 0
  private latest: SlowDown | undefined
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

  /** When the next call may begin. In the past if nothing limits it. */
  get mayBeginAt(): number {
    return this.pace === undefined ? -Infinity : this.nextAt
  }

  /** Counts a call that begins. A probe does not wait for the pace. */
  begin(probe: boolean, now: number): Beginning {
    const due = probe ? now : Math.max(this.nextAt, now - slack)
    if (this.pace !== undefined) this.nextAt = due + 1000 / rateOf(this.pace)
    this.calls.add(now, 1)
    return { holds: this.holds, at: now }
  }

  answered({ holds }: Beginning): void {
    if (holds !== this.holds) return
    this.successive = 0
    this.answers += 1
    this.refusals = Math.max(0, this.refusals - 1 / answersForOne)
    if (this.pace !== undefined) this.pace = faster(this.pace)
  }

  /**
   * A call was refused. Returns for how long to hold the others, milliseconds: as `asked` by the vendor, else its
   * backoff with `jitter` (0 to 1).
   */
  refused({ at, holds }: Beginning, { asked, by, jitter, now, probe }: RefusedCall): number {
    this.calls.add(at, -1)
    if (probe) {
      // The hold was too short, which says nothing about the pace.
      this.successive += 1
    } else if (holds === this.holds) {
      this.holds += 1
      this.successive += 1
      this.refusals += 1
      this.answers = 0
      this.latest = { by, before: this.pace }
      this.slowDown(this.latest, now)
    } else if (this.latest !== undefined && holds === this.holds - 1 && this.answers === 0) {
      // It began before the hold, like the call that led to it.
      this.latest.by = undefined
      this.refusals += 1
      this.slowDown(this.latest, now)
    }
    const hold = asked > 0 ? asked : retryDelay(this.retry, this.successive, jitter)
    return Math.min(hold, this.maxHold)
  }

  /** Takes the latest slow-down back if it was due to this operation alone, which the vendor refuses by itself. */
  forgive(operation: CallHistory): void {
    if (this.latest?.by !== operation) return
    this.pace = this.latest.before
    this.latest = undefined
  }

  private slowDown({ before }: SlowDown, now: number): void {
    if (this.refusals >= showLimit) this.pace = slower(before, this.calls.most(now))
  }
}
