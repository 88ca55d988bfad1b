import { createRequire } from "node:module"

import type { Message, RecordMetadata, ICustomPartitioner } from "kafkajs"

/** The messages of one partition, numbered from `firstSequence` on. */
export interface Part {
  readonly partition: number
  readonly messages: Array<Message>
  readonly firstSequence: number
}

interface Protocol {
  readonly request: object
  readonly response: object
}

interface Answer {
  readonly topics: ReadonlyArray<{ readonly topicName: string; readonly partitions: ReadonlyArray<RecordMetadata> }>
}

/** A broker inside of kafkajs. */
interface Broker {
  lookupRequest(apiKey: number, versions: object): (options: object) => Protocol
  produce(request: object): Promise<Answer>
}

/** Its answers are given as they were decoded: kafkajs throws the first error, and with it all other partitions' answers. */
const unjudged = (broker: Broker): Broker =>
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

/** One request to one broker: what it answered, by partition, errors among it. */
const produce = async (
  broker: Broker,
  topic: string,
  partitions: ReadonlyArray<Part>,
  options: object
): Promise<ReadonlyMap<number, RecordMetadata>> => {
  const { topics } = await unjudged(broker).produce({ ...options, topicData: [{ topic, partitions }] })
  const answered = topics.filter((it) => it.topicName === topic).flatMap((it) => it.partitions)
  return new Map(answered.map((it) => [it.partition, it]))
}

/** What became of one partition's messages in one attempt: `error` where it did not acknowledge them. */
export interface PartitionOutcome extends RecordMetadata {
  readonly error?: unknown
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

/** What kafkajs gives to whoever sends; the producer is idempotent and in no transaction. */
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

export interface Batch {
  readonly acks: number
  readonly timeout: number
  readonly compression?: number
  readonly topicMessages: ReadonlyArray<{ readonly topic: string; readonly messages: Array<Message> }>
}

const require = createRequire(import.meta.url)
const errorOf: (code: number) => Error = require("kafkajs/src/protocol/error").createErrorFromCode

/**
 * In place of kafkajs's `producer/sendMessages`: one attempt, and the outcome of every partition by its own answer in it.
 * Rejects only where nothing was sent. Whoever sends the rest again sends the same messages, one attempt after the other.
 */
export const createSendMessages = ({ cluster, partitioner, eosManager }: Sending) => {
  /** The last attempt left something undone: the leaders may be others by now. */
  let stale = false

  /** A number that is not acknowledged is given again, to the same messages: the broker knows a repeat by it. */
  const sendTo = async (nodeId: number, batch: Batch, topic: string, messages: ReadonlyMap<number, Array<Message>>) => {
    const partitions = [...messages].map(([partition, messages]): Part => {
      const firstSequence = eosManager.getSequence(topic, partition)
      eosManager.updateSequence(topic, partition, messages.length)
      return { partition, messages, firstSequence }
    })
    const failed = (part: Part, errorCode: number, error: unknown): PartitionOutcome => {
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
          return failed(part, -1, new Error(`broker ${nodeId} did not answer for the partition`))
        if (answer.errorCode !== 0) return failed(part, answer.errorCode, errorOf(answer.errorCode))
        return { ...answer, topicName: topic }
      })
    } catch (error) {
      if (error instanceof Error && error.name === "KafkaJSConnectionClosedError") cluster.removeBroker(error)
      return partitions.map((part) => failed(part, -1, error))
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
    const refresh = stale
    stale = true
    if (!cluster.isConnected()) await cluster.connect()
    await cluster.addMultipleTargetTopics(batch.topicMessages.map(({ topic }) => topic))
    await (refresh ? cluster.refreshMetadata() : cluster.refreshMetadataIfNecessary())
    const outcomes = await Promise.all(
      batch.topicMessages.map(({ topic, messages }) => sendTopic(batch, topic, messages))
    )
    stale = outcomes.flat().some(({ errorCode }) => errorCode !== 0)
    return outcomes.flat()
  }
}
