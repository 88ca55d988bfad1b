import type { TaskOwner } from "./Task.ts"
import { Watermark } from "./Watermark.ts"

/** Ended records that may wait behind a slow one before its partition is no longer read (DESIGN "Kafka intake"). */
const MOST_BEHIND = 100_000

export interface IntakeEvents {
  /** A partition that was full may be read again. */
  room(topic: string, partition: number): void
  /** A record has ended. */
  ended(): void
}

/** One partition of the assignment: dead, and deaf to its records' ends, once it is lost. */
export class Holding implements TaskOwner {
  live = true
  /** The last position that the broker is known to have from us. */
  sent: number
  readonly watermark: Watermark
  readonly topic: string
  readonly partition: number
  private full = false
  private readonly high: number
  private readonly low: number
  private readonly on: IntakeEvents

  constructor(topic: string, partition: number, start: number, maxInFlight: number, on: IntakeEvents) {
    this.topic = topic
    this.partition = partition
    this.watermark = new Watermark(start)
    this.sent = start
    this.high = 4 * maxInFlight
    this.low = 3 * maxInFlight
    this.on = on
  }

  /** From the high-water mark of unfinished records down to the low one. */
  isFull(): boolean {
    const { unfinished, behind } = this.watermark
    if (unfinished >= this.high || behind >= MOST_BEHIND) this.full = true
    else if (unfinished <= this.low) this.full = false
    return this.full
  }

  ended(offset: number): void {
    this.watermark.end(offset)
    this.on.ended()
    if (this.full && !this.isFull()) this.on.room(this.topic, this.partition)
  }
}
