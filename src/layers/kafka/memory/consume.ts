import { Cause, Effect } from "effect"

import type { ConsumeOptions, Consumer, KafkaStatus, PartitionLag } from "../../../services/Kafka.ts"
import type { KafkaSettings } from "../../../services/Settings.ts"
import { makeFlow } from "../KeyedScheduler.ts"
import { type Assignment, makeIntake, OUT_OF_RANGE } from "../PartitionTracker.ts"
import { type Cluster, type Member, anchor, positions } from "./MemoryBroker.ts"

/** Records that one read of a partition brings at most. */
const FETCH = 500

/** A program that uses the brokers: dead once the broker has killed it. */
export interface Client {
  alive: boolean
  /** What the brokers do when it dies: they drop its members. */
  readonly members: Set<() => void>
}

const logDeath = (cause: Cause.Cause<never>) =>
  Cause.hasInterruptsOnly(cause) ? Effect.void : Effect.logError("the consumer stopped", cause)

/** One member of the group, which waits until the `required` topics are there. */
export const consume = Effect.fnUntraced(function* (
  cluster: Cluster,
  client: Client,
  settings: KafkaSettings,
  commitEvery: number,
  required: ReadonlyArray<string>,
  options: ConsumeOptions
) {
  const group = cluster.group(settings.groupId)
  const flow = yield* makeFlow(options.maxInFlight, options.maxBeginning)
  const wake = () => cluster.changed()
  const intake = makeIntake(options, flow, { room: wake, ended: () => (commitEvery === 0 ? commit() : undefined) })
  let assignment: Assignment = {}
  /** Positions out of range that were not logged yet. */
  const lost: Array<Readonly<Record<string, unknown>>> = []
  let joined = false
  let stopping = false

  const missing = () => required.filter((topic) => !cluster.has(topic))

  const commit = (): void => {
    if (!client.alive || !cluster.reachable) return
    const commits = intake.commits()
    for (const { topic, partition, offset } of commits) group.commit(topic, partition, offset)
    intake.committed(commits)
  }

  const member: Member = {
    topics: options.topics,
    rebalancing: commit,
    assigned: (next) => {
      assignment = next
      intake.assign(next, joined)
      joined = true
    }
  }

  const owned = () =>
    Object.entries(assignment).flatMap(([topic, list]) => list.map((partition) => ({ topic, partition })))

  const read = (topic: string, partition: number): boolean => {
    if (stopping || !client.alive || !cluster.reachable) return false
    if (!intake.owns(topic, partition) || !intake.wants(topic, partition)) return false
    const earliest = cluster.earliest(topic, partition)
    const position = intake.position(topic, partition) ?? group.committed(topic, partition) ?? earliest
    if (position < earliest) {
      intake.forget(topic, partition)
      group.commit(topic, partition, earliest)
      lost.push({ topic, partition, position, earliest })
    }
    const from = Math.max(position, earliest)
    const fetched = cluster.partitions(topic)[partition]?.slice(from, from + FETCH) ?? []
    const records = fetched.filter((it) => it !== undefined)
    return fetched.length > 0 && intake.accept(topic, partition, from, records, from + fetched.length) > from
  }

  const poll = Effect.gen(function* () {
    const version = cluster.version
    const found = owned().filter(({ topic, partition }) => read(topic, partition))
    for (const position of lost.splice(0)) {
      yield* Effect.annotateLogs(Effect.logError(OUT_OF_RANGE), { groupId: settings.groupId, ...position })
    }
    if (found.length === 0) yield* cluster.changeAfter(version)
    else yield* Effect.yieldNow
  })

  const leave = () => {
    joined = false
    intake.assign({}, false)
    cluster.leave(group, member)
  }

  const lag = (): ReadonlyArray<PartitionLag> =>
    owned().map(({ topic, partition }) => ({
      topic,
      partition,
      lag: (cluster.partitions(topic)[partition]?.length ?? 0) - (group.committed(topic, partition) ?? 0)
    }))

  const status = Effect.sync((): KafkaStatus => ({
    joined,
    connected: cluster.reachable,
    missingTopics: missing(),
    lag: lag(),
    inFlight: Object.fromEntries(options.topics.map((topic) => [topic, flow.unfinished(topic)]))
  }))

  const begin = Effect.gen(function* () {
    let said = ""
    while (!cluster.reachable || !client.alive || missing().length > 0) {
      const version = cluster.version
      if (cluster.reachable && settings.createTopics) for (const topic of missing()) cluster.createTopic(topic)
      else if (cluster.reachable && said !== missing().join()) {
        said = missing().join()
        yield* Effect.logWarning(`Kafka topics are missing: ${said}`)
      }
      yield* cluster.changeAfter(version)
    }
    for (const topic of options.topics) anchor(cluster, group, settings.startAt, topic)
    yield* options.onBegin(
      positions(cluster, group, options.topics).map(({ topic, partition, committed, earliest }) => ({
        topic,
        partition,
        offset: committed ?? earliest
      }))
    )
    // Killed meanwhile: a dead member in the group would keep its partitions for ever.
    while (!client.alive) yield* cluster.changeAfter(cluster.version)
    cluster.join(group, member)
  })
  client.members.add(leave)
  yield* Effect.forkScoped(Effect.andThen(begin, Effect.forever(poll)).pipe(Effect.tapCause(logDeath)))
  if (commitEvery > 0) yield* Effect.forkScoped(Effect.forever(Effect.delay(Effect.sync(commit), commitEvery)))
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      stopping = true
      yield* flow.stop(options.drain)
      commit()
      client.members.delete(leave)
      leave()
    })
  )

  const consumer: Consumer = {
    status,
    pause: (topic) => Effect.sync(() => flow.hold(topic)),
    resume: (topic) =>
      Effect.andThen(
        Effect.sync(() => flow.release(topic)),
        Effect.sync(wake)
      ),
    admitOne: (topic) => flow.admitOne(topic, wake)
  }
  return consumer
})
