import { Deferred, MutableList } from "effect"

import { Beginnings } from "./Beginnings.ts"
import type { Task } from "./Task.ts"

/** A task in the line of its key. */
export interface Slot {
  readonly task: Task
  behind: Slot | undefined
  deaths: number
  /** Whoever admitted it to a held lane waits for its end there. */
  admission: Deferred.Deferred<void> | undefined
}

/** One topic: what may start, and how much is at work. */
export class Lane {
  running = 0
  unfinished = 0
  pumping = false
  /** It is looked at again when room has come by itself. */
  awaiting = false
  /** Nothing starts but what has started before, and what is admitted. */
  held = false
  private readonly ready = MutableList.make<Slot>()
  private readonly restarting = MutableList.make<Slot>()
  private admissions: ReadonlyArray<Deferred.Deferred<void>> = []
  private readonly beginnings: Beginnings

  constructor(maxBeginning: number) {
    this.beginnings = new Beginnings(maxBeginning)
  }

  /** Milliseconds until room for one more task that begins comes by itself; 0: there is. What is admitted to a held lane needs none. */
  roomIn(now: number): number {
    return this.held || this.ready.length + this.restarting.length === 0 ? 0 : this.beginnings.roomIn(now)
  }

  add(slot: Slot): void {
    MutableList.append(slot.deaths > 0 ? this.restarting : this.ready, slot)
  }

  /** The next task to start, if one may. */
  take(): Slot | undefined {
    const again = MutableList.take(this.restarting)
    if (again !== MutableList.Empty) return again
    if (this.held && this.admissions.length === 0) return undefined
    const slot = MutableList.take(this.ready)
    return slot === MutableList.Empty ? undefined : slot
  }

  started(slot: Slot, now: number): void {
    this.running++
    this.beginnings.add(slot, now)
    if (slot.deaths > 0) return
    const [admission, ...others] = this.admissions
    slot.admission = admission
    this.admissions = others
  }

  /** It has made its first call; whether that makes room. */
  begun(slot: Slot): boolean {
    return this.beginnings.delete(slot)
  }

  ended(slot: Slot): void {
    this.running--
    this.beginnings.delete(slot)
  }

  admit(admission: Deferred.Deferred<void>): void {
    this.admissions = [...this.admissions, admission]
  }

  withdraw(admission: Deferred.Deferred<void>): void {
    this.admissions = this.admissions.filter((it) => it !== admission)
  }

  /** A held lane lets records be read only for an admission that nothing has used. */
  get wants(): boolean {
    return !this.held || (this.admissions.length > 0 && this.ready.length === 0)
  }
}
