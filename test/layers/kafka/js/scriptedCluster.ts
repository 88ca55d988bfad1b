import { createRequire } from "node:module"

import type { Kafka, Message, ProducerConfig } from "kafkajs"

import type { MakeClient } from "../../../../src/layers/kafka/js/client.ts"
import { patchKafkaJs } from "../../../../src/layers/kafka/js/patch.ts"
import { quietLogger } from "./quietLogger.ts"

const require = createRequire(import.meta.url)
patchKafkaJs()

const createProducer: (options: object) => ReturnType<Kafka["producer"]> = require("kafkajs/src/producer")
const response: {
  parse(answer: object): Promise<object>
} = require("kafkajs/src/protocol/requests/produce/v7/response")

interface Part {
  readonly partition: number
  readonly firstSequence: number
  readonly messages: ReadonlyArray<Message>
}

interface Request {
  readonly producerId: number
  readonly topicData: ReadonlyArray<{ readonly topic: string; readonly partitions: ReadonlyArray<Part> }>
}

export const codes = { notLeader: 6, forbidden: 29, outOfOrder: 45 }

/** What a broker does with one partition's messages, instead of storing them; "silent" stores them and does not answer. */
export type Whim = number | "silent" | "lost"

/**
 * A producer of kafkajs on a cluster that does what the test says. Partition `p` of `topic` is led by `leaders[p]`, and
 * the client learns that when it asks. Repeats are recognised by their numbers, as by a broker.
 */
export const scriptedCluster = (...leaders: Array<number>) => {
  const cluster = {
    leaders,
    /** The values of each partition. */
    stored: leaders.map((): Array<string> => []),
    /** Which partitions each request was about, by broker. */
    requests: [] as Array<string>,
    /** Called for each partition that a broker is asked to store. */
    whim: (_partition: number, _asked: number): Whim | undefined => undefined,
    producers: 0
  }
  const asked = leaders.map(() => 0)
  const next = new Map<string, number>()
  let known: ReadonlyArray<number> = []

  const append = (nodeId: number, producerId: number, { partition, firstSequence, messages }: Part) => {
    const answer = (errorCode: number) => [{ partition, errorCode, baseOffset: "0" }]
    if (cluster.leaders[partition] !== nodeId) return answer(codes.notLeader)
    const whim = cluster.whim(partition, (asked[partition] = (asked[partition] ?? 0) + 1))
    if (typeof whim === "number") return answer(whim)
    if (whim === "lost") return []
    const key = `${producerId}/${partition}`
    const expected = next.get(key) ?? 0
    if (firstSequence > expected) return answer(codes.outOfOrder)
    if (firstSequence === expected) {
      next.set(key, expected + messages.length)
      cluster.stored[partition]?.push(...messages.map((it) => String(it.value)))
    }
    return whim === "silent" ? [] : answer(0)
  }

  const broker = (nodeId: number) => ({
    nodeId,
    initProducerId: () => Promise.resolve({ producerId: ++cluster.producers, producerEpoch: 0 }),
    lookupRequest: () => () => ({ request: {}, response }),
    produce(this: { lookupRequest(): () => { response: typeof response } }, { producerId, topicData }: Request) {
      const parts = topicData.flatMap((it) => it.partitions)
      cluster.requests.push(`${nodeId}: ${parts.map((it) => it.partition).join()}`)
      const partitions = parts.flatMap((it) => append(nodeId, producerId, it))
      return this.lookupRequest()().response.parse({ topics: [{ topicName: "topic", partitions }] })
    }
  })
  const brokers = new Map([1, 2, 3].map((nodeId) => [nodeId, broker(nodeId)]))

  const refresh = () => Promise.resolve(void (known = [...cluster.leaders]))
  const seen = {
    retry: { initialRetryTime: 1, retries: 5 },
    isConnected: () => true,
    connect: refresh,
    disconnect: () => Promise.resolve(),
    addMultipleTargetTopics: () => Promise.resolve(),
    refreshMetadata: refresh,
    refreshMetadataIfNecessary: () => Promise.resolve(),
    removeBroker: () => {},
    findControllerBroker: () => Promise.resolve(brokers.get(1)),
    findBroker: ({ nodeId }: { readonly nodeId: number | string }) => Promise.resolve(brokers.get(Number(nodeId))),
    findTopicPartitionMetadata: () => known.map((leader, partitionId) => ({ partitionId, leader })),
    findLeaderForPartitions: (_topic: string, partitions: ReadonlyArray<string>) =>
      Object.groupBy(partitions.map(Number), (partition) => known[partition] ?? -1)
  }
  const makeClient: MakeClient = () => {
    const producer = (config: ProducerConfig) =>
      createProducer({ ...config, cluster: seen, logger: quietLogger, retry: { initialRetryTime: 1, retries: 5 } })
    return { producer } as never
  }
  return { cluster, makeClient }
}
