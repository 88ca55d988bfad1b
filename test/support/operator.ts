import { Layer } from "effect"

import { KafkaMemory, KafkaMemoryBroker } from "../../src/layers/kafka/memory/KafkaMemory.ts"
import { TopicReaderMemory } from "../../src/layers/kafka/memory/TopicReaderMemory.ts"
import { Settings } from "../../src/services/Settings.ts"
import type { World } from "./World.ts"

/** What an operator's commands reach of a world: its topics, beside its processes. */
export const operatorOf = ({ broker, settings }: Pick<World, "broker" | "settings">) =>
  Layer.mergeAll(TopicReaderMemory, KafkaMemory).pipe(
    Layer.provideMerge(Layer.mergeAll(Layer.succeed(KafkaMemoryBroker, broker), Layer.succeed(Settings, settings)))
  )
