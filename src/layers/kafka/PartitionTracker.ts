import { Effect } from "effect"

import { inGeneration } from "../../domain/record/Origin.ts"
import { markOf } from "../../domain/record/RecordMark.ts"
import type {
  AssignedLog,
  AssignedPartition,
  ConsumeOptions,
  KafkaRecord,
  Work,
  PartitionLag
} from "../../services/Kafka.ts"
import type { TaskOwner, KeyedScheduler } from "./KeyedScheduler.ts"

export interface Position {
  readonly topic: string
  readonly partition: number
  /** The next offset to read, or to commit. */
  readonly offset: number
}

/** The partitions of each topic, as the group assigned them. */
export type Assignment = Readonly<Record<string, ReadonlyArray<number>>>

export interface TrackerEvents {
  /** A full partition has room again and may be read. */
  room(topic: string, partition: number): void
  /** A record has ended. */
  ended(): void
}

/** A position that may be committed. `committed` takes it back once the broker has stored it. */
interface Commit extends Position {
  readonly state: PartitionState
}

/** The lag of a partition with the time of its first unfinished record, if the tracker has one. */
export const withOldest =
  (tracker: Pick<PartitionTracker, "oldestAt">) =>
  (lag: PartitionLag): PartitionLag => {
    const oldestAt = tracker.oldestAt(lag.topic, lag.partition)
    return oldestAt === undefined ? lag : { ...lag, oldestAt }
  }

export interface PartitionTracker {
  /**
   * Starts a new generation of the group. With `kept`, partitions that are still ours continue from their positions,
   * which are returned. All others are forgotten: none of their records start, and no completion of them is committed.
   */
  assign(assignment: Assignment, kept: boolean): ReadonlyArray<Position>
  /**
   * Accepts the records that the brokers returned for a request from `from`, and hands them over in order. Skips
   * offsets that were taken before, and treats offsets without a record as a gap. Reading continues at `next`, after
   * the last record.
   */
  accept(topic: string, partition: number, from: number, records: ReadonlyArray<KafkaRecord>, next: number): void
  /** Where reading continues. `undefined` before the first record of an assignment. */
  position(topic: string, partition: number): number | undefined
  /** The time of the partition's first unfinished record, epoch milliseconds. `undefined` if there is none. */
  oldestAt(topic: string, partition: number): number | undefined
  /** Where reading continues, in every partition of which something was read. */
  positions(): ReadonlyArray<Position>
  /** The last record of the partition that was read in this assignment, if there is one. */
  lastRead(topic: string, partition: number): Pick<AssignedPartition, "lastRead">
  /**
   * Names the records of a partition that are accepted from now on. If reading does not continue at its position, the
   * records in progress are either forgotten here and read again, or they end without being committed.
   */
  begin(topic: string, partition: number, log: AssignedLog): void
  /** Whether the partition is assigned to this member now. */
  owns(topic: string, partition: number): boolean
  /** All partitions that are assigned to this member now, by `topic/partition`. */
  owned(): ReadonlyArray<string>
  /** True while too many records of the partition are unfinished, so that nothing of it may be read. */
  isFull(topic: string, partition: number): boolean
  /** Positions that have advanced since they were committed. */
  commits(): ReadonlyArray<Commit>
  /** Marks these commits as stored by the broker. */
  committed(commits: ReadonlyArray<Commit>): void
}

/**
 * Logged as an error: records between the position and the earliest remaining one are gone, or the topic was created
 * again.
 */
export const POSITION_OUT_OF_RANGE = "group's position is out of range, reading from the earliest record"

/**
 * Tracks the contiguous watermark of one partition: the offset that may be committed while its records end in any order
 * (DESIGN "Kafka intake"). O(1) amortised per record.
 */
export class Watermark {
  /** The offsets taken, in order. Those before index `head` have ended, and so has every record before them. */
  private open: Array<number> = []
  /** The time of each record in `open`, epoch milliseconds. */
  private times: Array<number> = []
  private head = 0
  private readonly done = new Set<number>()
  private position: number

