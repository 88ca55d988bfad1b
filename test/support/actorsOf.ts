import { Context, Effect, Layer, Option, Scope } from "effect"

import { httpInProcess } from "../../simulators/HttpInProcess.ts"
import { BreakersInProcess } from "../../src/layers/breaker/BreakersInProcess.ts"
import { journalMemory } from "../../src/layers/journal/memory/JournalMemory.ts"
import { KafkaMemory, KafkaMemoryBroker } from "../../src/layers/kafka/memory/KafkaMemory.ts"
import { ownershipMemory } from "../../src/layers/ownership/OwnershipMemory.ts"
import { ServiceNowHttp } from "../../src/layers/servicenow/ServiceNowHttp.ts"
import { WeniHttp } from "../../src/layers/weni/WeniHttp.ts"
import { Actors } from "../../src/programs/actors/Actors.ts"
import { Communications } from "../../src/programs/actors/Communications.ts"
import { Consumers } from "../../src/programs/outbound/Consumers.ts"
import { KnownCases } from "../../src/programs/outbound/KnownCases.ts"
import { Journeys } from "../../src/services/Journeys.ts"
import { type Lease, Ownership } from "../../src/services/Ownership.ts"
import { Settings } from "../../src/services/Settings.ts"
import { defaultJourneys } from "./defaultJourneys.ts"
import { type Around, interposed } from "./interposed.ts"
import { journeysOf, type World } from "./World.ts"

/** Every run gets this lease, even if another process works on the communication. */
const ownershipOf = (lease: Lease) =>
  Layer.succeed(
    Ownership,
    Ownership.of({
      awaitSession: Effect.void,
      awaitLoss: () => Effect.never,
      hold: (_kind, _id, run) => run(lease),
      tryHold: (_kind, _id, run) => Effect.map(run(lease), Option.some),
      holdAll: (_kind, _ids, run) => run(lease)
    })
  )

const layer = (
  { broker, serviceNow, settings, store, weni }: World,
  around: Around,
  lease: Lease | undefined,
  breakers: typeof BreakersInProcess
) =>
  Actors.pipe(
    Layer.provide([Consumers.layer, KnownCases.layer]),
    Layer.provide([ServiceNowHttp, WeniHttp]),
    Layer.provide(breakers),
    Layer.provide([
      interposed(around).pipe(
        Layer.provide([
          KafkaMemory.pipe(Layer.provide(Layer.succeed(KafkaMemoryBroker, broker))),
          journalMemory(store),
          httpInProcess({ [settings.serviceNow.url]: serviceNow, [settings.weni.url]: weni })
        ])
      ),
      lease === undefined ? ownershipMemory(undefined, -Infinity) : ownershipOf(lease),
      Layer.succeed(Journeys, journeysOf(defaultJourneys))
    ]),
    Layer.provide(Layer.succeed(Settings, settings))
  )

/**
 * The actors of a process in this world that has neither an intake, which would call them one after the other, nor a sweep.
 * They live until `scope` closes, and only the test calls them.
 */
export const actorsOf = Effect.fnUntraced(function* (
  world: World,
  scope: Scope.Scope,
  around: Around = (_, effect) => effect,
  lease?: Lease,
  breakers = BreakersInProcess
) {
  return Context.get(yield* Layer.buildWithScope(layer(world, around, lease, breakers), scope), Communications)
})
