import { Effect, Layer } from "effect"

import type { Decision } from "../../src/domain/communication/Fact.ts"
import { journalMemory } from "../../src/layers/journal/memory/JournalMemory.ts"
import { KafkaMemory, KafkaMemoryBroker } from "../../src/layers/kafka/memory/KafkaMemory.ts"
import { TopicReaderMemory } from "../../src/layers/kafka/memory/TopicReaderMemory.ts"
import { resolveDispatch } from "../../src/programs/operator/resolveDispatch.ts"
import { Settings } from "../../src/services/Settings.ts"
import { fixtureId } from "./scene.ts"
import type { World } from "./World.ts"

/** What an operator's commands reach of a world: its topics, beside its processes. */
export const operatorOf = ({ broker, settings }: Pick<World, "broker" | "settings">) =>
  Layer.mergeAll(TopicReaderMemory, KafkaMemory).pipe(
    Layer.provideMerge(Layer.mergeAll(Layer.succeed(KafkaMemoryBroker, broker), Layer.succeed(Settings, settings)))
  )

/** As an operator's command does it, in a process of its own. */
export const decideIn = (
  world: Pick<World, "settings" | "store">,
  decision: Decision,
  { id = fixtureId, reason = "Weni foi consultada" } = {}
) =>
  resolveDispatch(id, decision, reason).pipe(
    Effect.catchTag("UnknownFact", Effect.die),
    Effect.provide(journalMemory(world.store)),
    Effect.provideService(Settings, world.settings)
  )
