import { Effect, Layer } from "effect"

import { TopicReaderKafkaJs } from "../../src/layers/kafka/js/TopicReaderKafkaJs.ts"
import { Settings } from "../../src/services/Settings.ts"
import { kafkaContract } from "../contracts/kafka.ts"
import { topicReaderContract } from "../contracts/topicReader.ts"
import { settings } from "../support/settings.ts"
import { brokersOfEnvironment, RealBench, RealBrokers } from "./kafkaReal.ts"

kafkaContract("kafkajs", Layer.provide(RealBench, RealBrokers.layer(brokersOfEnvironment)))

const Reader = TopicReaderKafkaJs.pipe(
  Layer.provide(
    Layer.effect(
      Settings,
      Effect.sync(() => settings({ kafka: { brokers: brokersOfEnvironment() } }))
    )
  )
)
topicReaderContract("kafkajs", Layer.merge(Layer.provide(RealBench, RealBrokers.layer(brokersOfEnvironment)), Reader))
