import { assert, it } from "@effect/vitest"
import { Effect, Layer, Metric } from "effect"

import { RuntimeStatus } from "../../src/http/RuntimeStatus.ts"
import { scrape } from "../../src/http/scrape.ts"
import type { PartitionLag } from "../../src/services/Kafka.ts"
import { RuntimeMetrics } from "../../src/telemetry/runtimeMetrics.ts"

/** Vitals of an intake whose partitions are those of each look in turn. */
const runtimeStatus = (looks: ReadonlyArray<ReadonlyArray<PartitionLag>>) =>
  Layer.effect(
    RuntimeStatus,
    Effect.gen(function* () {
      const service = yield* Effect.provide(RuntimeStatus, RuntimeStatus.layer)
      let look = 0
      yield* service.report({
        kafka: Effect.sync(() => ({
          connected: true,
          joined: true,
          missingTopics: [],
          inFlight: {},
          lag: looks[look++] ?? []
        })),
        keySight: Effect.succeed({ field: "u_id_correlacao", sight: "proven" }),
        breakers: Effect.succeed({}),
        inDoubt: Effect.succeed(2),
        audit: Effect.succeed({ topics: [], unaccounted: 0, ahead: 0, stalled: 0, overdue: 0 }),
        parked: Effect.succeed(3),
        ahead: Effect.succeed(4),
        held: Effect.succeed({ servicenow: 3, weni: 0 })
      })
      return service
    })
  )

const lines = (text: string, name: string) => text.split("\n").filter((line) => line.startsWith(name))

it.effect("CONTRACT GET /metrics: a partition that another replica has taken has no lag here any more", () =>
  Effect.gen(function* () {
    const first = yield* scrape
    assert.deepStrictEqual(lines(first, "ctx_kafka_lag{"), [
      `ctx_kafka_lag{topic="t",partition="0"} 7`,
      `ctx_kafka_lag{topic="t",partition="1"} 500`
    ])
    assert.deepStrictEqual(lines(first, "ctx_in_doubt "), ["ctx_in_doubt 2"])
    assert.deepStrictEqual(lines(first, "ctx_parked "), ["ctx_parked 3"])
    assert.deepStrictEqual(lines(first, "ctx_ahead "), ["ctx_ahead 4"])
    assert.deepStrictEqual(lines(first, "ctx_held{"), [
      `ctx_held{dependency="servicenow"} 3`,
      `ctx_held{dependency="weni"} 0`
    ])
    assert.deepStrictEqual(lines(yield* scrape, "ctx_kafka_lag{"), [
      `ctx_kafka_lag{topic="t",partition="0"} 8`,
      `ctx_kafka_lag{topic="t",partition="1"} 0`
    ])
  }).pipe(
    Effect.provide(
      Layer.merge(
        RuntimeMetrics.layer,
        runtimeStatus([
          [
            { topic: "t", partition: 0, lag: 7 },
            { topic: "t", partition: 1, lag: 500 }
          ],
          [{ topic: "t", partition: 0, lag: 8 }]
        ])
      )
    ),
    Effect.provideService(Metric.MetricRegistry, new Map())
  )
)
