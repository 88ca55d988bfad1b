import { readFileSync } from "node:fs"

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { WeniSettings } from "../../simulators/weni/options.ts"
import { makeWeniSimulator } from "../../simulators/weni/WeniSimulator.ts"
import { serving } from "./client.ts"

const fixture = readFileSync(new URL("../../fixtures/dispatch.json", import.meta.url), "utf8")
const id = "pedido_entregue_amanha|550e8400-e29b-41d4-a716-446655440000|805566999OBM3028874-01"
const dispatchPath = "/v1/campaigns/xpro/dispatch?keepValidContacts=false"

const servingWeni = (settings: WeniSettings = {}) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(Date.UTC(2025, 8, 30, 15, 30, 2))
    const simulator = yield* makeWeniSimulator(settings)
    return { simulator, ...(yield* serving(simulator, { "x-api-key": "key", "x-api-secret": "secret" })) }
  })

describe("dispatch of the simulator", () => {
  it.effect("SPEC 5.2: the dispatch of the fixture is accepted, recorded, and counted for its communication", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingWeni()
      const answer = yield* send("POST", dispatchPath, fixture)
      assert.deepStrictEqual([answer.status, answer.json], [200, { message: "accepted" }])
      yield* send("POST", "/v1/campaigns/x%20y/dispatch", { contacts: [{ fullNumber: "+5511988887777" }] })
      const dispatches = yield* simulator.dispatches
      assert.match(dispatches[0]?.messageId ?? "", /^wamid\.[0-9A-F]{32}$/)
      assert.notStrictEqual(dispatches[0]?.messageId, dispatches[1]?.messageId)
      assert.deepStrictEqual(
        dispatches.map((dispatch) =>
          Object.fromEntries(Object.entries(dispatch).filter(([name]) => name !== "messageId"))
        ),
        [
          { at: 1759246202000, campaign: "xpro", idContexto: id, idCase: "CS0001005", fullNumber: "+5511999999999" },
          { at: 1759246202000, campaign: "x y", idContexto: "", idCase: "", fullNumber: "+5511988887777" }
        ]
      )
      assert.deepStrictEqual(
        [...(yield* simulator.accepted)],
        [
          [id, 1],
          ["", 1]
        ]
      )
      assert.deepStrictEqual((yield* send("GET", "/_sim/state")).json, { dispatches, accepted: { [id]: 1, "": 1 } })
    })
  )

  it.effect("SPEC 5.2: with messageIds the answer carries the id of each message", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingWeni()
      assert.deepStrictEqual((yield* send("POST", "/_sim/options", { messageIds: true })).json, {
        options: { messageIds: true, invalidNumbers: [] }
      })
      const answer = yield* send("POST", dispatchPath, fixture)
      const [dispatch] = yield* simulator.dispatches
      assert.deepStrictEqual(answer.json, { message: "accepted", messages: [{ id: dispatch?.messageId }] })
      yield* simulator.reset
      assert.deepStrictEqual((yield* send("GET", "/_sim/options")).json, {
        options: { messageIds: false, invalidNumbers: [] }
      })
      assert.deepStrictEqual(yield* simulator.dispatches, [])
      assert.strictEqual((yield* simulator.accepted).size, 0)
    })
  )

  it.effect("SPEC 5.1: key and secret are checked", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingWeni({ credentials: { apiKey: "key", apiSecret: "secret" } })
      const { send: sendAny } = yield* servingWeni()
      const keys = [
        {},
        { "x-api-key": "other" },
        { "x-api-secret": "other" },
        { "x-api-key": "" },
        { "x-api-secret": "" }
      ]
      const wanted = yield* Effect.forEach(keys, (headers) => send("POST", dispatchPath, fixture, headers))
      const any = yield* Effect.forEach(keys, (headers) => sendAny("POST", dispatchPath, fixture, headers))
      assert.deepStrictEqual(
        [wanted.map(({ status }) => status), any.map(({ status }) => status)],
        [
          [200, 401, 401, 401, 401],
          [200, 200, 200, 401, 401]
        ]
      )
      assert.deepStrictEqual(wanted[1]?.json, { message: "unauthorized" })
      assert.strictEqual((yield* simulator.dispatches).length, 1)
    })
  )

  it.effect("SPEC 5.1: a body without valid contacts is refused and nothing of it is sent", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingWeni()
      const valid = { fullNumber: "+5511999999999" }
      const bodies: ReadonlyArray<readonly [unknown, string]> = [
        ["{", "invalid body"],
        [{}, "invalid body"],
        [{ contacts: [] }, "invalid contact"],
        [{ contacts: [valid, {}] }, "invalid contact"],
        [{ contacts: [{ fullNumber: "5511999999999" }] }, "invalid contact"],
        [{ contacts: [{ fullNumber: "+0511999999999" }] }, "invalid contact"],
        [{ contacts: [{ fullNumber: "+1234567890123456" }] }, "invalid contact"],
        [{ contacts: [{ fullNumber: "+55 11 99999-9999" }] }, "invalid contact"]
      ]
      for (const [body, message] of bodies) {
        const answer = yield* send("POST", dispatchPath, body)
        assert.deepStrictEqual([body, answer.status, answer.json], [body, 400, { message }])
      }
      assert.strictEqual((yield* send("GET", dispatchPath)).status, 405)
      assert.strictEqual((yield* send("POST", "/v1/campaigns//dispatch", fixture)).status, 404)
      assert.deepStrictEqual(yield* simulator.dispatches, [])
      const kept = "/v1/campaigns/xpro/dispatch?keepValidContacts=true"
      assert.strictEqual((yield* send("POST", kept, { contacts: [{}, valid] })).status, 200)
      assert.strictEqual((yield* send("POST", kept, { contacts: [{}] })).status, 400)
      assert.strictEqual((yield* simulator.dispatches).length, 1)
    })
  )

  it.effect("SPEC 5.3: faults meet one communication, before or after it is accepted", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingWeni()
      yield* send("POST", "/_sim/faults", [
        { kind: "status", status: 503, match: { id: "another" } },
        { kind: "status", status: 503, match: { id } },
        { kind: "drop", when: "after", match: { id } },
        { kind: "errorKey", match: { id } }
      ])
      const refused = yield* send("POST", dispatchPath, fixture)
      assert.deepStrictEqual([refused.status, refused.json], [503, { message: "error 503" }])
      assert.strictEqual((yield* simulator.accepted).get(id), undefined)
      assert.strictEqual((yield* Effect.flip(send("POST", dispatchPath, fixture))).code, "UND_ERR_SOCKET")
      assert.strictEqual((yield* simulator.accepted).get(id), 1)
      assert.deepStrictEqual((yield* send("POST", dispatchPath, fixture)).json, {
        error: { message: "dispatch failed" }
      })
      assert.strictEqual((yield* simulator.accepted).get(id), 1)
    })
  )

  it.effect("invalidNumbers are listed in an answer of 200, and nothing is sent to them", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingWeni()
      yield* send("POST", "/_sim/options", { invalidNumbers: ["+5511999999999"] })
      const answer = yield* send("POST", dispatchPath, fixture)
      assert.deepStrictEqual(
        [answer.status, answer.json],
        [
          200,
          {
            message: "accepted",
            validContacts: 0,
            invalidContacts: [{ fullNumber: "+5511999999999", reason: "invalid number" }]
          }
        ]
      )
      assert.deepStrictEqual(yield* simulator.dispatches, [])
    })
  )

  it.effect("faults: a key revoked for a while, one campaign forbidden, a page in place of an answer", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingWeni()
      yield* send("POST", "/_sim/faults", [
        { kind: "status", status: 401, times: -1, forMs: 60_000 },
        { kind: "status", status: 403, times: -1, match: { path: "/v1/campaigns/xpro/" } },
        { kind: "html" }
      ])
      const other = "/v1/campaigns/other/dispatch"
      const statuses = (path: string) =>
        Effect.map(send("POST", path, fixture), ({ status, text }) => [status, text[0]])
      assert.deepStrictEqual(
        [yield* statuses(dispatchPath), yield* statuses(other)],
        [
          [401, "{"],
          [401, "{"]
        ]
      )
      yield* TestClock.adjust("59999 millis")
      assert.deepStrictEqual(yield* statuses(other), [401, "{"])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(
        [yield* statuses(dispatchPath), yield* statuses(other)],
        [
          [403, "{"],
          [200, "<"]
        ]
      )
      assert.deepStrictEqual(yield* simulator.dispatches, [])
      assert.deepStrictEqual(
        [yield* statuses(dispatchPath), yield* statuses(other)],
        [
          [403, "{"],
          [200, "{"]
        ]
      )
      assert.strictEqual((yield* simulator.dispatches).length, 1)
    })
  )

  it.effect("SPEC 9.6: the request log has no key and no secret", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingWeni()
      yield* send("POST", dispatchPath, fixture)
      const [request] = yield* simulator.requests
      assert.deepStrictEqual([request?.headers["x-api-key"], request?.headers["x-api-secret"]], ["***", "***"])
      assert.strictEqual(request?.body, fixture)
    })
  )
})
