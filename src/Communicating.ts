import { Effect, Layer } from "effect"

import { Vitals } from "./http/Vitals.ts"
import { BreakersInProcess } from "./layers/BreakersInProcess.ts"
import { ServiceNowHttp } from "./layers/ServiceNowHttp.ts"
import { WeniHttp } from "./layers/WeniHttp.ts"
import { Actors } from "./programs/Actors.ts"
import { audit } from "./programs/audit.ts"
import { CaseLookup } from "./programs/CaseLookup.ts"
import { Intake } from "./programs/Intake.ts"
import { Retention } from "./programs/Retention.ts"
import { Rounds } from "./programs/Rounds.ts"
import { Sweep } from "./programs/Sweep.ts"
import { Watchdog } from "./programs/Watchdog.ts"
import { Breakers } from "./services/Breakers.ts"
import { Journal } from "./services/Journal.ts"
import type { Kafka } from "./services/Kafka.ts"
import type { Settings } from "./services/Settings.ts"

/** Health and metrics see the intake from the moment it is up. */
const IntakeReported = Layer.effectDiscard(
  Effect.gen(function* () {
    const vitals = yield* Vitals
    const intake = yield* Intake
    const journal = yield* Journal
    const { servicenow, weni } = yield* Breakers
    const context = yield* Effect.context<Journal | Kafka | Settings>()
    yield* vitals.report({
      kafka: intake.status,
      audit: Effect.provideContext(audit(), context),
      inDoubt: journal.inDoubt,
      parked: journal.parkedCount,
      breakers: Effect.all({ servicenow: servicenow.status, weni: weni.status })
    })
  })
).pipe(Layer.provide(Intake.layer))

/**
 * The communications, their intake and what comes due by itself: what the service is for. Its outside comes as layers: Kafka, the journal, the
 * cluster, HTTP, journeys and settings.
 */
export const Communicating = Layer.mergeAll(IntakeReported, Sweep, Retention, Watchdog).pipe(
  Layer.provide(Rounds.layer),
  Layer.provide(CaseLookup.layer),
  Layer.provide(Actors),
  Layer.provide([ServiceNowHttp, WeniHttp]),
  Layer.provide(BreakersInProcess)
)
