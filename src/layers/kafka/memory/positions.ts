import type { PartitionPosition } from "../../../services/Kafka.ts"
import type { KafkaSettings } from "../../../services/Settings.ts"
import type { Cluster } from "./Cluster.ts"
import type { Group } from "./Group.ts"

/** Where the group stands on every partition of these topics. */
export const positions = (
  cluster: Cluster,
  group: Group,
  topics: ReadonlyArray<string>
): ReadonlyArray<PartitionPosition> =>
  topics.flatMap((topic) =>
    cluster.partitions(topic).map((log, partition) => ({
      topic,
      partition,
      committed: group.committed(topic, partition),
      earliest: cluster.earliest(topic, partition),
      end: log.length
    }))
  )

/** Where the group begins on a topic of which it has committed nothing (CONTRACT `KAFKA_START_AT`). */
export const anchor = (cluster: Cluster, group: Group, startAt: KafkaSettings["startAt"], topic: string): void => {
  if (startAt === "earliest" || group.knows(topic)) return
  cluster.partitions(topic).forEach((log, partition) => {
    const first = startAt === "latest" ? -1 : log.findIndex((it) => it !== undefined && it.timestamp >= startAt)
    group.commit(topic, partition, first < 0 ? log.length : first)
  })
}
