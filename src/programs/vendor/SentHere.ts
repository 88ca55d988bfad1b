/**
 * Until when what this process sent may still appear, by key, in monotonic milliseconds. A process that saw its own
 * request end need not allow for the kernel of a crashed process or for another holder of the lock (DESIGN
 * "Ownership").
 */
export class SentHere {
  private readonly until = new Map<string, number>()

  /** Remembers a request that ended at `now` and may be carried out until `appearsUntil`. */
  add(key: string, appearsUntil: number, now: number): void {
    this.until.delete(key)
    this.until.set(key, appearsUntil)
    // All requests wait equally long, so the oldest expire first. Expired ones are forgotten.
    for (const [first, over] of this.until) {
      if (over >= now) break
      this.until.delete(first)
    }
  }

  /** Forgets a request whose result is known. */
  delete(key: string): void {
    this.until.delete(key)
  }

  /** `-Infinity` if no request of this process is under way. */
  appearsUntil(key: string): number {
    return this.until.get(key) ?? -Infinity
  }
}
