import { Effect } from "effect"

import { recordHeadersOf } from "../../../domain/record/RecordHeaders.ts"
import { recordTime } from "../../../domain/record/recordTime.ts"
import { type KafkaRecord, KafkaError, type NewRecord, type PartitionPosition } from "../../../services/Kafka.ts"
import type { KafkaSettings } from "../../../services/Settings.ts"
import { batchSize, bytesOf } from "../bytes.ts"
import { partitionOf } from "../partitioner.ts"
import type { Assignment } from "../PartitionTracker.ts"

/** One consumer in a group, as the broker sees it. */
export interface Member {
  readonly topics: ReadonlyArray<string>
  /** Starts a new generation. Called at once, before anything else is read. */
  assigned(assignment: Assignment): void
  /** The last chance to commit before the next `assigned`. */
  rebalancing(): void
}

/** A consumer group with its members and committed offsets. */
export class Group {
  readonly members: Array<Member> = []
  private readonly offsets = new Map<string, number>()
  /** Where the group starts, by topic. */
  private readonly starts = new Map<string, ReadonlyArray<number>>()

  committed(topic: string, partition: number): number | undefined {
    return this.offsets.get(`${topic}/${partition}`)
  }

  commit(topic: string, partition: number, offset: number): void {
    this.offsets.set(`${topic}/${partition}`, offset)
  }

  /** Forgets the offsets of a topic, as brokers do when the topic is deleted. */
  forget(topic: string): void {
    for (const key of this.offsets.keys()) if (key.startsWith(`${topic}/`)) this.offsets.delete(key)
    this.starts.delete(topic)
  }

  knows(topic: string): boolean {
    return this.starts.has(topic) || [...this.offsets.keys()].some((key) => key.startsWith(`${topic}/`))
  }

  /** Fixes where the group starts on all partitions of a topic. */
  begin(topic: string, starts: ReadonlyArray<number>): void {
    if (starts.length > 0) this.starts.set(topic, starts)
  }

  /** Where the group starts on a partition, if that is fixed. */
  start(topic: string, partition: number): number | undefined {
    return this.starts.get(topic)?.[partition]
  }

  /** Distributes the partitions in turn, topic by topic. */
  rebalance(partitionsOf: (topic: string) => number): void {
    for (const member of this.members) member.rebalancing()
    const shares = this.members.map((): Record<string, Array<number>> => ({}))
    let turn = 0
    for (const topic of new Set(this.members.flatMap((it) => it.topics))) {
      const subscribers = this.members.flatMap((it, at) => (it.topics.includes(topic) ? [at] : []))
      for (let partition = 0; partition < partitionsOf(topic); partition++) {
        const share = shares[subscribers[turn++ % subscribers.length] as number] as Record<string, Array<number>>
        ;(share[topic] ??= []).push(partition)
      }
    }
    this.members.forEach((member, at) => member.assigned(shares[at] ?? {}))
  }
}

export interface BrokerOptions {
  /** Partitions of a topic that is created without a number of its own. */
  readonly partitions: number
  /** `max.message.bytes` of every topic. */
  readonly maxMessageBytes: number
}

/**
 * The state of the brokers: topics of partitions of records, and groups. Synchronous. Every change wakes all waiters.
 */
export class MemoryBroker {
  reachable = true
  /** The id of the cluster. */
  cluster = "memory"
  /** Logs by offset. Nothing is delivered from an offset that holds `undefined`. */
  private readonly topics = new Map<string, ReadonlyArray<Array<KafkaRecord | undefined>>>()
  /** The earliest remaining offset, by `topic/partition`. */
  private readonly lows = new Map<string, number>()
  private readonly groups = new Map<string, Group>()
  private readonly waiting = new Set<() => void>()
  private turn = 0
  /** Counts changes. `changeAfter` returns at once if the caller has missed one. */
  version = 0
  readonly options: BrokerOptions

  constructor(options: BrokerOptions) {
    this.options = options
  }

  changed(): void {
    this.version++
    const waiting = [...this.waiting]
    this.waiting.clear()
    for (const wake of waiting) wake()
  }

