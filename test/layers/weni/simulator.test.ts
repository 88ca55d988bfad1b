import { readFileSync } from "node:fs"

import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"

import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import { serveSimulator } from "../../../simulators/core/serveSimulator.ts"
import { makeWeniSimulator, type WeniSimulator } from "../../../simulators/weni/WeniSimulator.ts"
import { dispatchVerdict } from "../../../src/domain/vendor/failure.ts"
import { BreakersInProcess } from "../../../src/layers/breaker/BreakersInProcess.ts"
import { HttpUndici } from "../../../src/layers/http/HttpUndici.ts"
import { WeniHttp } from "../../../src/layers/weni/WeniHttp.ts"
import type { AcceptedDispatch, Weni, WeniError } from "../../../src/services/Weni.ts"
import { SettingsTest } from "../../support/settings.ts"
import { dispatchOnce } from "./dispatchOnce.ts"

const body = JSON.parse(readFileSync("fixtures/dispatch.json", "utf8"))

/** One dispatch to a fresh simulator over real HTTP. */
const onWeni = <A, E>(
  faults: ReadonlyArray<FaultRule>,
  run: (dispatch: Effect.Effect<AcceptedDispatch, WeniError, Weni>, weni: WeniSimulator) => Effect.Effect<A, E, Weni>,
  apiSecret = "secret"
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const simulator = yield* makeWeniSimulator({
        messageIds: true,
        credentials: { apiKey: "key", apiSecret: "secret" }
      })
      const { url } = yield* serveSimulator(simulator, { port: 0 })
      for (const fault of faults) yield* simulator.faults.add(fault)
      const settings = SettingsTest({ weni: { url, timeout: 300, apiSecret: Redacted.make(apiSecret) } })
      const layer = WeniHttp.pipe(Layer.provide(BreakersInProcess), Layer.provide(HttpUndici), Layer.provide(settings))
      return yield* run(dispatchOnce({ campaign: "xpro", attempt: 1, body }), simulator).pipe(Effect.provide(layer))
    })
  )

describe("WeniHttp on a simulated account", () => {
  it.live("SPEC 5.1, 5.2: accepted, with its message id", () =>
    onWeni([], (dispatch, weni) =>
      Effect.gen(function* () {
        const { messageId, status } = yield* dispatch
        assert.strictEqual(status, 200)
        assert.isNotEmpty(messageId)
        assert.strictEqual((yield* weni.dispatches).length, 1)
      })
    )
  )

  for (const kind of ["garbage", "accepted202"] as const) {
    it.live(`SPEC 5.2: ${kind} after the dispatch is accepted: the status alone decides`, () =>
      onWeni([{ kind, when: "after" }], (dispatch) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* dispatch).status, kind === "accepted202" ? 202 : 200)
        })
      )
    )
  }

  for (const [fault, tag] of [
    [{ kind: "timeout" }, "Timeout"],
    [{ kind: "html" }, "Unreadable"],
    [{ kind: "drop" }, "ConnectionLost"]
  ] as const) {
    for (const when of ["before", "after"] as const) {
      it.live(`SPEC 5.3: ${fault.kind} ${when} the dispatch is in doubt, and nothing is repeated`, () =>
        onWeni([{ ...fault, when }], (dispatch, weni) =>
          Effect.gen(function* () {
            const { reason } = yield* Effect.flip(dispatch)
            assert.strictEqual(reason._tag, tag)
            assert.strictEqual(dispatchVerdict(reason, [429, 500, 502, 503]), "doubtful")
            assert.strictEqual((yield* weni.requests).length, 1)
          })
        )
      )
    }
  }

  for (const status of [400, 429, 500, 504]) {
    it.live(`SPEC 5.3: ${status} is a refusal after one attempt`, () =>
      onWeni([{ kind: "status", status }], (dispatch, weni) =>
        Effect.gen(function* () {
          const { reason } = yield* Effect.flip(dispatch)
          assert(reason._tag === "DispatchRefusal")
          assert.deepStrictEqual([reason.status, reason.message], [status, `error ${status}`])
          assert.strictEqual((yield* weni.requests).length, 1)
        })
      )
    )
  }

  it.live("SPEC 5.1: wrong credentials are a refusal", () =>
    onWeni(
      [],
      (dispatch) =>
        Effect.gen(function* () {
          const { reason } = yield* Effect.flip(dispatch)
          assert(reason._tag === "DispatchRefusal")
          assert.strictEqual(reason.status, 401)
        }),
      "wrong"
    )
  )
})
