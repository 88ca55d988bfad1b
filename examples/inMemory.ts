import { ConfigProvider, Context, Effect, Layer, Logger, Schedule } from "effect"

import { httpInProcess } from "../simulators/HttpInProcess.ts"
import { guestSysId, instances } from "../simulators/servicenow/instances.ts"
import { makeServiceNowSimulator } from "../simulators/servicenow/ServiceNowSimulator.ts"
import { makeWeniSimulator } from "../simulators/weni/WeniSimulator.ts"
import { App } from "../src/App.ts"
import type { Json } from "../src/domain/record/ChannelResult.ts"
import { RuntimeStatus } from "../src/http/RuntimeStatus.ts"
import { BreakersInProcess } from "../src/layers/breaker/BreakersInProcess.ts"
import { JournalMemory } from "../src/layers/journal/memory/JournalMemory.ts"
import { RedrivesMemory } from "../src/layers/journal/memory/RedrivesMemory.ts"
import { JourneysYaml } from "../src/layers/journeys/JourneysYaml.ts"
import { KafkaMemory, KafkaMemoryBroker } from "../src/layers/kafka/memory/KafkaMemory.ts"
import { TopicReaderMemory } from "../src/layers/kafka/memory/TopicReaderMemory.ts"
import { ownershipMemory } from "../src/layers/ownership/OwnershipMemory.ts"
import { SettingsEnv } from "../src/layers/settings/SettingsEnv.ts"
import { Settings } from "../src/services/Settings.ts"

const environment = {
  KAFKA_BROKERS: "in-memory:9092",
  KAFKA_CREATE_TOPICS: "true",
  SERVICENOW_URL: "http://servicenow.test",
  SERVICENOW_USERNAME: "example",
  SERVICENOW_PASSWORD: "example",
  SERVICENOW_GUEST_CONSUMER: guestSysId,
  WENI_URL: "http://weni.test",
  WENI_API_KEY: "example",
  WENI_API_SECRET: "example"
}

/**
 * Runs the service with its default settings until the scope closes. Kafka, the journal and both vendors are in this
 * process.
 */
export const startInMemory = Effect.gen(function* () {
  const { consumers, options } = instances.good
  const serviceNow = yield* makeServiceNowSimulator({ ...options, consumers })
  const weni = yield* makeWeniSimulator()

  const Outside = Layer.mergeAll(
    KafkaMemory,
    TopicReaderMemory,
    JournalMemory,
    RedrivesMemory,
    ownershipMemory(),
    httpInProcess({ [environment.SERVICENOW_URL]: serviceNow, [environment.WENI_URL]: weni }),
    BreakersInProcess,
    JourneysYaml,
    RuntimeStatus.layer
  ).pipe(
    Layer.provideMerge([KafkaMemoryBroker.layer(), SettingsEnv]),
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(environment)))
  )
  const context = yield* Layer.build(Layer.provideMerge(App, Outside))
  const broker = Context.get(context, KafkaMemoryBroker)
  const { topics } = Context.get(context, Settings)

  return {
    serviceNow,
    weni,
    produce: (record: Json) =>
      broker.append({ topic: topics.in, key: null, value: JSON.stringify(record), headers: {} }),
    /** Waits for the first response. */
    nextResponse: broker.records(topics.response).pipe(
      Effect.repeat({ until: (records) => records.length > 0, schedule: Schedule.spaced("10 millis") }),
      Effect.map(([record]): Json => JSON.parse(new TextDecoder().decode(record?.value ?? undefined)))
    )
  }
}).pipe(Effect.provide(Logger.layer([])))
