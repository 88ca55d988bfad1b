import { createRequire } from "node:module"

import type { Message, RecordMetadata, ICustomPartitioner } from "kafkajs"

/** The messages of one partition, numbered from `firstSequence` on. */
export interface Part {
  readonly partition: number
  readonly messages: Array<Message>
  readonly firstSequence: number
}

/** The outcome of one partition's messages in one attempt. `error` is set if the partition did not acknowledge them. */
export interface PartitionOutcome extends RecordMetadata {
  readonly error?: unknown
}

export interface Batch {
  readonly acks: number
  readonly timeout: number
  readonly compression?: number
  readonly topicMessages: ReadonlyArray<{ readonly topic: string; readonly messages: Array<Message> }>
}

interface Protocol {
  readonly request: object
  readonly response: object
}

interface Answer {
  readonly topics: ReadonlyArray<{ readonly topicName: string; readonly partitions: ReadonlyArray<RecordMetadata> }>
}

/** The broker object of kafkajs. */
interface Broker {
  lookupRequest(apiKey: number, versions: object): (options: object) => Protocol
  produce(request: object): Promise<Answer>
}

interface Cluster {
  isConnected(): boolean
  connect(): Promise<void>
  addMultipleTargetTopics(topics: ReadonlyArray<string>): Promise<void>
  refreshMetadata(): Promise<void>
  refreshMetadataIfNecessary(): Promise<void>
  findBroker(node: { readonly nodeId: number }): Promise<Broker>
  findTopicPartitionMetadata(topic: string): Parameters<ReturnType<ICustomPartitioner>>[0]["partitionMetadata"]
  removeBroker(address: unknown): void
}

/** What kafkajs passes to the function that it sends with. The producer is idempotent and in no transaction. */
export interface Sending {
  readonly cluster: Cluster
  readonly partitioner: ReturnType<ICustomPartitioner>
  readonly eosManager: {
    getProducerId(): number
    getProducerEpoch(): number
    getSequence(topic: string, partition: number): number
    updateSequence(topic: string, partition: number, increment: number): void
  }
}

const require = createRequire(import.meta.url)
const errorOf: (code: number) => Error = require("kafkajs/src/protocol/error").createErrorFromCode

/**
 * Returns the answers as they were decoded. kafkajs itself throws the first error, and with it the answers of all other
 * partitions.
 */
const withRawAnswers = (broker: Broker): Broker =>
  Object.create(broker, {
    lookupRequest: {
      value: (apiKey: number, versions: object) => {
        const protocol = broker.lookupRequest(apiKey, versions)
        return (options: object): Protocol => {
          const { request, response } = protocol(options)
          return { request, response: { ...response, parse: (answer: Answer) => Promise.resolve(answer) } }
        }
      }
    }
  })

/** Sends one request to one broker. Returns its answers by partition, including errors. */
const produce = async (
  broker: Broker,
  topic: string,
  partitions: ReadonlyArray<Part>,
  options: object
): Promise<ReadonlyMap<number, RecordMetadata>> => {
  const { topics } = await withRawAnswers(broker).produce({ ...options, topicData: [{ topic, partitions }] })
  const answered = topics.filter((it) => it.topicName === topic).flatMap((it) => it.partitions)
  return new Map(answered.map((it) => [it.partition, it]))
}

/**
 * Replaces kafkajs's `producer/sendMessages`. Makes one attempt, and returns the outcome of every partition from that
 * partition's own answer. Rejects only if nothing was sent. A caller that sends the rest again must send the same
 * messages, one attempt after the other; attempts for different partitions may run at once.
 */
export const createSendMessages = ({ cluster, partitioner, eosManager }: Sending) => {
  /** Partitions whose last attempt left something undone, so their leaders may have changed. */
  const unsettled = new Set<number>()
  /** The last attempt was not even sent. */
  let isUnsent = false

  /** Reuses an unacknowledged sequence number for the same messages, because the broker recognises a repeat by it. */
  const sendTo = async (nodeId: number, batch: Batch, topic: string, messages: ReadonlyMap<number, Array<Message>>) => {
    const partitions = [...messages].map(([partition, messages]): Part => {
      const firstSequence = eosManager.getSequence(topic, partition)
      eosManager.updateSequence(topic, partition, messages.length)
      return { partition, messages, firstSequence }
    })
    const failure = (part: Part, errorCode: number, error: unknown): PartitionOutcome => {
      eosManager.updateSequence(topic, part.partition, -part.messages.length)
      return { topicName: topic, partition: part.partition, errorCode, error }
    }
    try {
      const broker = await cluster.findBroker({ nodeId })
      const { acks, timeout, compression } = batch
      const producer = { producerId: eosManager.getProducerId(), producerEpoch: eosManager.getProducerEpoch() }
      const answers = await produce(broker, topic, partitions, { acks, timeout, compression, ...producer })
      return partitions.map((part): PartitionOutcome => {
        const answer = answers.get(part.partition)
        if (answer === undefined)
          return failure(part, -1, new Error(`broker ${nodeId} did not answer for the partition`))
        if (answer.errorCode !== 0) return failure(part, answer.errorCode, errorOf(answer.errorCode))
        return { ...answer, topicName: topic }
      })
    } catch (error) {
      if (error instanceof Error && error.name === "KafkaJSConnectionClosedError") cluster.removeBroker(error)
      return partitions.map((part) => failure(part, -1, error))
    }
  }

  const sendTopic = async (
    batch: Batch,
    topic: string,
    messages: Array<Message>
  ): Promise<ReadonlyArray<PartitionOutcome>> => {
    const partitionMetadata = cluster.findTopicPartitionMetadata(topic)
    if (partitionMetadata.length === 0) throw new Error(`nothing is known of the topic ${topic}`)
    const byPartition = Map.groupBy(messages, (message) => partitioner({ topic, partitionMetadata, message }))
    const leaders = new Map(partitionMetadata.map((it) => [it.partitionId, it.leader]))
    const byLeader = Map.groupBy(byPartition, ([partition]) => leaders.get(partition))
    const sent = [...byLeader].map(async ([nodeId, parts]): Promise<ReadonlyArray<PartitionOutcome>> => {
      if (nodeId !== undefined) return sendTo(nodeId, batch, topic, new Map(parts))
      const error = new Error("the partition has no leader that is known")
      return parts.map(([partition]) => ({ topicName: topic, partition, errorCode: -1, error }))
    })
    return (await Promise.all(sent)).flat()
  }

  return async (batch: Batch): Promise<ReadonlyArray<PartitionOutcome>> => {
    const messages = batch.topicMessages.flatMap((it) => it.messages)
    const refresh = isUnsent || messages.some(({ partition }) => partition !== undefined && unsettled.has(partition))
    isUnsent = true
    if (!cluster.isConnected()) await cluster.connect()
    await cluster.addMultipleTargetTopics(batch.topicMessages.map(({ topic }) => topic))
    await (refresh ? cluster.refreshMetadata() : cluster.refreshMetadataIfNecessary())
    const sent = batch.topicMessages.map(({ topic, messages }) => sendTopic(batch, topic, messages))
    isUnsent = false
    const outcomes = (
      await Promise.all(sent).catch((error: unknown) => {
        isUnsent = true
        throw error
      })
    ).flat()
    for (const { errorCode, partition } of outcomes) {
      if (errorCode === 0) unsettled.delete(partition)
      else unsettled.add(partition)
    }
    return outcomes
  }
}
