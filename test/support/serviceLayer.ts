import { Layer } from "effect"

import { App } from "../../src/App.ts"
import { RuntimeStatus } from "../../src/http/RuntimeStatus.ts"
import { BreakersInProcess } from "../../src/layers/breaker/BreakersInProcess.ts"
import type { BreakerCloses } from "../../src/services/BreakerCloses.ts"
import type { Breakers } from "../../src/services/Breakers.ts"
import type { CommunicationIndex } from "../../src/services/CommunicationIndex.ts"
import type { CommunicationSearch } from "../../src/services/CommunicationSearch.ts"
import type { CustomerCreations } from "../../src/services/CustomerCreations.ts"
import type { Http } from "../../src/services/Http.ts"
import type { Journal } from "../../src/services/Journal.ts"
import { Journeys } from "../../src/services/Journeys.ts"
import type { Kafka } from "../../src/services/Kafka.ts"
import type { Ledger } from "../../src/services/Ledger.ts"
import type { Operations } from "../../src/services/Operations.ts"
import type { Ownership } from "../../src/services/Ownership.ts"
import type { ParkedEvents } from "../../src/services/ParkedEvents.ts"
import type { Processes } from "../../src/services/Processes.ts"
import { Redrives } from "../../src/services/Redrives.ts"
import type { SearchIndex } from "../../src/services/SearchIndex.ts"
import type { Sessions } from "../../src/services/Sessions.ts"
import { Settings } from "../../src/services/Settings.ts"
import type { Tallies } from "../../src/services/Tallies.ts"
import { TopicReader } from "../../src/services/TopicReader.ts"
import { type Around, interposed, redrivesAround } from "./interposed.ts"

/** One process of the service with everything outside in memory, and the services of the operator's programs. `around` wraps its outside calls. */
export const serviceLayer = <R>(options: {
  readonly outside: Layer.Layer<
    | BreakerCloses
    | CommunicationIndex
    | CommunicationSearch
    | CustomerCreations
    | Http
    | Journal
    | Kafka
    | Ledger
    | Operations
    | ParkedEvents
    | Processes
    | Redrives
    | SearchIndex
    | Sessions
    | Tallies
    | TopicReader,
    never,
    R | Settings
  >
  readonly around: Around
  readonly journeys: Journeys["Service"]
  readonly settings: Settings["Service"]
  /** Its locks. */
  readonly ownership: Layer.Layer<Ownership>
  /** Its breakers; those of a single process if absent. */
  readonly breakers?: Layer.Layer<Breakers, never, Settings>
  /** Where the process reports its status; its own if absent. */
  readonly runtimeStatus?: Layer.Layer<RuntimeStatus>
}) =>
  App.pipe(
    Layer.provideMerge([
      Layer.mergeAll(
        interposed(options.around),
        redrivesAround(options.around),
        Layer.effect(TopicReader, TopicReader)
      ).pipe(Layer.provide(options.outside)),
      options.ownership,
      options.breakers ?? BreakersInProcess,
      Layer.succeed(Journeys, options.journeys),
      options.runtimeStatus ?? RuntimeStatus.layer
    ]),
    Layer.provideMerge(Layer.succeed(Settings, options.settings))
  )