  changeAfter(version: number): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      if (this.version !== version) return resume(Effect.void)
      const wake = () => resume(Effect.void)
      this.waiting.add(wake)
      return Effect.sync(() => this.waiting.delete(wake))
    })
  }

  createTopic(topic: string, partitions = this.options.partitions): void {
    if (this.topics.has(topic)) return
    this.topics.set(
      topic,
      Array.from({ length: partitions }, () => [])
    )
    for (const group of this.groups.values()) {
      if (group.members.some((it) => it.topics.includes(topic))) this.rebalance(group)
    }
    this.changed()
  }

  /** Deletes the topic with its records and all committed offsets. */
  deleteTopic(topic: string): void {
    this.topics.delete(topic)
    for (const key of this.lows.keys()) if (key.startsWith(`${topic}/`)) this.lows.delete(key)
    for (const group of this.groups.values()) group.forget(topic)
    this.changed()
  }

  has(topic: string): boolean {
    return this.topics.has(topic)
  }

  partitions(topic: string): ReadonlyArray<ReadonlyArray<KafkaRecord | undefined>> {
    return this.topics.get(topic) ?? []
  }

  /** Returns the records that consumers receive, by partition, then offset. */
  records(topic: string): ReadonlyArray<KafkaRecord> {
    return this.partitions(topic).flatMap((log) => log.filter((it) => it !== undefined))
  }

  earliest(topic: string, partition: number): number {
    return this.lows.get(`${topic}/${partition}`) ?? 0
  }

  /** Appends an offset that no consumer receives, the marker of a transaction. */
  mark(topic: string, partition: number): void {
    this.topics.get(topic)?.[partition]?.push(undefined)
    this.changed()
  }

  /** Deletes the records before `earliest`, as retention does. */
  truncate(topic: string, partition: number, earliest: number): void {
    this.topics.get(topic)?.[partition]?.fill(undefined, 0, earliest)
    this.lows.set(`${topic}/${partition}`, earliest)
    this.changed()
  }

  /** Deletes the records from `end` on, as an unclean election does. */
  cut(topic: string, partition: number, end: number): void {
    this.topics.get(topic)?.[partition]?.splice(end)
    this.changed()
  }

  /** Appends a record. Fails with `TooLarge` as a broker would. The topic must exist. */
  append(record: NewRecord, timestamp: number | bigint, at?: number): Effect.Effect<KafkaRecord, KafkaError> {
    const size = batchSize(record)
    const { topic } = record
    if (size > this.options.maxMessageBytes) {
      const detail = `${size} bytes are more than max.message.bytes ${this.options.maxMessageBytes}`
      return Effect.fail(new KafkaError({ reason: "TooLarge", topic, detail }))
    }
    const logs = this.topics.get(topic) ?? []
    const key = record.key === null ? null : bytesOf(record.key)
    const partition = at ?? (key === null ? this.turn++ % logs.length : partitionOf(key, logs.length))
    const log = logs[partition]
    if (log === undefined) return Effect.die(new Error(`${topic} has no partition ${partition}`))
    const value = record.value === null ? null : bytesOf(record.value)
    const headers = recordHeadersOf(record.headers)
    const stored: KafkaRecord = {
      topic,
      partition,
      offset: log.length,
      ...recordTime(typeof timestamp === "bigint" ? timestamp : BigInt(Math.floor(timestamp))),
      key,
      value,
      headers
    }
    log.push(stored)
    this.changed()
    return Effect.succeed(stored)
  }

  group(id: string): Group {
    let group = this.groups.get(id)
    if (group === undefined) this.groups.set(id, (group = new Group()))
    return group
  }

  join(group: Group, member: Member): void {
    group.members.push(member)
    this.rebalance(group)
  }

  leave(group: Group, member: Member): void {
    const at = group.members.indexOf(member)
    if (at < 0) return
    group.members.splice(at, 1)
    this.rebalance(group)
  }

  private rebalance(group: Group): void {
    group.rebalance((topic) => this.partitions(topic).length)
    this.changed()
  }
}

/** Returns the group's position on every partition of these topics. */
export const positions = (
  broker: MemoryBroker,
  group: Group,
  topics: ReadonlyArray<string>
): ReadonlyArray<PartitionPosition> =>
  topics.flatMap((topic) =>
    broker.partitions(topic).map((log, partition) => ({
      topic,
      partition,
      committed: group.committed(topic, partition),
      earliest: broker.earliest(topic, partition),
      end: log.length,
      cluster: broker.cluster
    }))
  )

/** Where the group starts on the partitions of a topic for which it has committed nothing (CONTRACT `KAFKA_START_AT`). */
export const startsOf = (
  broker: MemoryBroker,
  group: Group,
  startAt: KafkaSettings["startAt"],
  topic: string
): ReadonlyArray<number> => {
  if (startAt === "earliest" || group.knows(topic)) return []
  return broker.partitions(topic).map((log) => {
    const first = startAt === "latest" ? -1 : log.findIndex((it) => it !== undefined && it.timestamp >= startAt)
    return first < 0 ? log.length : first
  })
}
