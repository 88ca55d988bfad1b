import { readFile } from "node:fs/promises"
import { join } from "node:path"

import { Context, Effect, Layer } from "effect"

import { eventually, fresh } from "../contracts/kafkaBench.ts"
import { brokerPorts, sh } from "./kafkaBroker.ts"
import { RealBench, RealBrokers } from "./kafkaReal.ts"
import { temporaryDirectory } from "./support/temporaryFile.ts"

/** The brokers that should have one partition. The first one leads it. */
export type Replicas = ReadonlyArray<number>

/** Three brokers of the tests' own, in one cluster (`tools/kafka/kafka.sh start3`). */
export class OwnCluster extends Context.Service<
  OwnCluster,
  {
    readonly addresses: ReadonlyArray<string>
    /** Starts, kills or restarts broker `node`, from 1 on. A restart stops it as an operator would. */
    readonly node: (node: number, command: "start" | "kill" | "restart") => Effect.Effect<void>
    /** Stops broker `node` where it is, or lets it go on: its port accepts connections, and nothing answers. */
    readonly freeze: (node: number, isFrozen: boolean) => Effect.Effect<void>
  }
>()("brom-ctx/test/OwnCluster") {}

// If another replica leads, the controller elects the first one within a second.
const ELECTING = "leader.imbalance.check.interval.seconds=1"

const OwnClusterLayer = Layer.effect(
  OwnCluster,
  Effect.gen(function* () {
    const port = yield* brokerPorts(3)
    const dir = yield* temporaryDirectory
    yield* Effect.addFinalizer(() => sh(["kill3", dir, `${port}`]))
    yield* sh(["start3", dir, `${port}`], "", ELECTING)
    return {
      addresses: [0, 2, 4].map((more) => `127.0.0.1:${port + more}`),
      node: (node, command) =>
        Effect.asVoid(sh([command, join(dir, `${node}`), `${port + 2 * (node - 1)}`], "", ELECTING)),
      freeze: (node, isFrozen) =>
        Effect.promise(async () => {
          const pid = Number(await readFile(join(dir, `${node}`, "broker.pid"), "utf8"))
          process.kill(pid, isFrozen ? "SIGSTOP" : "SIGCONT")
        })
    }
  })
)

/** A bench on three brokers. */
export const ClusterBench = RealBench.pipe(
  Layer.provideMerge(Layer.unwrap(Effect.map(OwnCluster, ({ addresses }) => RealBrokers.layer(() => addresses)))),
  Layer.provideMerge(OwnClusterLayer)
)

/** A topic of its own whose partitions have these replicas. `move` changes them. */
export const replicatedTopic = Effect.fnUntraced(function* (assigned: ReadonlyArray<Replicas>) {
  const { client } = yield* RealBrokers
  const topic = fresh("topic")
  const admin = client.admin()
  yield* Effect.acquireRelease(
    Effect.promise(() => admin.connect()),
    () => Effect.promise(() => admin.disconnect())
  )
  const byPartition = (all: ReadonlyArray<Replicas>) =>
    all.map((replicas, partition) => ({ partition, replicas: [...replicas] }))
  const leaders = Effect.promise(async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] }).catch(() => ({ topics: [] }))
    const partitions = [...(topics[0]?.partitions ?? [])].sort((a, b) => a.partitionId - b.partitionId)
    return partitions.map((it) => it.leader)
  })
  const led = (all: ReadonlyArray<Replicas>) =>
    eventually("the leaders have moved", leaders, (now) => now.join() === all.map(([first]) => first).join())

  yield* Effect.promise(() =>
    admin.createTopics({ topics: [{ topic, replicaAssignment: byPartition(assigned) }], waitForLeaders: false })
  )
  yield* led(assigned)
  return {
    topic,
    /** Assigns these replicas. Returns when the first one of each partition leads it. */
    move: Effect.fnUntraced(function* (all: ReadonlyArray<Replicas>) {
      const topics = [{ topic, partitionAssignment: byPartition(all) }]
      yield* Effect.promise(() => admin.alterPartitionReassignments({ topics }))
      yield* led(all)
    })
  }
})
