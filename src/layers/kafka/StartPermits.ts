import type { StartPermit } from "../../services/StartPermit.ts"

/**
 * Milliseconds for which a task that makes no call holds its permit, because the scheduler cannot know what it waits
 * for (SPEC 9.5).
 */
const LONGEST = 1000

/**
 * The start permits of one topic. They limit how many orders wait for their first call: starting more only holds fibers
 * in memory and lets caches go cold.
 */
export class StartPermits {
  /** When each permit was given, in monotonic milliseconds, the oldest first. */
  private readonly since = new Map<StartPermit, number>()
  private readonly most: number

  constructor(most: number) {
    this.most = most
  }

  add(permit: StartPermit, now: number): void {
    this.since.set(permit, now)
  }

  /** Returns whether the permit was taken. */
  delete(permit: StartPermit): boolean {
    return this.since.delete(permit)
  }

  /** Returns the maximum milliseconds until a permit is free, or 0 if one is free now. */
  freeIn(now: number): number {
    for (const [permit, began] of this.since) {
      if (this.since.size < this.most) return 0
      const left = began + LONGEST - now
      if (left > 0) return left
      this.since.delete(permit)
    }
    return 0
  }
}
