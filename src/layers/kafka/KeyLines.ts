import type { Slot } from "./Slot.ts"

/** Of the tasks of one key the first may start, the others stand in line behind it. */
export class KeyLines {
  /** The last slot of every key that has one. */
  private readonly tails = new Map<string, Slot>()

  /** Whether it may start at once. */
  enter(slot: Slot): boolean {
    const { key } = slot.task
    if (key === undefined) return true
    const before = this.tails.get(key)
    this.tails.set(key, slot)
    if (before !== undefined) before.behind = slot
    return before === undefined
  }

  /** It is out of its line: the one that may start now. */
  leave(slot: Slot): Slot | undefined {
    const { key } = slot.task
    if (key !== undefined && slot.behind === undefined) this.tails.delete(key)
    return slot.behind
  }
}
