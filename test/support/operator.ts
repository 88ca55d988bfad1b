import { Effect, Layer } from "effect"

import { httpInProcess } from "../../simulators/HttpInProcess.ts"
import type { Decision } from "../../src/domain/communication/Decision.ts"
import { BreakersInProcess } from "../../src/layers/breaker/BreakersInProcess.ts"
import { journalMemory } from "../../src/layers/journal/memory/JournalMemory.ts"
import { RedrivesMemory } from "../../src/layers/journal/memory/RedrivesMemory.ts"
import { KafkaMemory, KafkaMemoryBroker } from "../../src/layers/kafka/memory/KafkaMemory.ts"
import { TopicReaderMemory } from "../../src/layers/kafka/memory/TopicReaderMemory.ts"
import { ServiceNowHttp } from "../../src/layers/servicenow/ServiceNowHttp.ts"
import type { Ordered } from "../../src/programs/operator/ActionRefused.ts"
import { requestRetry } from "../../src/programs/operator/requestRetry.ts"
import { resolveDispatch } from "../../src/programs/operator/resolveDispatch.ts"
import { KnownCases } from "../../src/programs/outbound/KnownCases.ts"
import { Journeys } from "../../src/services/Journeys.ts"
import { Settings } from "../../src/services/Settings.ts"
import { defaultJourneys } from "./defaultJourneys.ts"
import { fixtureId } from "./scene.ts"
import { journeysOf, type World } from "./World.ts"

/** The parts of a world that an operator's commands reach directly: its topics. */
export const operatorOf = ({ broker, settings }: Pick<World, "broker" | "settings">) =>
  Layer.mergeAll(TopicReaderMemory, KafkaMemory).pipe(
    Layer.provideMerge(Layer.mergeAll(Layer.succeed(KafkaMemoryBroker, broker), Layer.succeed(Settings, settings)))
  )

/** ServiceNow as a separate process calls it, and the Cases that this process knows. */
const vendorsOf = ({ serviceNow, settings, store }: Pick<World, "serviceNow" | "settings" | "store">) =>
  KnownCases.layer.pipe(
    Layer.provideMerge(ServiceNowHttp),
    Layer.provide(BreakersInProcess),
    Layer.provide(httpInProcess({ [settings.serviceNow.url]: serviceNow })),
    Layer.provide(Layer.merge(journalMemory(store), Layer.succeed(Settings, settings)))
  )

/** What an operator's action needs, in a separate process: the journal, ServiceNow, the journeys file. */
const actorOf = (world: Pick<World, "serviceNow" | "settings" | "store">, journeys: string) =>
  Layer.mergeAll(
    vendorsOf(world),
    journalMemory(world.store),
    Layer.succeed(Settings, world.settings),
    Layer.succeed(Journeys, journeysOf(journeys))
  )

/** Everything that an operator's programs need, in a separate process with its own journeys file. */
export const operatorProcess = (
  world: Pick<World, "broker" | "serviceNow" | "settings" | "store">,
  journeys = defaultJourneys
) => Layer.mergeAll(actorOf(world, journeys), operatorOf(world), RedrivesMemory)

/** Runs an operator's program in a separate process with its own journeys file. */
export const asOperator =
  (world: Pick<World, "broker" | "serviceNow" | "settings" | "store">, journeys = defaultJourneys) =>
  <A, E, R>(program: Effect.Effect<A, E, R>) =>
    program.pipe(Effect.provide(operatorProcess(world, journeys)), Effect.scoped)

/** Requests a retry as an operator, in a separate process with its own journeys file. */
export const retryIn = (
  world: Pick<World, "serviceNow" | "settings" | "store">,
  { id = fixtureId, journeys = defaultJourneys, ...ordered }: { id?: string; journeys?: string } & Ordered = {}
) =>
  requestRetry(id, ordered).pipe(
    Effect.catchTag("UnknownFact", Effect.die),
    Effect.provide(actorOf(world, journeys)),
    Effect.scoped
  )

/** Decides a doubt as an operator's command does, in a separate process. */
export const decideIn = (
  world: Pick<World, "settings" | "store">,
  decision: Decision,
  { id = fixtureId, reason = "Weni foi consultada" } = {}
) =>
  resolveDispatch(id, decision, { reason }).pipe(
    Effect.catchTag("UnknownFact", Effect.die),
    Effect.provide(journalMemory(world.store)),
    Effect.provideService(Settings, world.settings)
  )
