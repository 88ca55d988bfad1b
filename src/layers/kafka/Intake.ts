import { Effect } from "effect"

import type { ConsumeOptions, KafkaRecord, Work } from "../../services/Kafka.ts"
import type { Flow } from "./Flow.ts"
import { Holding, type IntakeEvents } from "./Holding.ts"

export interface Position {
  readonly topic: string
  readonly partition: number
  /** The next offset: to read, or to commit. */
  readonly offset: number
}

/** A position that may be committed; `intake.committed` takes it back when the broker has it. */
interface Commit extends Position {
  readonly holding: Holding
}

/** Partitions of a topic, as the group assigned them. */
export type Assignment = Readonly<Record<string, ReadonlyArray<number>>>

export interface Intake {
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
  flow: Flow,
  on: IntakeEvents
): Intake => {
  let assignment: Assignment = {}
  const holdings = new Map<string, Holding>()
  const keyOf = (topic: string, partition: number) => `${topic}/${partition}`
  const owns = (topic: string, partition: number) => assignment[topic]?.includes(partition) ?? false

  const forget = (topic: string, partition: number): void => {
    const holding = holdings.get(keyOf(topic, partition))
    if (holding === undefined) return
    holding.live = false
    holdings.delete(keyOf(topic, partition))
  }

  const holdingFrom = (topic: string, partition: number, start: number): Holding => {
    const key = keyOf(topic, partition)
    let holding = holdings.get(key)
    if (holding === undefined) {
      holding = new Holding(topic, partition, start, options.maxInFlight, on)
      holdings.set(key, holding)
    }
    return holding
  }

  /** A gap is held like a record: nobody could tell it from a lost one if its offsets were committed first. */
  const passOver = (holding: Holding, next: number): void => {
    const { topic, partition, watermark } = holding
    const first = watermark.next
    if (first >= next) return
    watermark.take(first)
    watermark.passTo(next)
    const run = options.onGap({ topic, partition, first, next })
    // In a lane of its own: it takes no record's place, and no admission to a paused topic.
    flow.offer({ topic: `gaps of ${topic}`, partition, offset: first, key: undefined, run, owner: holding })
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
        if (!flow.wants(topic)) return record.offset
        if (!holding.watermark.take(record.offset)) continue
        flow.offer({ topic, partition, offset: record.offset, owner: holding, ...work(options.receive, record) })
      }
      passOver(holding, next)
      return next
    },
    position: (topic, partition) => holdings.get(keyOf(topic, partition))?.watermark.next,
    wants: (topic, partition) => flow.wants(topic) && holdings.get(keyOf(topic, partition))?.isFull() !== true,
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
