import { Effect, Layer } from "effect"

import { RuntimeStatus } from "./http/RuntimeStatus.ts"
import { ServiceNowHttp } from "./layers/servicenow/ServiceNowHttp.ts"
import { WeniHttp } from "./layers/weni/WeniHttp.ts"
import { Actors } from "./programs/actors/Actors.ts"
import { BacklogsInProcess } from "./programs/intake/Backlogs.ts"
import { CaseLookup } from "./programs/intake/CaseLookup.ts"
import { Intake } from "./programs/intake/Intake.ts"
import { WaitingRecords } from "./programs/intake/WaitingRecords.ts"
import { Consumers } from "./programs/outbound/Consumers.ts"
import { KnownCases } from "./programs/outbound/KnownCases.ts"
import { WatchedConsumers } from "./programs/outbound/WatchedConsumers.ts"
import { audit } from "./programs/upkeep/audit.ts"
import { BreakerWatch } from "./programs/upkeep/BreakerWatch.ts"
import { OperationRunner } from "./programs/upkeep/OperationRunner.ts"
import { Presence } from "./programs/upkeep/Presence.ts"
import { Retention } from "./programs/upkeep/Retention.ts"
import { Rounds } from "./programs/upkeep/Rounds.ts"
import { SearchFill } from "./programs/upkeep/SearchFill.ts"
import { Sweep } from "./programs/upkeep/Sweep.ts"
import { Watchdog } from "./programs/upkeep/Watchdog.ts"
import { Breakers } from "./services/Breakers.ts"
import { CommunicationIndex } from "./services/CommunicationIndex.ts"
import type { Kafka } from "./services/Kafka.ts"
import { Ledger } from "./services/Ledger.ts"
import { ParkedEvents } from "./services/ParkedEvents.ts"
import type { Settings } from "./services/Settings.ts"

/** Reports the intake to health and metrics as soon as it is running. */
const IntakeReported = Layer.effectDiscard(
  Effect.gen(function* () {
    const runtimeStatus = yield* RuntimeStatus
    const intake = yield* Intake
    const parkedEvents = yield* ParkedEvents
    const ledger = yield* Ledger
    const communicationIndex = yield* CommunicationIndex
    const { servicenow, weni } = yield* Breakers
    const knownCases = yield* KnownCases
    const context = yield* Effect.context<CommunicationIndex | Kafka | Ledger | Settings>()
    yield* runtimeStatus.report({
      kafka: intake.status,
      audit: Effect.provideContext(audit(), context),
      inDoubt: communicationIndex.inDoubt,
      held: communicationIndex.heldCount,
      parked: parkedEvents.parkedCount,
      ahead: ledger.ahead,
      keySight: knownCases.sight,
      breakers: Effect.all({ servicenow: servicenow.status, weni: weni.status })
    })
  })
)

/**
 * The core of the service: the communications, their intake, and the work that comes due by itself. Kafka, the journal,
 * the locks, HTTP, the breakers, journeys and settings are layers from outside. The services that the operator's
 * programs use are part of its output.
 */
export const App = Layer.mergeAll(
  Layer.provide(Layer.mergeAll(IntakeReported, OperationRunner, Presence), Intake.layer),
  Sweep,
  Retention,
  SearchFill,
  Watchdog,
  BreakerWatch
).pipe(
  Layer.provide(Rounds.layer),
  Layer.provide(BacklogsInProcess),
  Layer.provide([CaseLookup.layer, WaitingRecords.layer]),
  Layer.provide(Actors),
  Layer.provide(Layer.provide(WatchedConsumers, Consumers.layer)),
  Layer.provideMerge(KnownCases.layer),
  Layer.provideMerge([ServiceNowHttp, WeniHttp])
)
