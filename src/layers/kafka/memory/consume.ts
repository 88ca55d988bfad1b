import { Cause, Effect } from "effect"

import type { AssignedPartition, ConsumeOptions, Consumer, KafkaStatus, PartitionLag } from "../../../services/Kafka.ts"
import type { KafkaSettings } from "../../../services/Settings.ts"
import { makeKeyedScheduler } from "../KeyedScheduler.ts"
import { type Assignment, makePartitionTracker, POSITION_OUT_OF_RANGE, withOldest } from "../PartitionTracker.ts"
import { type MemoryBroker, type Member, startsOf } from "./MemoryBroker.ts"

/** The maximum number of records in one read of a partition. */
const FETCH = 500

/** A program that uses the brokers. It is no longer alive once the broker has killed it. */
export interface Client {
  alive: boolean
  /** The brokers call these when the client is killed, to drop its members. */
  readonly members: Set<() => void>
  /** The brokers call these when a client speaks again whose members they had dropped. */
  readonly returning: Set<() => void>
}

const logCrash = (cause: Cause.Cause<never>) =>
  Cause.hasInterruptsOnly(cause) ? Effect.void : Effect.logError("the consumer stopped", cause)

/** Runs one member of the group, which waits until the `required` topics exist. */
export const consumeMemory = Effect.fnUntraced(function* (
  broker: MemoryBroker,
  client: Client,
  settings: KafkaSettings,
  commitEvery: number,
  required: ReadonlyArray<string>,
  options: ConsumeOptions
) {
  const group = broker.group(settings.groupId)
  const scheduler = yield* makeKeyedScheduler(options.maxInFlight, options.startPermits)
  const wake = () => broker.changed()
  const tracker = makePartitionTracker(options, scheduler, {
    room: wake,
    ended: () => (commitEvery === 0 ? commit() : undefined)
  })
  let assignment: Assignment = {}
  /** Counts the assignments. Anything begun in an earlier one is void. */
  let epoch = 0
  /** Where reading continues in the partitions whose log is settled, by `topic/partition`. */
  const settled = new Map<string, number>()
  /** Partitions whose log is being settled, by `topic/partition`. */
  const settling = new Set<string>()
  let joined = false
  let stopping = false
  /** It has been in the group. */
  let entered = false

  const missing = () => required.filter((topic) => !broker.has(topic))

  const commit = (): void => {
    if (!client.alive || !broker.reachable) return
    const commits = tracker.commits()
    for (const { topic, partition, offset } of commits) group.commit(topic, partition, offset)
    tracker.committed(commits)
  }

  const member: Member = {
    topics: options.topics,
    rebalancing: commit,
    assigned: (next) => {
      assignment = next
      epoch++
      settled.clear()
      settling.clear()
      tracker.assign(next, joined)
      joined = true
    }
  }

  const owned = () =>
    Object.entries(assignment).flatMap(([topic, list]) => list.map((partition) => ({ topic, partition })))

  const logOf = (topic: string, partition: number) => broker.partitions(topic)[partition]

  const assignedOf = (topic: string, partition: number): AssignedPartition => {
    const [committed, position] = [group.committed(topic, partition), tracker.position(topic, partition)]
    const earliest = broker.earliest(topic, partition)
    return {
      topic,
      partition,
      cluster: broker.cluster,
      committed,
      earliest,
      end: logOf(topic, partition)?.length ?? 0,
      start: position ?? committed ?? group.start(topic, partition) ?? earliest,
      isReading: position !== undefined,
      ...tracker.lastRead(topic, partition)
    }
  }

  /** Settles which log an assigned partition has. Fails if it was assigned again, or cannot be committed now. */
  const settle = Effect.fnUntraced(function* (topic: string, partition: number) {
    const mine = epoch
    const isOurs = () => mine === epoch && client.alive && broker.reachable
    const assigned = assignedOf(topic, partition)
    const { earliest, end, start } = assigned
    const log = yield* options.onAssigned(assigned, (next) =>
      Effect.suspend(() => (isOurs() ? Effect.sync(() => group.commit(topic, partition, next)) : Effect.fail("away")))
    )
    if (mine !== epoch) return
    tracker.begin(topic, partition, log)
    settled.set(`${topic}/${partition}`, log.from)
    broker.changed()
    if (log.is !== "same" || log.from === start) return
    yield* Effect.logError(POSITION_OUT_OF_RANGE).pipe(
      Effect.annotateLogs({ groupId: settings.groupId, topic, partition, position: start, earliest, end })
    )
  })

  const beginSettling = Effect.fnUntraced(function* (topic: string, partition: number) {
    const key = `${topic}/${partition}`
    const mine = epoch
    if (settling.has(key) || settled.has(key) || !broker.reachable || logOf(topic, partition) === undefined) return
    settling.add(key)
    yield* Effect.forkScoped(
      settle(topic, partition).pipe(
        Effect.ignore,
        Effect.ensuring(Effect.sync(() => void (mine === epoch && settling.delete(key))))
      ),
      { startImmediately: true }
    )
  })

  const read = (topic: string, partition: number): boolean => {
    if (stopping || !client.alive || !broker.reachable) return false
    if (!tracker.owns(topic, partition) || tracker.isFull(topic, partition)) return false
    const start = settled.get(`${topic}/${partition}`)
    if (start === undefined) return false
    const from = tracker.position(topic, partition) ?? start
    const log = logOf(topic, partition)
    if (log === undefined || from < broker.earliest(topic, partition) || from > log.length) {
      settled.delete(`${topic}/${partition}`)
      broker.changed()
      return false
    }
    const fetched = log.slice(from, from + FETCH)
    const records = fetched.filter((it) => it !== undefined)
    if (fetched.length > 0) tracker.accept(topic, partition, from, records, from + fetched.length)
    return fetched.length > 0
  }

  const poll = Effect.gen(function* () {
    const version = broker.version
    for (const { topic, partition } of owned()) yield* beginSettling(topic, partition)
    const found = owned().filter(({ topic, partition }) => read(topic, partition))
    if (found.length === 0) yield* broker.changeAfter(version)
    else yield* Effect.yieldNow
  })

  const leave = () => {
    joined = false
    tracker.assign({}, false)
    broker.leave(group, member)
  }

  const lag = (): ReadonlyArray<PartitionLag> =>
    owned().map(({ topic, partition }) => ({
      topic,
      partition,
      lag: (broker.partitions(topic)[partition]?.length ?? 0) - (group.committed(topic, partition) ?? 0)
    }))

  const status = Effect.sync((): KafkaStatus => ({
    joined,
    connected: broker.reachable,
    missingTopics: missing(),
    assigned: tracker.owned(),
    trouble: "",
    unreached: 0,
    lag: lag().map(withOldest(tracker)),
    inFlight: Object.fromEntries(options.topics.map((topic) => [topic, scheduler.unfinished(topic)]))
  }))

  const begin = Effect.gen(function* () {
    let reported = ""
    while (!broker.reachable || !client.alive || missing().length > 0) {
      const version = broker.version
      if (broker.reachable && settings.createTopics) for (const topic of missing()) broker.createTopic(topic)
      else if (broker.reachable && reported !== missing().join()) {
        reported = missing().join()
        yield* Effect.logWarning(`Kafka topics are missing: ${reported}`)
      }
      yield* broker.changeAfter(version)
    }
    for (const topic of options.topics) group.begin(topic, startsOf(broker, group, settings.startAt, topic))
    // The client may have been killed in the meantime. A dead member in the group would keep its partitions
    // indefinitely.
    while (!client.alive) yield* broker.changeAfter(broker.version)
    entered = true
    broker.join(group, member)
  })
  const comeBack = () => {
    if (entered && !stopping && !group.members.includes(member)) broker.join(group, member)
  }
  client.members.add(leave)
  client.returning.add(comeBack)
  yield* Effect.forkScoped(Effect.andThen(begin, Effect.forever(poll)).pipe(Effect.tapCause(logCrash)))
  if (commitEvery > 0) yield* Effect.forkScoped(Effect.forever(Effect.delay(Effect.sync(commit), commitEvery)))
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      stopping = true
      yield* scheduler.stop(options.drain)
      commit()
      client.members.delete(leave)
      client.returning.delete(comeBack)
      leave()
    })
  )

  const consumer: Consumer = { status }
  return consumer
})
