import { NodeCrypto } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { DateTime, Deferred, Effect, Layer, PrimaryKey, Schema } from "effect"
import { ClusterSchema, DeliverAt, Entity, SingleRunner } from "effect/cluster"
import { Rpc } from "effect/rpc"
import type { SqlClient } from "effect/sql/SqlClient"

class Later extends Schema.Class<Later>("Later")({ id: Schema.String, at: Schema.DateTimeUtcFromMillis }) {
  [DeliverAt.symbol]() {
    return this.at
  }
  [PrimaryKey.symbol]() {
    return this.id
  }
}

const Timer = Entity.make("Timer", [
  Rpc.make("Now", { payload: { text: Schema.String }, success: Schema.String }),
  Rpc.make("Later", { payload: Later }).annotate(ClusterSchema.Persisted, true)
])

const Cluster = SingleRunner.layer({
  runnerStorage: "memory",
  shardingConfig: { entityMessagePollInterval: "200 millis" }
}).pipe(Layer.provide(NodeCrypto.layer))

/** The cluster of one runner keeps its timers in the same database (STYLE 14). */
export const singleRunnerContract = (name: string, database: Layer.Layer<SqlClient, unknown>): void =>
  it.live(`STYLE 14: on ${name} a single runner answers asks and fires a persisted timer`, () =>
    Effect.gen(function* () {
      const fired = yield* Deferred.make<string>()
      const handlers = Timer.toLayer({
        Now: ({ payload }) => Effect.succeed(`${payload.text}!`),
        Later: ({ payload }) => Effect.asVoid(Deferred.succeed(fired, payload.id))
      })
      yield* Effect.gen(function* () {
        const timer = (yield* Timer.client)("communication")
        assert.strictEqual(yield* timer.Now({ text: "a" }), "a!")
        const id = crypto.randomUUID()
        const at = DateTime.add(yield* DateTime.now, { milliseconds: 300 })
        yield* timer.Later(new Later({ id, at }), { discard: true })
        const got = yield* Effect.timeout(Deferred.await(fired), "20 seconds")
        assert.strictEqual(got, id)
      }).pipe(Effect.provide(handlers.pipe(Layer.provideMerge(Cluster), Layer.provide(database))))
    })
  )
