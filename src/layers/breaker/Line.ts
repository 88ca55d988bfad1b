import type { Waiter } from "./Queue.ts"

/** Those who wait, in the order in which they came; whoever has gone is passed by when his turn comes. */
export class Line {
  private waiters: Array<Waiter> = []
  private head = 0

  add(waiter: Waiter): void {
    this.waiters.push(waiter)
  }

  first(): Waiter | undefined {
    while (this.waiters[this.head]?.gone === true) this.head++
    // Cut off seldom: each cut copies who is left.
    if (this.head > 64 && this.head * 2 > this.waiters.length) {
      this.waiters = this.waiters.slice(this.head)
      this.head = 0
    }
    return this.waiters[this.head]
  }

  all(): ReadonlyArray<Waiter> {
    return this.waiters.slice(this.head).filter((waiter) => !waiter.gone)
  }
}
