import { Effect } from "effect"

import type { ConsumeOptions, KafkaRecord, Work } from "../../services/Kafka.ts"
import type { TaskOwner, KeyedScheduler } from "./KeyedScheduler.ts"

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

/** Ended records that may wait behind a slow one before its partition is no longer read (DESIGN "Kafka intake"). */
const MOST_BEHIND = 100_000

export interface IntakeEvents {
  /** A partition that was full may be read again. */
  room(topic: string, partition: number): void
  /** A record has ended. */
  ended(): void
}

/** One partition of the assignment: dead, and deaf to its records' ends, once it is lost. */
class PartitionState implements TaskOwner {
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

export interface Position {
  readonly topic: string
  readonly partition: number
  /** The next offset: to read, or to commit. */
  readonly offset: number
}

/** A position that may be committed; `intake.committed` takes it back when the broker has it. */
interface Commit extends Position {
  readonly holding: PartitionState
}

/** Partitions of a topic, as the group assigned them. */
export type Assignment = Readonly<Record<string, ReadonlyArray<number>>>

export interface PartitionTracker {
  /**
   * A new generation of the group. With `kept`, partitions that are still ours go on where they stand: their positions
   * are returned. All others are forgotten: no record of them starts, no end of them is committed.
   */
  assign(assignment: Assignment, kept: boolean): ReadonlyArray<Position>
  /**
   * What the brokers gave when asked for `from`: records to be handed over, in order, as many as are wanted; `next` follows
   * the last of them. Offsets that were taken before are passed by, those without a record are a gap. Returns where reading
   * goes on.
   */
  accept(topic: string, partition: number, from: number, records: ReadonlyArray<KafkaRecord>, next: number): number
  /** Where reading goes on; none before the first record of an assignment. */
  position(topic: string, partition: number): number | undefined
  /** Forgets what was read of one partition: its offsets begin anew. */
  forget(topic: string, partition: number): void
  /** Assigned to this member now. */
  owns(topic: string, partition: number): boolean
  /** False while nothing is to be read: too much unfinished, or the topic is paused. */
  wants(topic: string, partition: number): boolean
  /** Positions that have advanced since they were committed. */
  commits(): ReadonlyArray<Commit>
  /** The broker has these. */
  committed(commits: ReadonlyArray<Commit>): void
}

/** Decodes at once, so that order is by key from here on; a `receive` that throws dies with its record, not the loop. */
const work = (receive: ConsumeOptions["receive"], record: KafkaRecord): Work => {
  try {
    return receive(record)
  } catch {
    return { key: undefined, run: Effect.suspend(() => receive(record).run) }
  }
}

/**
 * What one member of the group holds: a watermark for each of its partitions, and the records in the flow.
 */
export const makeIntake = (
  options: Pick<ConsumeOptions, "maxInFlight" | "receive" | "onGap">,
  scheduler: KeyedScheduler,
  on: IntakeEvents
): PartitionTracker => {
  let assignment: Assignment = {}
  const holdings = new Map<string, PartitionState>()
  const keyOf = (topic: string, partition: number) => `${topic}/${partition}`
  const owns = (topic: string, partition: number) => assignment[topic]?.includes(partition) ?? false

  const forget = (topic: string, partition: number): void => {
    const holding = holdings.get(keyOf(topic, partition))
    if (holding === undefined) return
    holding.live = false
    holdings.delete(keyOf(topic, partition))
  }

  const holdingFrom = (topic: string, partition: number, start: number): PartitionState => {
    const key = keyOf(topic, partition)
    let holding = holdings.get(key)
    if (holding === undefined) {
      holding = new PartitionState(topic, partition, start, options.maxInFlight, on)
      holdings.set(key, holding)
    }
    return holding
  }

  /** A gap is held like a record: nobody could tell it from a lost one if its offsets were committed first. */
  const passOver = (holding: PartitionState, next: number): void => {
    const { topic, partition, watermark } = holding
    const first = watermark.next
    if (first >= next) return
    watermark.take(first)
    watermark.passTo(next)
    const run = options.onGap({ topic, partition, first, next })
    // In a lane of its own: it takes no record's place, and no admission to a paused topic.
    scheduler.offer({ topic: `gaps of ${topic}`, partition, offset: first, key: undefined, run, owner: holding })
  }

  return {
    owns,
    forget,
    assign: (next, kept) => {
      assignment = next
      for (const { topic, partition } of holdings.values()) {
        if (!kept || !owns(topic, partition)) forget(topic, partition)
      }
      return [...holdings.values()].map((it) => ({
        topic: it.topic,
        partition: it.partition,
        offset: it.watermark.next
      }))
    },
    accept: (topic, partition, from, records, next) => {
      const holding = holdingFrom(topic, partition, from)
      // Nobody looked at what lies before `from`: it is no gap.
      holding.watermark.passTo(from)
      for (const record of records) {
        passOver(holding, record.offset)
        if (!scheduler.wants(topic)) return record.offset
        if (!holding.watermark.take(record.offset)) continue
        scheduler.offer({ topic, partition, offset: record.offset, owner: holding, ...work(options.receive, record) })
      }
      passOver(holding, next)
      return next
    },
    position: (topic, partition) => holdings.get(keyOf(topic, partition))?.watermark.next,
    wants: (topic, partition) => scheduler.wants(topic) && holdings.get(keyOf(topic, partition))?.isFull() !== true,
    commits: () =>
      [...holdings.values()].flatMap((holding) =>
        holding.watermark.committable === holding.sent
          ? []
          : [{ topic: holding.topic, partition: holding.partition, offset: holding.watermark.committable, holding }]
      ),
    committed: (commits) => {
      for (const { holding, offset } of commits) holding.sent = offset
    }
  }
}

/** Loud: records between the position and what is left are gone, or the topic was made anew. */
export const POSITION_OUT_OF_RANGE =
  "the position of the group is out of range; reading goes on from the earliest record"
