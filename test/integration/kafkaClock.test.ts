import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { vi } from "vitest"

import { monotonicMillis } from "../../src/domain/values/monotonicTime.ts"
import {
  committedIs,
  eventually,
  fresh,
  freshTopic,
  openMember,
  Patience,
  produceAll,
  record
} from "../contracts/kafkaBench.ts"
import { brokersOfEnvironment, RealBench, RealBrokers } from "./kafkaReal.ts"

const SharedBroker = RealBench.pipe(
  Layer.provideMerge(RealBrokers.layer(brokersOfEnvironment)),
  Layer.provideMerge(Layer.succeed(Patience, 60))
)

/** A little more than the session time-out of a member. */
const session = 9000

layer(SharedBroker, { excludeTestServices: true, timeout: "60 seconds" })("Kafka: a wall clock that is set", (it) => {
  it.effect.each([-3_600_000, 3_600_000])("SPEC 9.1: by %s ms: the membership lasts, and offsets are committed", (by) =>
    Effect.gen(function* () {
      const [topic, group] = [yield* freshTopic(1), fresh("group")]
      let done = 0
      const { consumer } = yield* openMember({
        topics: [topic],
        group,
        receive: () => ({ key: undefined, run: Effect.sync(() => void done++) })
      })
      yield* eventually("joined", consumer.status, ({ joined }) => joined)
      const wallClock = Date.now
      yield* Effect.acquireRelease(
        Effect.sync(() => vi.spyOn(Date, "now").mockImplementation(() => wallClock() + by)),
        (clock) => Effect.sync(() => clock.mockRestore())
      )
      const startedAt = yield* monotonicMillis
      let sent = 0
      while ((yield* monotonicMillis) - startedAt < session) {
        yield* produceAll([record(topic, null, `${sent++}`)])
        yield* committedIs(group, topic, [sent])
        assert.isTrue((yield* consumer.status).joined)
      }
      assert.strictEqual(done, sent)
    })
  )
})