  /** `start` is the first offset that is not known to have ended. */
  constructor(start: number) {
    this.position = start
  }

  /** Where reading continues: one past the last offset taken or passed. */
  get next(): number {
    return this.position
  }

  /** The offset to commit. Every record before it has ended. */
  get committable(): number {
    return this.open[this.head] ?? this.position
  }

  /** The time of the first record that has not ended; `undefined` if all that were taken have. */
  get oldestAt(): number | undefined {
    return this.times[this.head]
  }

  /** The number of records taken that have not ended. */
  get unfinished(): number {
    return this.open.length - this.head - this.done.size
  }

  /** The number of records that ended behind a slower one. A crash now would deliver them again. */
  get behind(): number {
    return this.done.size
  }

  /** Takes the record of this time at this offset. Returns false if it was taken before. */
  take(offset: number, at = 0): boolean {
    if (offset < this.position) return false
    this.open.push(offset)
    this.times.push(at)
    this.position = offset + 1
    return true
  }

  /** Moves the reading position past offsets that no commit has to wait for. */
  passTo(next: number): void {
    if (next > this.position) this.position = next
  }

  /** Marks the record at this offset as ended. Called once for each offset taken. */
  end(offset: number): void {
    this.done.add(offset)
    while (this.head < this.open.length && this.done.delete(this.open[this.head] as number)) this.head++
    if (this.head === this.open.length) {
      this.open = []
      this.times = []
      this.head = 0
    } else if (this.head > 1024 && this.head * 2 > this.open.length) {
      this.open.splice(0, this.head)
      this.times.splice(0, this.head)
      this.head = 0
    }
  }
}

/** Ended records behind a slow one at which its partition is no longer read (DESIGN "Kafka intake"). */
const MOST_BEHIND = 100_000

/**
 * Unfinished records at which a partition is no longer read. At most as many are taken at once, so there are always
 * fewer than twice as many.
 */
export const mostUnfinished = (maxInFlight: number) => 4 * maxInFlight

/** The state of one assigned partition. Once the partition is lost, `live` is false and completions are ignored. */
class PartitionState implements TaskOwner {
  live = true
  /** The last position that the broker is known to have stored for us. */
  sent: number
  lastRead: AssignedPartition["lastRead"]
  readonly watermark: Watermark
  readonly topic: string
  readonly partition: number
  private full = false
  private readonly high: number
  private readonly low: number
  private readonly on: TrackerEvents

  constructor(topic: string, partition: number, start: number, maxInFlight: number, on: TrackerEvents) {
    this.topic = topic
    this.partition = partition
    this.watermark = new Watermark(start)
    this.sent = start
    this.high = mostUnfinished(maxInFlight)
    this.low = 3 * maxInFlight
    this.on = on
  }

