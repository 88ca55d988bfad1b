import { Deferred, Effect } from "effect"

import type { CallState } from "../../services/Breakers.ts"
import type { StartPermit } from "../../services/StartPermit.ts"
import type { Beginning } from "./Throttle.ts"

/** An admitted call. */
export interface AdmittedCall {
  /** How many calls began before it. */
  readonly number: number
  /** When it began, monotonic milliseconds. */
  readonly at: number
  /** When the latest call began that the vendor had answered by then, monotonic milliseconds. */
  readonly answeredBegun: number
  readonly beginning: Beginning
}

/** A call that waits for its permit. */
export interface Waiter {
  readonly callState: CallState
  /** Which line it waits in. */
  readonly line: keyof Lines
  /**
   * Completes with whether the call is the probe. `changed` means that the breaker changed first and a new permit
   * replaces this one.
   */
  permit: Deferred.Deferred<boolean | "changed">
  admitted: boolean
  /** Present once it is admitted. */
  call: AdmittedCall | undefined
}

/** The line of a call, by the permit of its work. */
const lineOf = ({ background, held }: StartPermit): keyof Lines => {
  if (!held) return "inProgress"
  return background === true ? "background" : "starting"
}

export const makeWaiter = (callState: CallState, permit: StartPermit): Waiter => ({
  callState,
  line: callState.isOverdue || callState.history.refusedAfter !== undefined ? "first" : lineOf(permit),
  permit: Deferred.makeUnsafe(),
  admitted: false,
  call: undefined
})

/** Waiters in order of arrival. One that leaves is dropped at once. */
class Line {
  private readonly waiters = new Set<Waiter>()
  /** Stays where the first waiter is, because a new iterator would pass over all that have left before. */
  private iterator = this.waiters.values()
  private head: Waiter | undefined

  add(waiter: Waiter): void {
    this.waiters.add(waiter)
  }

  remove(waiter: Waiter): void {
    this.waiters.delete(waiter)
  }

  first(): Waiter | undefined {
    if (this.waiters.size === 0) return undefined
    while (this.head === undefined || !this.waiters.has(this.head)) {
      const next = this.iterator.next()
      // An iterator that has come to the end never yields what is added later.
      if (next.done === true) this.iterator = this.waiters.values()
      else this.head = next.value
    }
    return this.head
  }

  all(): Iterable<Waiter> {
    return this.waiters
  }
}

interface Lines {
  readonly first: Line
  readonly inProgress: Line
  readonly starting: Line
  readonly background: Line
}

/**
 * Waiting calls in order of arrival. Calls that the vendor refused with 429 come first, because their next answer shows
 * whether it refuses everything. Calls that waited until their reads were out of date come first, too. Then come calls
 * of work in progress, because such work ends sooner and starting work holds little memory. Calls of starting work and
 * of work that a sweep has begun take turns.
 */
export class WaitQueue {
  private readonly lines: Lines = {
    first: new Line(),
    inProgress: new Line(),
    starting: new Line(),
    background: new Line()
  }
  /** Whether a call of background work is next, before one of starting work. */
  private isBackgroundNext = false

  add(waiter: Waiter): void {
    this.lines[waiter.line].add(waiter)
  }

  remove(waiter: Waiter): void {
    this.lines[waiter.line].remove(waiter)
  }

  /** The next waiter to admit. */
  first(): Waiter | undefined {
    const { background, first, inProgress, starting } = this.lines
    const before = first.first() ?? inProgress.first()
    if (before !== undefined) return before
    const [mine, other] = this.isBackgroundNext ? [background, starting] : [starting, background]
    return mine.first() ?? other.first()
  }

  /**
   * The best probe: a call of an operation that has neither probed nor been refused yet, else of one that has not
   * probed. A call that always fails must not be the only probe.
   */
  bestProbe(): Waiter | undefined {
    const fresh = this.all().filter(({ callState }) => !callState.history.probed)
    return fresh.find(({ callState }) => callState.history.refusedAfter === undefined) ?? fresh[0] ?? this.first()
  }

  /** Lets every waiter reconsider its wait. */
  changed(): void {
    // A waiter that resumes may leave at once.
    for (const waiter of this.all()) {
      const oldPermit = waiter.permit
      waiter.permit = Deferred.makeUnsafe()
      Deferred.doneUnsafe(oldPermit, Effect.succeed("changed"))
    }
  }

  admit(waiter: Waiter, probe: boolean, call: AdmittedCall): void {
    this.remove(waiter)
    if (waiter.line === "starting" || waiter.line === "background") this.isBackgroundNext = waiter.line === "starting"
    waiter.admitted = true
    waiter.call = call
    waiter.callState.probe = probe
    waiter.callState.counts = true
    if (probe) waiter.callState.history.probed = true
    Deferred.doneUnsafe(waiter.permit, Effect.succeed(probe))
  }

  private all(): ReadonlyArray<Waiter> {
    const { background, first, inProgress, starting } = this.lines
    return [...first.all(), ...inProgress.all(), ...starting.all(), ...background.all()]
  }
}
