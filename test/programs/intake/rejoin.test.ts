import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"

import { Intake } from "../../../src/programs/intake/Intake.ts"
import { Kafka, type KafkaStatus } from "../../../src/services/Kafka.ts"
import { Ledger } from "../../../src/services/Ledger.ts"
import { makeLocks } from "../../support/Locks.ts"
import { SettingsTest } from "../../support/settings.ts"

type ServicesOf<Built> = Built extends Layer.Layer<infer _A, infer _E, infer R> ? R : never

const member: KafkaStatus = {
  joined: true,
  connected: true,
  missingTopics: [],
  assigned: [],
  trouble: "",
  unreached: 0,
  lag: [],
  inFlight: {}
}

/** An intake whose `dying`th join fails after it has begun, and the drain of each leave, in order. */
const scene = Effect.fnUntraced(function* (dying?: number) {
  const drains: Array<number> = []
  let joinings = 0
  const consume: Kafka["Service"]["consume"] = Effect.fnUntraced(function* (options) {
    joinings++
    yield* Effect.addFinalizer(() => Effect.sync(() => drains.push(options.drain)))
    if (joinings === dying) return yield* Effect.die(new Error("our own fault"))
    return { status: Effect.succeed(member) }
  })
  const session = yield* makeLocks().process
  const fakes = yield* Layer.build(Layer.merge(session.layer, SettingsTest({ shutdownGrace: 60_000 })))
  const context = fakes.pipe(
    Context.add(Kafka, { consume } as Partial<Kafka["Service"]> as Kafka["Service"]),
    Context.add(Ledger, {} as Ledger["Service"])
  )
  const built = Layer.build(Intake.layer).pipe(
    Effect.provide(context as unknown as Context.Context<ServicesOf<typeof Intake.layer>>)
  )
  return { session, drains, built, joinings: () => joinings }
})

describe("a process that leaves the group because it has no lock session", () => {
  it.effect("SPEC 9.1: waits for no work in flight, because none can end; at a stop it does", () =>
    Effect.gen(function* () {
      const { built, drains, session } = yield* scene()
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* built
          yield* session.lose
          yield* TestClock.adjust("11 seconds")
          assert.deepStrictEqual(drains, [0])
          yield* session.begin
          yield* TestClock.adjust("1 second")
        })
      )
      assert.deepStrictEqual(drains, [0, 39_000])
    })
  )

  it.effect("SPEC 9.7: joins it again although the first try fails, and leaves and joins it once more", () =>
    Effect.gen(function* () {
      const { built, drains, joinings, session } = yield* scene(2)
      const intake = Context.get(yield* built, Intake)
      const joined = Effect.map(intake.status, (status) => status.joined)
      for (const expected of [3, 4]) {
        yield* session.lose
        yield* TestClock.adjust("11 seconds")
        assert.isFalse(yield* joined)
        yield* session.begin
        yield* TestClock.adjust("3 seconds")
        assert.isTrue(yield* joined)
        assert.strictEqual(joinings(), expected)
      }
      // The work that the failed join had begun has ended.
      assert.lengthOf(drains, 3)
    })
  )
})