  /** True from the high-water mark of unfinished records until they fall to the low one. */
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

/**
 * Decodes the record at once, because order is by key from here on. If `receive` throws, only the task of its record
 * crashes, not the loop.
 */
const work = (receive: ConsumeOptions["receive"], record: KafkaRecord): Work => {
  try {
    return receive(record)
  } catch {
    return { key: undefined, run: Effect.suspend(() => receive(record).run) }
  }
}

/**
 * Tracks what one member of the group holds: a watermark for each of its partitions, and its records in the scheduler.
 */
export const makePartitionTracker = (
  options: Pick<ConsumeOptions, "maxInFlight" | "receive" | "onGap">,
  scheduler: KeyedScheduler,
  on: TrackerEvents
): PartitionTracker => {
  let assignment: Assignment = {}
  const states = new Map<string, PartitionState>()
  /** The generations of partitions that have had several logs. All others are in their first one. */
  const generations = new Map<string, AssignedLog["generations"]>()
  const keyOf = (topic: string, partition: number) => `${topic}/${partition}`
  const owns = (topic: string, partition: number) => assignment[topic]?.includes(partition) ?? false

  const forget = (topic: string, partition: number): void => {
    const state = states.get(keyOf(topic, partition))
    if (state === undefined) return
    state.live = false
    states.delete(keyOf(topic, partition))
    scheduler.disown(state)
  }

  /** The generation of a record at this offset, as a field of its origin. */
  const generationAt = (topic: string, partition: number, offset: number) => {
    const known = generations.size === 0 ? undefined : generations.get(keyOf(topic, partition))
    if (known === undefined) return {}
    const last = known.findLast(({ first }) => first <= offset) ?? known[0]
    return inGeneration(last?.generation)
  }

  const begin = (topic: string, partition: number, log: AssignedLog): void => {
    const { from, is } = log
    const key = keyOf(topic, partition)
    if (log.generations.some(({ generation }) => generation > 1)) generations.set(key, log.generations)
    else generations.delete(key)
    const state = states.get(key)
    if (state === undefined || (is === "same" && state.watermark.next === from)) return
    // The records in progress are no longer in any log. This process has their last copy, so they continue, and nothing
    // waits for them.
    if (is === "cut") forget(topic, partition)
    else states.delete(key)
  }

  const positions = (): ReadonlyArray<Position> =>
    [...states.values()].map((it) => ({ topic: it.topic, partition: it.partition, offset: it.watermark.next }))

  const stateFrom = (topic: string, partition: number, start: number): PartitionState => {
    const key = keyOf(topic, partition)
    let state = states.get(key)
    if (state === undefined) {
      state = new PartitionState(topic, partition, start, options.maxInFlight, on)
      states.set(key, state)
    }
    return state
  }

  /**
   * Hands a gap over like a record. If its offsets were committed first, it could not be distinguished from lost
   * records.
   */
  const passOver = (state: PartitionState, next: number): void => {
    const { topic, partition, watermark } = state
    const first = watermark.next
    if (first >= next) return
    watermark.take(first)
    watermark.passTo(next)
    const run = options.onGap({ topic, partition, first, next, ...generationAt(topic, partition, first) })
    // A topic queue of its own: the gap takes no slot of a record.
    scheduler.offer({ topic: `gaps of ${topic}`, partition, offset: first, key: undefined, run, owner: state })
  }

  return {
    owns,
    owned: () =>
      Object.entries(assignment).flatMap(([topic, partitions]) => partitions.map((one) => `${topic}/${one}`)),
    begin,
    assign: (next, kept) => {
      assignment = next
      for (const { topic, partition } of states.values()) {
        if (!kept || !owns(topic, partition)) forget(topic, partition)
      }
      return positions()
    },
    positions,
    accept: (topic, partition, from, records, next) => {
      const state = stateFrom(topic, partition, from)
      // The offsets before `from` were not requested, so they are not a gap.
      state.watermark.passTo(from)
      for (const record of records) {
        const { offset } = record
        passOver(state, offset)
        if (!state.watermark.take(offset, record.timestamp)) continue
        const named = generations.size === 0 ? record : { ...record, ...generationAt(topic, partition, offset) }
        scheduler.offer({ topic, partition, offset, owner: state, ...work(options.receive, named) })
      }
      passOver(state, next)
      const last = records.at(-1)
      if (last !== undefined) state.lastRead = { offset: last.offset, mark: markOf(last) }
    },
    lastRead: (topic, partition) => {
      const lastRead = states.get(keyOf(topic, partition))?.lastRead
      return lastRead === undefined ? {} : { lastRead }
    },
    oldestAt: (topic, partition) => states.get(keyOf(topic, partition))?.watermark.oldestAt,
    position: (topic, partition) => states.get(keyOf(topic, partition))?.watermark.next,
    isFull: (topic, partition) => states.get(keyOf(topic, partition))?.isFull() ?? false,
    commits: () =>
      [...states.values()].flatMap((state) =>
        state.watermark.committable === state.sent
          ? []
          : [{ topic: state.topic, partition: state.partition, offset: state.watermark.committable, state }]
      ),
    committed: (commits) => {
      for (const { state, offset } of commits) state.sent = offset
    }
  }
}
