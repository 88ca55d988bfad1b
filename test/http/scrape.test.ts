import { assert, it } from "@effect/vitest"
import { Effect, Layer, Metric } from "effect"

import { RuntimeStatus } from "../../src/http/RuntimeStatus.ts"
import { scrape } from "../../src/http/scrape.ts"
import { DatabaseStatusRef } from "../../src/layers/database/DatabaseStatusRef.ts"
import { DatabaseStatus } from "../../src/services/DatabaseStatus.ts"
import type { PartitionLag } from "../../src/services/Kafka.ts"
import { RuntimeMetrics } from "../../src/telemetry/runtimeMetrics.ts"

/** Vitals of an intake that has the partitions of `lag` now. */
const runtimeStatus = (lag: Array<PartitionLag> = []) =>
  Layer.effect(
    RuntimeStatus,
    Effect.gen(function* () {
      const service = yield* Effect.provide(RuntimeStatus, RuntimeStatus.layer)
      yield* service.report({
        kafka: Effect.sync(() => ({
          connected: true,
          joined: true,
          missingTopics: [],
          assigned: [],
          trouble: "",
          unreached: 5,
          inFlight: {},
          lag: [...lag]
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

it.effect("CONTRACT GET /metrics: a partition that another replica has taken no longer has a lag here", () => {
  const lag = [
    { topic: "t", partition: 0, lag: 7 },
    { topic: "t", partition: 1, lag: 500 }
  ]
  return Effect.gen(function* () {
    const first = yield* scrape
    assert.deepStrictEqual(lines(first, "ctx_kafka_lag{"), [
      `ctx_kafka_lag{topic="t",partition="0"} 7`,
      `ctx_kafka_lag{topic="t",partition="1"} 500`
    ])
    assert.deepStrictEqual(lines(first, "ctx_in_doubt "), ["ctx_in_doubt 2"])
    assert.deepStrictEqual(lines(first, "ctx_parked "), ["ctx_parked 3"])
    assert.deepStrictEqual(lines(first, "ctx_ahead "), ["ctx_ahead 4"])
    assert.deepStrictEqual(lines(first, "ctx_partitions_unreached "), ["ctx_partitions_unreached 5"])
    assert.deepStrictEqual(lines(first, "ctx_held{"), [
      `ctx_held{dependency="servicenow"} 3`,
      `ctx_held{dependency="weni"} 0`
    ])
    lag.splice(0, 2, { topic: "t", partition: 0, lag: 8 })
    assert.deepStrictEqual(lines(yield* scrape, "ctx_kafka_lag{"), [
      `ctx_kafka_lag{topic="t",partition="0"} 8`,
      `ctx_kafka_lag{topic="t",partition="1"} 0`
    ])
  }).pipe(
    Effect.provide(Layer.mergeAll(RuntimeMetrics.layer, DatabaseStatusRef, runtimeStatus(lag))),
    Effect.provideService(Metric.MetricRegistry, new Map())
  )
})

it.effect("CONTRACT GET /metrics: ctx_ready is 1 while the database and the group are there, and 0 before", () =>
  Effect.gen(function* () {
    const { report } = yield* DatabaseStatus
    const shown = Effect.map(scrape, (text) => lines(text, "ctx_ready "))
    assert.deepStrictEqual(yield* shown, ["ctx_ready 0"])
    yield* report({ probe: Effect.succeed(true), holder: true })
    assert.deepStrictEqual(yield* shown, ["ctx_ready 1"])
    yield* report({ holder: false })
    assert.deepStrictEqual(yield* shown, ["ctx_ready 0"])
  }).pipe(
    Effect.provide(Layer.mergeAll(RuntimeMetrics.layer, DatabaseStatusRef, runtimeStatus())),
    Effect.provideService(Metric.MetricRegistry, new Map())
  )
)

it.effect("CONTRACT GET /metrics: ctx_ready is 0 before there is an intake", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(lines(yield* scrape, "ctx_ready "), ["ctx_ready 0"])
  }).pipe(
    Effect.provide(Layer.mergeAll(RuntimeMetrics.layer, DatabaseStatusRef, RuntimeStatus.layer)),
    Effect.provideService(Metric.MetricRegistry, new Map())
  )
)
