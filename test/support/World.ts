import { readFileSync } from "node:fs"

import { Context, Effect, Layer, Metric, Redacted, Result } from "effect"
import { TestClock } from "effect/testing"

import { httpInProcess } from "../../simulators/HttpInProcess.ts"
import { makeServiceNowSimulator } from "../../simulators/servicenow/ServiceNowSimulator.ts"
import type { WeniSettings } from "../../simulators/weni/options.ts"
import { makeWeniSimulator } from "../../simulators/weni/WeniSimulator.ts"
import { parseJourneys } from "../../src/domain/journeys/JourneysFile.ts"
import type { Json } from "../../src/domain/record/ChannelResult.ts"
import type { NewHeaders } from "../../src/domain/record/RecordHeaders.ts"
import { RuntimeStatus } from "../../src/http/RuntimeStatus.ts"
import { BreakersInProcess } from "../../src/layers/breaker/BreakersInProcess.ts"
import { journalMemory } from "../../src/layers/journal/memory/JournalMemory.ts"
import { makeRedriveStore, redrivesMemory } from "../../src/layers/journal/memory/RedrivesMemory.ts"
import { loadFrom, makeJournalStore } from "../../src/layers/journal/memory/store.ts"
import { KafkaMemory, KafkaMemoryBroker } from "../../src/layers/kafka/memory/KafkaMemory.ts"
import { TopicReaderMemory } from "../../src/layers/kafka/memory/TopicReaderMemory.ts"
import { makeLockServer, ownershipMemory } from "../../src/layers/ownership/OwnershipMemory.ts"
import { Journeys } from "../../src/services/Journeys.ts"
import type { KafkaRecord } from "../../src/services/Kafka.ts"
import type { Ownership } from "../../src/services/Ownership.ts"
import { breakersAnsweringOthers } from "./answeringOthers.ts"
import { defaultJourneys } from "./defaultJourneys.ts"
import { openEarlierCase, withoutEarlierCase } from "./earlierCase.ts"
import { type Around, both } from "./interposed.ts"
import { launch, mortal } from "./Process.ts"
import { serviceLayer } from "./serviceLayer.ts"
import { type Overrides, settings } from "./settings.ts"

/** The JSON of a file in `fixtures`. */
export const fixture = (name: string): Json => JSON.parse(readFileSync(`fixtures/${name}`, "utf8"))

/** The journeys in the text of a journeys file. */
export const journeysOf = (text: string) => {
  const { journeys, default: byDefault } = Result.getOrThrow(parseJourneys(text))
  return Journeys.of({
    find: (name) => journeys.get(name) ?? byDefault,
    has: (name) => journeys.has(name),
    all: [...journeys.values()]
  })
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
  readonly weni?: WeniSettings
  /** The vendors answer no other calls. Otherwise they do, so a call that fails repeatedly is not an outage (SPEC 9.2). */
  readonly alone?: boolean
  /** The service has already opened a Case, so a look for another one can prove that there is none (SPEC 4.3). */
  readonly earlierCase?: true
  /** Its start, epoch milliseconds; `eventTime` if absent. */
  readonly at?: number
}

/** The place, key, headers and time of a record. */
export interface Placed {
  readonly partition?: number
  readonly key?: string
  readonly headers?: NewHeaders
  readonly timestamp?: bigint
}

const transparent: Around = (_, effect) => effect

/**
 * The whole service except its sockets and its database: real programs and adapters, Kafka in memory, the simulators in
 * process, virtual time. Topics, journal and vendors outlive each process that `start` returns.
 */
