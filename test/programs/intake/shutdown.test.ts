import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"

import { record } from "../../domain/outbound/records.ts"
import type { Around } from "../../support/interposed.ts"
import { asked, calls, channels, endings, fixtureId, preparedWorld, runningWorld } from "../../support/scene.ts"
import type { World } from "../../support/World.ts"

const casePost = { method: "POST", path: "/api/now/table/sn_" }

const lastFact = (world: World) => Effect.map(world.facts(fixtureId), (facts) => facts.at(-1))

/** Milliseconds until the process has stopped. */
const stopped = (world: { readonly process: { readonly stop: Effect.Effect<void> } }) =>
  Effect.gen(function* () {
    const before = yield* Clock.currentTimeMillis
    yield* world.process.stop
    return (yield* Clock.currentTimeMillis) - before
  })

describe("a stop", () => {
  it.effect("SPEC 9.4: finishes what ends soon: response, ledger and offset are there when it returns", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.weni.faults.add({ kind: "slow", delayMs: 3000 })
      yield* world.produce(record(), { partition: 0 })
      yield* asked(world, world.weni, 1)
      yield* world.process.stop
      const [response] = yield* world.responses
      assert.strictEqual(response?.response_status, "success")
      assert.deepStrictEqual(endings(world), { "0/0": "response" })
      assert.deepStrictEqual(yield* world.committed, [1, 0])
    })
  )

  it.effect(
    "SPEC 9.4, 5.3: a Weni attempt that outlasts the drain completes, its answer is recorded, and a restart resumes",
    () =>
      Effect.gen(function* () {
        const world = yield* runningWorld()
        yield* world.weni.faults.add({ kind: "slow", delayMs: 12_000 })
        yield* world.produce(record(), { partition: 0 })
        yield* asked(world, world.weni, 1)
        const took = yield* stopped(world)
        assert.isAtMost(took, world.settings.shutdownGrace)
        const settled = yield* lastFact(world)
        assert.strictEqual(settled?._tag === "DispatchSettled" && settled.outcome, "sent")
        assert.lengthOf(yield* world.responses, 0)
        assert.deepStrictEqual(yield* world.committed, [0, 0])

        yield* world.start
        const [response] = yield* world.responded(1)
        assert.strictEqual(response?.response_status, "success")
        assert.lengthOf(yield* world.weni.requests, 1)
        const [theCase] = yield* world.serviceNow.cases
        assert.lengthOf(theCase?.notes ?? [], 1)
      })
  )

  it.effect(
    "SPEC 9.4, 5.3: an attempt that is still connecting when the drain ends sends nothing, and causes no doubt",
    () =>
      Effect.gen(function* () {
        const world = yield* preparedWorld({ settings: { retry: { attempts: 1 } } })
        let connecting = 0
        /** The calls after the Case's take nine seconds to connect. */
        const around: Around = (call, effect) =>
          Effect.gen(function* () {
            if (call === "Http.send" && (yield* world.serviceNow.cases).length > 0) {
              connecting++
              yield* Effect.sleep("9 seconds")
            }
            return yield* effect
          })
        const process = yield* world.startWith(around)
        yield* world.produce(record(), { partition: 0 })
        yield* world.until(Effect.sync(() => connecting > 0))
        yield* process.stop
        assert.lengthOf(yield* world.weni.requests, 0)
        assert.isFalse((yield* world.facts(fixtureId)).some(({ _tag }) => _tag === "DispatchSettled"))

        yield* world.start
        const [response] = yield* world.responded(1)
        assert.strictEqual(response?.response_status, "success")
        assert.lengthOf(yield* world.weni.requests, 1)
      })
  )

  it.effect(
    "SPEC 9.4, 4.3: a Case's POST that outlasts the drain completes, its answer is recorded, and no look-up follows",
    () =>
      Effect.gen(function* () {
        const world = yield* runningWorld()
        yield* world.serviceNow.faults.add({ kind: "slow", delayMs: 12_000, match: casePost })
        yield* world.produce(record(), { partition: 0 })
        yield* asked(world, world.serviceNow, 2)
        const took = yield* stopped(world)
        assert.isAtMost(took, world.settings.shutdownGrace)
        assert.strictEqual((yield* lastFact(world))?._tag, "CaseOpened")
        assert.lengthOf(yield* world.weni.requests, 0)

        yield* world.start
        const [response] = yield* world.responded(1)
        assert.strictEqual(channels(response).itsm?.response.status, 201)
        const [theCase] = yield* world.serviceNow.cases
        const path = "/api/now/table/sn_customerservice_case"
        assert.deepStrictEqual((yield* calls(world.serviceNow)).slice(1, 3), [
          `POST ${path}`,
          `PATCH ${path}/${theCase?.sysId}`
        ])
      })
  )

  it.effect("SPEC 9.4: in a backoff no further attempt starts; a restart continues the count", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ settings: { retry: { attempts: 2 } } })
      yield* world.weni.faults.add({ kind: "status", status: 503, headers: { "retry-after": "25" }, times: -1 })
      yield* world.produce(record(), { partition: 0 })
      yield* asked(world, world.weni, 1)
      yield* world.until(Effect.map(lastFact(world), (fact) => fact?._tag === "Held"))
      const took = yield* stopped(world)
      assert.isBelow(took, 10_000)
      assert.lengthOf(yield* world.weni.requests, 1)

      yield* world.start
      const [response] = yield* world.responded(1)
      assert.lengthOf(yield* world.weni.requests, 2)
      const { erro, resultado } = channels(response).whatsapp?.response ?? {}
      assert.deepStrictEqual([erro?.codigo, erro?.tentativas, resultado], ["HTTP_503", 2, undefined])
    })
  )

  it.effect("SPEC 9.4: takes nothing new", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.process.stop
      yield* world.produce(record(), { partition: 0 })
      yield* world.until(
        Effect.map(Clock.currentTimeMillis, (now) => now > Date.parse("2025-09-30T15:40:00Z")),
        10_000
      )
      assert.lengthOf(yield* world.serviceNow.requests, 0)
      yield* world.start
      const [response] = yield* world.responded(1)
      assert.strictEqual(response?.response_status, "success")
    })
  )
})
