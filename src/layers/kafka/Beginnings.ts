import type { Slot } from "./Slot.ts"

/** Milliseconds for which work that calls nobody holds its place: what it waits for is not known here (SPEC 9.5). */
const LONGEST = 1000

/**
 * Work that has been started and only begins, of one lane. What waits to make its first call would be held in memory, and be cold
 * when its turn comes: it is started when its turn is near.
 */
export class Beginnings {
  /** When each was started, the first one first. */
  private readonly since = new Map<Slot, number>()
  private readonly most: number

  constructor(most: number) {
    this.most = most
  }

  add(slot: Slot, now: number): void {
    this.since.set(slot, now)
  }

  /** Whether it held a place. */
  delete(slot: Slot): boolean {
    return this.since.delete(slot)
  }

  /** Milliseconds until there is room by itself; 0: there is. */
  roomIn(now: number): number {
    for (const [slot, began] of this.since) {
      if (this.since.size < this.most) return 0
      const left = began + LONGEST - now
      // More is left than there was: the clock was set back.
      if (left > 0 && left <= LONGEST) return left
      this.since.delete(slot)
    }
    return 0
  }
}