export const makeWorld = Effect.fnUntraced(function* (options: WorldOptions = {}) {
  yield* TestClock.setTime(options.at ?? eventTime)
  const serviceNow = yield* makeServiceNowSimulator({ nextCaseNumber: 1005 })
  const weni = yield* makeWeniSimulator(options.weni)
  const store = makeJournalStore()
  const redrives = makeRedriveStore()
  if (options.earlierCase) yield* openEarlierCase(serviceNow, store)
  const brokers = yield* Layer.build(KafkaMemoryBroker.layer({ partitions: 2 }))
  const broker = Context.get(brokers, KafkaMemoryBroker)
  const runtimeStatus = Context.get(yield* Layer.build(RuntimeStatus.layer), RuntimeStatus)
  const metrics: Metric.MetricRegistry = new Map()
  const config = settings({
    ...options.settings,
    serviceNow: { url: origins.serviceNow, ...options.settings?.serviceNow },
    weni: { url: origins.weni, apiKey: Redacted.make("key"), ...options.settings?.weni }
  } as Overrides)

  let starts = 0
  /** For one process at a time: a dead process sent all of its requests before its successor's start. */
  const ownershipAlone = () => ownershipMemory(makeLockServer(), starts === 1 ? -Infinity : undefined)
  const serviceWith = (around: Around, journeys: string, ownership?: Layer.Layer<Ownership>) => {
    starts++
    return serviceLayer({
      ownership: ownership ?? ownershipAlone(),
      breakers: options.alone === true ? BreakersInProcess : breakersAnsweringOthers,
      outside: Layer.mergeAll(
        KafkaMemory,
        TopicReaderMemory,
        redrivesMemory(redrives),
        journalMemory(store),
        httpInProcess({ [origins.serviceNow]: serviceNow, [origins.weni]: weni })
      ),
      around,
      journeys: journeysOf(journeys),
      settings: config,
      runtimeStatus: Layer.succeed(RuntimeStatus, runtimeStatus)
    }).pipe(Layer.provide(Layer.succeedContext(brokers)))
  }

  /** Moves the clock in small steps until the condition holds; dies after 36,000 of them. */
  const until = Effect.fnUntraced(function* (condition: Effect.Effect<boolean>, step = 100) {
    for (let count = 0; count < 36_000; count++) {
      if (yield* condition) return
      yield* TestClock.adjust(step)
    }
    return yield* Effect.die(new Error(`not within ${step * 36} s of virtual time`))
  })

  /** Starts one process of the service. `around` wraps its outside calls, and `journeys` is its own file. */
  const start = Effect.fnUntraced(function* (
    around: Around = transparent,
    journeys = options.journeys ?? defaultJourneys,
    ownership?: Layer.Layer<Ownership>
  ) {
    const life = mortal()
    const die = Effect.andThen(life.die, broker.kill)
    return yield* launch({ service: serviceWith(both(life.around, around), journeys, ownership), metrics, die, until })
  })

  const bytesOrText = (value: Json | Uint8Array | string | null) =>
    value === null || typeof value === "string" || value instanceof Uint8Array ? value : JSON.stringify(value)
  const responses = Effect.map(broker.records(config.topics.response), (all) => all.map(jsonOf))

  return {
    serviceNow: options.earlierCase ? withoutEarlierCase(serviceNow) : serviceNow,
    weni,
    store,
    settings: config,
    broker,
    metrics: Effect.sync(() => Metric.snapshotUnsafe(Context.make(Metric.MetricRegistry, metrics))),
    start: Effect.suspend(() => start()),
    startWith: start,
    /** Starts one more process beside the others. */
    startOwning: (ownership: Layer.Layer<Ownership>, around: Around = transparent) =>
      start(around, undefined, ownership),
    startWithJourneys: (journeys: string) => start(transparent, journeys),
    produce: (value: Json | Uint8Array | string | null, { headers = {}, key, partition, timestamp }: Placed = {}) =>
      broker.append({
        topic: config.topics.in,
        key: key ?? null,
        value: bytesOrText(value),
        headers,
        ...(partition !== undefined && { partition }),
        ...(timestamp !== undefined && { timestamp })
      }),
    /** Produces a customer's event on the inbound topic. */
    answer: (value: Json | Uint8Array | string | null, { headers = {}, key, partition, timestamp }: Placed = {}) =>
      broker.append({
        topic: config.topics.inbound,
        key: key ?? null,
        value: bytesOrText(value),
        headers,
        ...(partition !== undefined && { partition }),
        ...(timestamp !== undefined && { timestamp })
      }),
    responses,
    runtimeStatus,
    /** The answer of `GET /api/audit`. There must be a process. */
    audit: Effect.flatMap(runtimeStatus.intake, (intake) =>
      Effect.flatMap(Effect.orDie(Effect.fromOption(intake)), ({ audit }) => audit)
    ),
    inboundDeadLetters: broker.records(config.topics.inboundDlq),
    deadLetters: broker.records(config.topics.inDlq),
    /** The facts of one communication. */
    facts: (id: string) => Effect.orDie(loadFrom(store, id)),
    /** The committed offset of each partition of our topic. */
    committed: broker.committed(config.kafka.groupId, config.topics.in),
    inboundCommitted: broker.committed(config.kafka.groupId, config.topics.inbound),
    until,
    /** Waits until `count` responses are published, and returns all of them. */
    responded: (count: number) => Effect.andThen(until(Effect.map(responses, (all) => all.length >= count)), responses),
    /** Waits until `count` records have ended. */
    ended: (count: number) => until(Effect.sync(() => store.records.size >= count))
  }
})

export type World = Effect.Success<ReturnType<typeof makeWorld>>
