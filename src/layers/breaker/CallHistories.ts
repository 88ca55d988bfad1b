import { setNewest } from "../../domain/values/setNewest.ts"
import type { CallHistory, CallState } from "../../services/Breakers.ts"

/** How many operations are remembered for a later run. */
const maxRemembered = 10_000

/** How often an operation that is refused again may hold the vendor because others are refused, too. */
const maxExcused = 5

/** A call of one operation, numbered by how many calls had begun before it. */
interface NumberedCall {
  readonly history: CallHistory
  readonly number: number
}

/** The latest call to which something happened, and the latest one of any other operation. */
class Latest {
  private last: NumberedCall | undefined
  private other: NumberedCall | undefined

  add(call: NumberedCall): void {
    if (this.last === undefined || call.number > this.last.number) {
      if (this.last?.history !== call.history) this.other = this.last
      this.last = call
    } else if (this.last.history !== call.history && call.number > (this.other?.number ?? -1)) this.other = call
  }

  /** Whether it happened to a call of another operation that has this `number` or a later one. */
  ofOthersAfter({ history, number }: NumberedCall): boolean {
    const call = this.last?.history === history ? this.other : this.last
    return call !== undefined && call.number >= number
  }
}

/**
 * What one vendor's breaker knows of the operations: which of them the vendor answered and refused, and the history of
 * those that may run again.
 */
export class CallHistories {
  private begun = 0
  private readonly answeredCalls = new Latest()
  private readonly refusedCalls = new Latest()
  /** By key, the oldest first. */
  private readonly histories = new Map<string, CallHistory>()

  /** Gives a run the history of its operation. */
  recall(callState: CallState): void {
    const known = callState.key === undefined ? undefined : this.histories.get(callState.key)
    if (known !== undefined) callState.history = known
  }

  /** Returns the call's number. */
  begin(): number {
    return this.begun++
  }

  answered({ history, key }: CallState, number: number): void {
    this.answeredCalls.add({ history, number })
    history.refusedAfter = undefined
    history.excused = 0
    if (key !== undefined) this.histories.delete(key)
  }

  /**
   * Returns whether a 429 concerns the operation alone: among the calls that began since its previous 429, other
   * operations were answered and none was refused. Operations that are refused in turn excuse each other only a few
   * times. Further 429s of an operation concern it alone until another operation is refused.
   */
  refused({ history }: CallState, number: number): boolean {
    const { refusedAfter } = history
    this.refusedCalls.add({ history, number })
    const last = refusedAfter === undefined ? undefined : { history, number: refusedAfter }
    if (last !== undefined && this.answeredCalls.ofOthersAfter(last)) {
      if (!this.refusedCalls.ofOthersAfter(last) || history.excused >= maxExcused) return true
      history.excused += 1
    }
    history.refusedAfter = this.begun
    return false
  }

  remember({ history, key }: CallState): void {
    if (key === undefined) return
    setNewest(this.histories, key, history, maxRemembered)
  }
}
