import type { Message, RecordMetadata } from "kafkajs"

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
export interface Broker {
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
export const produce = async (
  broker: Broker,
  topic: string,
  partitions: ReadonlyArray<Part>,
  options: object
): Promise<ReadonlyMap<number, RecordMetadata>> => {
  const { topics } = await unjudged(broker).produce({ ...options, topicData: [{ topic, partitions }] })
  const answered = topics.filter((it) => it.topicName === topic).flatMap((it) => it.partitions)
  return new Map(answered.map((it) => [it.partition, it]))
}
