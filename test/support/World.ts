import { readFileSync } from "node:fs"

import { Effect, Layer, Redacted, Result, type Scope } from "effect"
import { TestRunner } from "effect/cluster"
import { TestClock } from "effect/testing"

import { httpInProcess } from "../../simulators/HttpInProcess.ts"
import { makeServiceNowSimulator } from "../../simulators/servicenow/ServiceNowSimulator.ts"
import { makeWeniSimulator } from "../../simulators/weni/WeniSimulator.ts"
import { Communicating } from "../../src/app.ts"
import type { Json } from "../../src/domain/Canal.ts"
import { parseJourneys } from "../../src/domain/JourneysFile.ts"
import { Vitals } from "../../src/http/Vitals.ts"
import { makeJournalStore } from "../../src/layers/journal/store.ts"
import { journalMemory } from "../../src/layers/JournalMemory.ts"
import { KafkaMemory, KafkaMemoryBroker } from "../../src/layers/KafkaMemory.ts"
import { Journeys } from "../../src/services/Journeys.ts"
import type { KafkaRecord } from "../../src/services/Kafka.ts"
import { Settings } from "../../src/services/Settings.ts"
import { type Overrides, settings } from "./settings.ts"

export const defaultJourneys = readFileSync("journeys.yaml", "utf8")

/** The record of `fixtures/comunicacaoTransacional.json`. */
export const fixture = (name: string): Json => JSON.parse(readFileSync(`fixtures/${name}`, "utf8"))

const journeysOf = (text: string) => {
  const { journeys, default: byDefault } = Result.getOrThrow(parseJourneys(text))
  return Journeys.of({ find: (name) => journeys.get(name) ?? byDefault, has: (name) => journeys.has(name) })
}

export const jsonOf = (record: KafkaRecord): Json =>
  JSON.parse(new TextDecoder().decode(record.value ?? new Uint8Array()))

const origins = { serviceNow: "http://servicenow.test", weni: "http://weni.test" }

/** 30/09/2025 12:30:00 in São Paulo, a Tuesday: the time of the fixture's event. */
export const eventTime = Date.parse("2025-09-30T15:30:00Z")

export interface WorldOptions {
  readonly settings?: Overrides
  /** The text of the journeys file. */
  readonly journeys?: string
}

/**
 * The whole service but for its sockets and its database: real programs and adapters, Kafka in memory, the simulators in
 * process, virtual time. What outlives a process (topics, journal, vendors) outlives `start`.
 */
export const makeWorld = Effect.fnUntraced(function* (options: WorldOptions = {}) {
  yield* TestClock.setTime(eventTime)
  const serviceNow = yield* makeServiceNowSimulator({ nextCaseNumber: 1005 })
  const weni = yield* makeWeniSimulator()
  const store = makeJournalStore()
  const broker = yield* Effect.map(Layer.build(KafkaMemoryBroker.layer({ partitions: 2 })), (context) => context)
  const config = settings({
    ...options.settings,
    serviceNow: { url: origins.serviceNow, ...options.settings?.serviceNow },
    weni: { url: origins.weni, apiKey: Redacted.make("key"), ...options.settings?.weni }
  } as Overrides)

  const Outside = Layer.mergeAll(
    KafkaMemory,
    TestRunner.layer,
    journalMemory(store),
    httpInProcess({ [origins.serviceNow]: serviceNow, [origins.weni]: weni }),
    Layer.succeed(Journeys, journeysOf(options.journeys ?? defaultJourneys)),
    Vitals.layer
  ).pipe(Layer.provideMerge(Layer.succeed(Settings, config)), Layer.provide(Layer.succeedContext(broker)))

  const { append, records } = yield* Effect.provideContext(KafkaMemoryBroker, broker)
  const topic = (name: string) => Effect.map(records(name), (all) => all.map(jsonOf))

  /** Moves the clock in small steps until the condition holds; dies after an hour. */
  const until = Effect.fnUntraced(function* (condition: Effect.Effect<boolean>) {
    for (let step = 0; step < 36_000; step++) {
      if (yield* condition) return
      yield* TestClock.adjust("100 millis")
    }
    return yield* Effect.die(new Error("not within an hour of virtual time"))
  })
  const responses = topic(config.topics.response)

  return {
    serviceNow,
    weni,
    store,
    settings: config,
    broker: yield* Effect.provideContext(KafkaMemoryBroker, broker),
    /** One process of the service, until the scope closes. */
    start: Effect.asVoid(Layer.build(Communicating.pipe(Layer.provide(Outside)))) as Effect.Effect<
      void,
      never,
      Scope.Scope
    >,
    produce: (value: Json | Uint8Array | string | null, headers: Readonly<Record<string, string>> = {}) =>
      append({
        topic: config.topics.in,
        key: null,
        value:
          value === null || typeof value === "string" || value instanceof Uint8Array ? value : JSON.stringify(value),
        headers
      }),
    responses,
    deadLetters: records(config.topics.inDlq),
    until,
    /** When `count` responses are published. */
    responded: (count: number) => Effect.andThen(until(Effect.map(responses, (all) => all.length >= count)), responses)
  }
})
