/**
 * The contiguous watermark of one partition: which offset may be committed while its records end in any order
 * (DESIGN "Kafka intake"). O(1) amortised for each record.
 */
export class Watermark {
  /** Taken, in order; those before `head` have ended, and so has everything before them. */
  private open: Array<number> = []
  private head = 0
  private readonly done = new Set<number>()
  private position: number

  /** `start` is the first offset that is not known to have ended. */
  constructor(start: number) {
    this.position = start
  }

  /** Where reading goes on: one past the last offset taken or passed. */
  get next(): number {
    return this.position
  }

  /** Every record before this offset has ended: the offset to commit. */
  get committable(): number {
    return this.open[this.head] ?? this.position
  }

  /** Records taken that have not ended. */
  get unfinished(): number {
    return this.open.length - this.head - this.done.size
  }

  /** Records that ended behind a slower one: what a crash now would deliver again. */
  get behind(): number {
    return this.done.size
  }

  /** False for an offset that was taken before. */
  take(offset: number): boolean {
    if (offset < this.position) return false
    this.open.push(offset)
    this.position = offset + 1
    return true
  }

  /** Reading has passed offsets that nobody has to wait for. */
  passTo(next: number): void {
    if (next > this.position) this.position = next
  }

  /** The record at this offset has ended. Once for each offset taken. */
  end(offset: number): void {
    this.done.add(offset)
    while (this.head < this.open.length && this.done.delete(this.open[this.head] as number)) this.head++
    if (this.head === this.open.length) {
      this.open = []
      this.head = 0
    } else if (this.head > 1024 && this.head * 2 > this.open.length) {
      this.open.splice(0, this.head)
      this.head = 0
    }
  }
}
