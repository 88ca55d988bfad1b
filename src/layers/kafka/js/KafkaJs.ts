import { Effect, Layer, RcMap, Schedule, Scope } from "effect"

import { Kafka } from "../../../services/Kafka.ts"
import { Settings } from "../../../services/Settings.ts"
import { releaseStartPermit } from "../../../services/StartPermit.ts"
import { requiredTopics } from "../requiredTopics.ts"
import { makeAdmin } from "./Admin.ts"
import { makeBatchReader } from "./BatchReader.ts"
import { clientMaker } from "./client.ts"
import { consumeKafkaJs, scopeUntil } from "./consume.ts"
import { fetchAllPositions, fetchPositions } from "./offsets.ts"
import { makeTopicWriter } from "./TopicWriter.ts"

/** Milliseconds in which all producers and the admin together disconnect. */
const GOODBYE = 500

/** The protocol's name for an offset that the partition does not have. */
const OFFSET_OUT_OF_RANGE = "OFFSET_OUT_OF_RANGE"

const make = Effect.gen(function* () {
  const { kafka, topics } = yield* Settings
  const makeClient = yield* clientMaker(kafka)
  const scope = yield* scopeUntil(Effect.sleep(GOODBYE))
  const reader = makeBatchReader(kafka.maxBatch)
  const admin = yield* Scope.provide(makeAdmin(makeClient), scope)
  const writers = yield* RcMap.make({
    lookup: (topic: string) => makeTopicWriter(makeClient, admin, topic),
    idleTimeToLive: "1 hour"
  }).pipe(Scope.provide(scope))

  return Kafka.of({
    consume: (options) => consumeKafkaJs(makeClient, admin, kafka, requiredTopics(options.topics, topics), options),
    /** Opens no span: the caller has one that describes the record. */
    publish: (record) =>
      Effect.andThen(
        releaseStartPermit,
        Effect.scoped(Effect.flatMap(RcMap.get(writers, record.topic), (writer) => writer.write(record)))
      ),
    /** Logs no outage: the consumer reports it. */
    recordAt: ({ offset, partition, topic }) =>
      admin
        .use((it) => it.fetchBatch?.(topic, partition, offset) ?? Promise.resolve(undefined))
        .pipe(
          Effect.catchIf(
            ({ code }) => code === OFFSET_OUT_OF_RANGE,
            () => Effect.undefined
          ),
          Effect.retry(Schedule.spaced(1000)),
          Effect.orDie,
          Effect.flatMap((part) => Effect.promise(async () => part && (await reader.take(part, 1)).records[0])),
          Effect.map((record) => (record?.offset === offset ? record : undefined))
        ),
    positions: (topics, partition) =>
      fetchAllPositions(admin, kafka.groupId, topics, partition).pipe(
        Effect.retry(Schedule.spaced(1000)),
        Effect.orDie
      ),
    survey: (topics) =>
      fetchPositions(admin, kafka.groupId, topics).pipe(
        Effect.retry(Schedule.spaced(1000)),
        Effect.orDie,
        Effect.map(({ positions, unreached }) => ({ positions, unreached }))
      )
  })
})

/** Apache Kafka through kafkajs 2.2.4. Building the layer needs no broker: connections are made in the background. */
export const KafkaJs: Layer.Layer<Kafka, never, Settings> = Layer.effect(Kafka, make)
