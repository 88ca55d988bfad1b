import { Cause, Effect } from "effect"

import type { ConsumeOptions, Consumer, KafkaStatus, PartitionLag } from "../../../services/Kafka.ts"
import type { KafkaSettings } from "../../../services/Settings.ts"
import { makeKeyedScheduler } from "../KeyedScheduler.ts"
import { type Assignment, makePartitionTracker, POSITION_OUT_OF_RANGE } from "../PartitionTracker.ts"
import { type MemoryBroker, type Member, commitStart, positions } from "./MemoryBroker.ts"

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
  /** Positions out of range that are not logged yet. */
  const outOfRange: Array<Readonly<Record<string, unknown>>> = []
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
      tracker.assign(next, joined)
      joined = true
    }
  }

  const owned = () =>
    Object.entries(assignment).flatMap(([topic, list]) => list.map((partition) => ({ topic, partition })))

  const read = (topic: string, partition: number): boolean => {
    if (stopping || !client.alive || !broker.reachable) return false
    if (!tracker.owns(topic, partition) || tracker.isFull(topic, partition)) return false
    const earliest = broker.earliest(topic, partition)
    const position = tracker.position(topic, partition) ?? group.committed(topic, partition) ?? earliest
    if (position < earliest) {
      tracker.forget(topic, partition)
      group.commit(topic, partition, earliest)
      outOfRange.push({ topic, partition, position, earliest })
    }
    const from = Math.max(position, earliest)
    const fetched = broker.partitions(topic)[partition]?.slice(from, from + FETCH) ?? []
    const records = fetched.filter((it) => it !== undefined)
    if (fetched.length > 0) tracker.accept(topic, partition, from, records, from + fetched.length)
    return fetched.length > 0
  }

  const poll = Effect.gen(function* () {
    const version = broker.version
    const found = owned().filter(({ topic, partition }) => read(topic, partition))
    for (const position of outOfRange.splice(0)) {
      yield* Effect.annotateLogs(Effect.logError(POSITION_OUT_OF_RANGE), { groupId: settings.groupId, ...position })
    }
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
    lag: lag(),
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
    for (const topic of options.topics) commitStart(broker, group, settings.startAt, topic)
    yield* options.onBegin(
      positions(broker, group, options.topics).map(({ topic, partition, committed, earliest }) => ({
        topic,
        partition,
        offset: committed ?? earliest
      }))
    )
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
