import { assert, describe, it } from "@effect/vitest"
import { Effect, Scope } from "effect"
import { TestClock } from "effect/testing"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { event as decoded } from "../../domain/inbound/inbound.ts"
import { record } from "../../domain/outbound/records.ts"
import { actorsOf } from "../../support/actorsOf.ts"
import { breakersAnsweringOthers } from "../../support/answeringOthers.ts"
import { fixtureId, preparedWorld } from "../../support/scene.ts"
import { event, responsesTo } from "../inbound/scene.ts"

/** Two processes side by side, whose actors only the test calls. The order's own process has ended. */
const twoProcesses = Effect.fnUntraced(function* () {
  const world = yield* preparedWorld({ settings: { retry: { attempts: 1 } } })
  const scope = yield* Scope.make()
  const [one, other] = [
    yield* actorsOf(world, scope, undefined, undefined, breakersAnsweringOthers),
    yield* actorsOf(world, scope, undefined, undefined, breakersAnsweringOthers)
  ]
  let offset = 0
  const received = (value: Json) => ({
    origin: { topic: world.settings.topics.inbound, partition: 0, offset: offset++ },
    index: 0,
    event: decoded(value)
  })
  const sent = Effect.gen(function* () {
    const process = yield* world.start
    yield* world.produce(record())
    yield* world.responded(1)
    yield* process.stop
  })
  return { world, one, other, received, sent }
})

describe("what a process remembers of a communication whose lock it has given back", () => {
  it.effect("SPEC 8.4, DESIGN Ownership: a duplicate gets the response that another process has stored since", () =>
    Effect.gen(function* () {
      const { one, other, received, sent, world } = yield* twoProcesses()
      yield* sent
      yield* world.serviceNow.faults.add({ kind: "refuse", match: { method: "PATCH" } })
      yield* one.apply(fixtureId, received(event("entregue")))
      yield* TestClock.adjust("61 seconds")
      yield* one.apply(fixtureId, received(event("enviada")))
      assert.strictEqual(yield* other.wake(fixtureId), "done")
      yield* one.apply(fixtureId, received(event("entregue")))
      assert.deepStrictEqual(
        (yield* responsesTo(world, "entregue")).map(({ duplicado, response_status }) => [response_status, duplicado]),
        [
          ["partial_success", undefined],
          ["success", undefined],
          ["success", true]
        ]
      )
    })
  )

  it.effect("SPEC 8.3, DESIGN Ownership: an event is not unknown once another process has begun its order", () =>
    Effect.gen(function* () {
      const { one, received, sent } = yield* twoProcesses()
      assert.strictEqual(yield* one.apply(fixtureId, received(event("entregue"))), "unknown")
      yield* sent
      assert.strictEqual(yield* one.apply(fixtureId, received(event("entregue"))), "applied")
    })
  )
})

describe("the event itself, delivered again", () => {
  it.effect("SPEC 8.4: is recognized by its record and its place in it, and gets no second response", () =>
    Effect.gen(function* () {
      const { one, other, received, sent, world } = yield* twoProcesses()
      yield* sent
      const first = received(event("entregue"))
      yield* one.apply(fixtureId, first)
      const { length } = yield* world.responses
      yield* one.apply(fixtureId, first)
      assert.lengthOf(yield* world.responses, length)
      // Early versions did not store the place.
      const known = world.store.communications.get(fixtureId) ?? assert.fail()
      const texts = known.texts.map((text) => text.replace(/"index":0,("event":)/, "$1"))
      assert.notDeepEqual(texts, known.texts)
      world.store.communications.set(fixtureId, { ...known, texts })
      yield* other.apply(fixtureId, first)
      assert.lengthOf(yield* world.responses, length)
    })
  )

  it.effect("SPEC 8.4: is not the equal event after it in its record, which is a duplicate", () =>
    Effect.gen(function* () {
      const { one, received, sent, world } = yield* twoProcesses()
      yield* sent
      const first = received(event("entregue"))
      yield* one.apply(fixtureId, first)
      yield* one.apply(fixtureId, { ...first, index: 1 })
      assert.deepStrictEqual(
        (yield* responsesTo(world, "entregue")).map(({ duplicado }) => duplicado),
        [undefined, true]
      )
    })
  )
})
