import { readFileSync } from "node:fs"

import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"

import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import type { Simulator } from "../../../simulators/core/Simulator.ts"
import { httpInProcess } from "../../../simulators/HttpInProcess.ts"
import { makeServiceNowSimulator } from "../../../simulators/servicenow/ServiceNowSimulator.ts"
import { makeWeniSimulator } from "../../../simulators/weni/WeniSimulator.ts"
import { BreakersInProcess } from "../../../src/layers/breaker/BreakersInProcess.ts"
import { ServiceNowHttp } from "../../../src/layers/servicenow/ServiceNowHttp.ts"
import { WeniHttp } from "../../../src/layers/weni/WeniHttp.ts"
import { makeCallState } from "../../../src/services/Breakers.ts"
import { Weni } from "../../../src/services/Weni.ts"
import { Operations } from "../../support/serviceNowOperations.ts"
import { SettingsTest } from "../../support/settings.ts"

const dispatchText = readFileSync("fixtures/dispatch.json", "utf8")
const dispatchTo = (phone: string) => ({
  campaign: "xpro",
  attempt: 1,
  body: JSON.parse(dispatchText.replace("+5511999999999", phone))
})

/** The vendors, 80 ms away. */
const far = (simulator: Simulator): Simulator => ({
  ...simulator,
  handle: (request) => Effect.delay(simulator.handle(request), "80 millis")
})

const vendors = Effect.gen(function* () {
  const serviceNow = yield* makeServiceNowSimulator()
  const weni = yield* makeWeniSimulator()
  const http = httpInProcess({ "https://sn.test": far(serviceNow), "https://weni.test": far(weni) })
  const settings = SettingsTest({ serviceNow: { url: "https://sn.test" }, weni: { url: "https://weni.test" } })
  const layer = Layer.merge(Layer.provide(Operations.layer, ServiceNowHttp), WeniHttp).pipe(
    Layer.provide(BreakersInProcess),
    Layer.provide([http, settings])
  )
  return { serviceNow, weni, layer }
})

/** Dispatches until it is accepted, and fails with the first attempt that counts. */
const dispatchedTo = (phone: string) =>
  Effect.suspend(() => {
    const callState = makeCallState()
    return Effect.flatMap(Weni, (weni) => weni.admit(callState, (slot) => slot.dispatch(dispatchTo(phone)))).pipe(
      Effect.retry({ while: ({ _tag }) => _tag === "WeniError" && !callState.counts })
    )
  })

const dispatched = dispatchedTo("+5511999999999")

const look = Effect.flatMap(Operations, (serviceNow) => serviceNow.readCase("CS0009999"))

/** Runs 300 of them at once. Returns after how many seconds the last one ended, and how many failed. */
const threeHundred = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const startedAt = yield* Clock.currentTimeMillis
  const fiber = yield* Effect.forkChild(
    Effect.all(
      Array.from({ length: 300 }, () => Effect.exit(effect)),
      { concurrency: "unbounded" }
    )
  )
  for (let step = 0; step < 20_000 && fiber.pollUnsafe() === undefined; step++) yield* TestClock.adjust("10 millis")
  const exits = yield* Fiber.join(fiber)
  return {
    seconds: ((yield* Clock.currentTimeMillis) - startedAt) / 1000,
    failed: exits.filter(Exit.isFailure).length
  }
})

describe("a vendor that allows 10 calls a second", () => {
  for (const hint of ["retry-after", "reset-epoch", "reset-delta", "none"] as const) {
    const limit: FaultRule = { kind: "limit", perSecond: 10, hint, times: -1 }

    it.effect(`SPEC 4.6: Weni, ${hint}: 300 orders take a little over 30 s, and no refused attempt counts`, () =>
      Effect.gen(function* () {
        const { layer, weni } = yield* vendors
        yield* TestClock.setTime(Date.UTC(2025, 8, 30, 12))
        yield* weni.faults.add(limit)
        const { failed, seconds } = yield* Effect.provide(threeHundred(dispatched), layer)
        assert.strictEqual(failed, 0)
        assert.isAtLeast(seconds, 29)
        assert.isAtMost(seconds, 36)
        assert.strictEqual((yield* weni.dispatches).length, 300)
      })
    )

    it.effect(`SPEC 4.6: ServiceNow, ${hint}: so do 300 looks`, () =>
      Effect.gen(function* () {
        const { layer, serviceNow } = yield* vendors
        yield* TestClock.setTime(Date.UTC(2025, 8, 30, 12))
        yield* serviceNow.faults.add(limit)
        const { failed, seconds } = yield* Effect.provide(threeHundred(look), layer)
        assert.strictEqual(failed, 0)
        assert.isAtMost(seconds, 36)
      })
    )
  }
})

it.effect(
  "SPEC 4.6: a recipient that Weni always refuses with 429 delays the others once, and uses its own attempts",
  () =>
    Effect.gen(function* () {
      const { layer, weni } = yield* vendors
      yield* weni.faults.add({
        kind: "status",
        status: 429,
        headers: { "retry-after": "2" },
        times: -1,
        match: { contains: "+5511988888888" }
      })
      yield* Effect.gen(function* () {
        const refused = yield* Effect.forkChild(Effect.flip(dispatchedTo("+5511988888888")), { startImmediately: true })
        const { failed, seconds } = yield* threeHundred(dispatched)
        assert.strictEqual(failed, 0)
        // 1.6 s without a 429.
        assert.isBelow(seconds, 5)
        assert.strictEqual((yield* Fiber.join(refused))._tag, "WeniError")
      }).pipe(Effect.provide(layer))
      assert.strictEqual((yield* weni.requests).filter(({ outcome }) => outcome === 429).length, 2)
    })
)

it.effect("SPEC 4.6: single 429s among many answers cost the others little more than their Retry-After", () =>
  Effect.gen(function* () {
    const { layer, serviceNow } = yield* vendors
    const results = yield* Effect.gen(function* () {
      yield* threeHundred(look)
      yield* serviceNow.faults.add({
        kind: "status",
        status: 429,
        headers: { "retry-after": "1" },
        times: -1,
        probability: 0.01,
        seed: 1
      })
      return yield* Effect.replicateEffect(threeHundred(look), 10)
    }).pipe(Effect.provide(layer))
    const refusals = (yield* serviceNow.requests).filter(({ outcome }) => outcome === 429).length
    const total = results.reduce((sum, { seconds }) => sum + seconds, 0)
    assert.strictEqual(
      results.reduce((sum, { failed }) => sum + failed, 0),
      0
    )
    assert.isAtLeast(refusals, 20)
    // 16 s without a 429.
    assert.isBelow(total, 16 + 1.5 * refusals)
  })
)
