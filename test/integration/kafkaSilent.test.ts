import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Kafka as KafkaClient, logLevel } from "kafkajs"

import { monotonicMillis } from "../../src/domain/values/monotonicTime.ts"
import { eventually, fresh, freshTopic, openMember, openPublisher, record, text } from "../contracts/kafkaBench.ts"
import { brokersOfEnvironment, RealBench, RealBrokers } from "./kafkaReal.ts"
import { silentProxy } from "./support/silentProxy.ts"

/** The first address of the service's list accepts connections and answers nothing. */
const SilentFirst = RealBench.pipe(
  Layer.provide(
    Layer.effect(
      RealBrokers,
      Effect.gen(function* () {
        const brokers = [...brokersOfEnvironment()]
        const { port, silence } = yield* silentProxy(Number(brokers[0]?.split(":").at(-1)))
        yield* silence
        return {
          brokers: [`127.0.0.1:${port}`, ...brokers],
          client: new KafkaClient({ brokers, logLevel: logLevel.NOTHING })
        }
      })
    )
  )
)

layer(SilentFirst, { excludeTestServices: true, timeout: "90 seconds" })(
  "Kafka: an address that answers nothing",
  (it) => {
    it.effect("CONTRACT KAFKA_BROKERS: the start, the consumer, the admin and the producer try the next one", () =>
      Effect.gen(function* () {
        const topic = yield* freshTopic(1)
        const seen: Array<string | null> = []
        const startedAt = yield* monotonicMillis
        const publisher = yield* openPublisher
        const { kafka } = yield* openMember({
          topics: [topic],
          group: fresh("group"),
          receive: ({ value }) => ({ key: undefined, run: Effect.sync(() => void seen.push(text(value))) })
        })
        yield* publisher.publish(record(topic, "a", "1"))
        yield* eventually(
          "read",
          Effect.sync(() => seen.length),
          (count) => count === 1
        )
        assert.deepStrictEqual(seen, ["1"])
        assert.strictEqual((yield* kafka.positions([topic])).length, 1)
        assert.isBelow((yield* monotonicMillis) - startedAt, 25_000)
      })
    )
  }
)
