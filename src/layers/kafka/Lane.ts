import { type Deferred, MutableList } from "effect"

import { Beginnings } from "./Beginnings.ts"
import type { Slot } from "./Slot.ts"

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
  /** The first of those that are ready, while there is no room for it. */
  private next: Slot | undefined
  private admissions: ReadonlyArray<Deferred.Deferred<void>> = []
  private readonly beginnings: Beginnings

  constructor(maxBeginning: number) {
    this.beginnings = new Beginnings(maxBeginning)
  }

  add(slot: Slot): void {
    MutableList.append(slot.deaths > 0 ? this.restarting : this.ready, slot)
  }

  /** The next task to start, if one may; or after how many milliseconds there is room for it by itself. */
  take(now: number): Slot | number | undefined {
    const again = MutableList.take(this.restarting)
    if (again !== MutableList.Empty) return again
    if (this.held && this.admissions.length === 0) return undefined
    const next = this.next ?? MutableList.take(this.ready)
    if (next === MutableList.Empty) return undefined
    const { begins, owner } = next.task
    // Whoever is admitted to a held lane is awaited as a probe.
    const wait = begins === true && owner.live && !this.held ? this.beginnings.roomIn(now) : 0
    this.next = wait > 0 ? next : undefined
    return wait > 0 ? wait : next
  }

  started(slot: Slot, now: number): void {
    this.running++
    if (slot.task.begins === true) this.beginnings.add(slot, now)
    if (slot.deaths > 0) return
    const [admission, ...others] = this.admissions
    slot.admission = admission
    this.admissions = others
  }

  /** It no longer only begins; whether that makes room. */
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
    return !this.held || (this.admissions.length > 0 && this.ready.length === 0 && this.next === undefined)
  }
}
