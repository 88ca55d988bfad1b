/**
 * Until when what this process sent may still appear, by key, in monotonic milliseconds. A process that saw its own
 * request end reckons neither with a dead process's kernel nor with another holder of the lock (DESIGN "Ownership").
 */
export class SentHere {
  private readonly until = new Map<string, number>()

  /** Remembers a request that ended at `now` and may be carried out until `appearsUntil`. */
  add(key: string, appearsUntil: number, now: number): void {
    this.until.delete(key)
    this.until.set(key, appearsUntil)
    // All wait equally long, so the first ones are over first. What is over needs no memory.
    for (const [first, over] of this.until) {
      if (over >= now) break
      this.until.delete(first)
    }
  }

  /** Forgets a request whose result is known. */
  delete(key: string): void {
    this.until.delete(key)
  }

  /** `-Infinity` if nothing of this process's is under way. */
  appearsUntil(key: string): number {
    return this.until.get(key) ?? -Infinity
  }
}
