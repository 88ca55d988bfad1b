import { Effect, Layer } from "effect"

import { KafkaMemory, KafkaMemoryBroker } from "../../../../src/layers/kafka/memory/KafkaMemory.ts"
import { TopicReaderMemory } from "../../../../src/layers/kafka/memory/TopicReaderMemory.ts"
import { Settings } from "../../../../src/services/Settings.ts"
import { kafkaContract } from "../../../contracts/kafka.ts"
import { KafkaBench } from "../../../contracts/kafkaBench.ts"
import { topicReaderContract } from "../../../contracts/topicReader.ts"

const bench = Layer.effect(
  KafkaBench,
  Effect.map(KafkaMemoryBroker, (broker) =>
    KafkaBench.of({
      createTopic: broker.createTopic,
      produce: (record) => Effect.asVoid(Effect.orDie(broker.append(record))),
      transact: (record, end) =>
        Effect.andThen(
          end === "commit" ? Effect.orDie(broker.append(record)) : broker.mark(record.topic, record.partition),
          broker.mark(record.topic, record.partition)
        ),
      deleteTopic: broker.deleteTopic,
      deleteBefore: broker.truncate,
      records: broker.records,
      committed: broker.committed,
      kafka: (settings) =>
        KafkaMemory.pipe(Layer.provide([Layer.succeed(KafkaMemoryBroker, broker), Layer.succeed(Settings, settings)]))
    })
  )
)

kafkaContract("memory", Layer.provide(bench, KafkaMemoryBroker.layer()))
kafkaContract("memory, committing every 100 ms", Layer.provide(bench, KafkaMemoryBroker.layer({ commitEvery: 100 })))
topicReaderContract("memory", Layer.provide(Layer.merge(bench, TopicReaderMemory), KafkaMemoryBroker.layer()))
