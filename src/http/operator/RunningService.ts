import { Context, type Duration, Effect, Layer, Option, Ref } from "effect"

import { Unavailable } from "../../api/problems.ts"
import type { KnownCases } from "../../programs/outbound/KnownCases.ts"
import type { BreakerCloses } from "../../services/BreakerCloses.ts"
import type { CommunicationIndex } from "../../services/CommunicationIndex.ts"
import type { CommunicationSearch } from "../../services/CommunicationSearch.ts"
import type { Journal } from "../../services/Journal.ts"
import type { Journeys } from "../../services/Journeys.ts"
import type { Kafka } from "../../services/Kafka.ts"
import type { Ledger } from "../../services/Ledger.ts"
import type { Operations } from "../../services/Operations.ts"
import type { ParkedEvents } from "../../services/ParkedEvents.ts"
import type { Processes } from "../../services/Processes.ts"
import type { Redrives } from "../../services/Redrives.ts"
import type { ServiceNow } from "../../services/ServiceNow.ts"
import type { Sessions } from "../../services/Sessions.ts"
import type { Settings } from "../../services/Settings.ts"
import type { Tallies } from "../../services/Tallies.ts"
import type { TopicReader } from "../../services/TopicReader.ts"
import type { WaitingCounts } from "../../services/WaitingCounts.ts"

/** The services that the operator's programs use. They exist once the database is open. */
export type RunningServices =
  | BreakerCloses
  | CommunicationIndex
  | CommunicationSearch
  | Journal
  | Journeys
  | Kafka
  | KnownCases
  | Ledger
  | Operations
  | ParkedEvents
  | Processes
  | Redrives
  | ServiceNow
  | Sessions
  | Settings
  | Tallies
  | TopicReader
  | WaitingCounts

/** Where the running service provides these services to the operator's API. The API responds before that, too. */
export class RunningService extends Context.Service<
  RunningService,
  {
    begin(services: Context.Context<RunningServices>): Effect.Effect<void>
    readonly services: Effect.Effect<Option.Option<Context.Context<RunningServices>>>
  }
>()("brom-ctx/http/RunningService") {
  static readonly layer = Layer.effect(
    RunningService,
    Effect.map(Ref.make(Option.none<Context.Context<RunningServices>>()), (ref) =>
      RunningService.of({ begin: (services) => Ref.set(ref, Option.some(services)), services: Ref.get(ref) })
    )
  )
}

/** Provides the services of the app to the operator's API once they exist. */
export const OperatorServices = Layer.effectDiscard(
  Effect.gen(function* () {
    const running = yield* RunningService
    yield* running.begin(yield* Effect.context<RunningServices>())
  })
)

/** Longer than the brokers or the database take while they are available. */
const waitBudget = "20 seconds"

/** Returns the services. Fails with 503 before they exist. */
export const onceGiven = <A, R>(given: Effect.Effect<Option.Option<A>, never, R>): Effect.Effect<A, Unavailable, R> =>
  Effect.flatMap(
    given,
    Option.match({
      onNone: () => Effect.fail(new Unavailable({ error: "the service waits for its database" })),
      onSome: Effect.succeed
    })
  )

/** Fails with 503 when Kafka or the database does not answer the program in time. */
export const withinBudget = <A, E, R>(
  program: Effect.Effect<A, E, R>,
  budget: Duration.Input = waitBudget
): Effect.Effect<A, E | Unavailable, R> =>
  Effect.timeoutOrElse(program, {
    duration: budget,
    orElse: () => Effect.fail(new Unavailable({ error: "Kafka or the database does not answer" }))
  })

/** Runs a program with the services of the app. Fails with 503 before they exist, or if they time out. */
export const whenRunning = <A, E, R>(
  program: Effect.Effect<A, E, R>,
  budget: Duration.Input = waitBudget
): Effect.Effect<A, E | Unavailable, RunningService | Exclude<R, RunningServices>> =>
  Effect.gen(function* () {
    const services = yield* onceGiven(Effect.flatMap(RunningService, (running) => running.services))
    return yield* withinBudget(Effect.provideContext(program, services), budget)
  })
