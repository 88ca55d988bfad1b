import { readFileSync } from "node:fs"

import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"

import { ConnectionLost } from "../../../src/domain/vendor/failureReasons.ts"
import { maxAnswer } from "../../../src/domain/vendor/truncateAnswer.ts"
import { BreakersInProcess } from "../../../src/layers/breaker/BreakersInProcess.ts"
import { WeniHttp } from "../../../src/layers/weni/WeniHttp.ts"
import { Breakers, makeCallState } from "../../../src/services/Breakers.ts"
import { HttpError } from "../../../src/services/Http.ts"
import { CurrentLease, unquestioned } from "../../../src/services/Ownership.ts"
import { Weni } from "../../../src/services/Weni.ts"
import { html, json, makeScripted, type Step } from "../../support/HttpScripted.ts"
import { recordingTracer } from "../../support/recordingTracer.ts"
import { SettingsTest } from "../../support/settings.ts"
import { dispatchOnce } from "./dispatchOnce.ts"

const body = JSON.parse(readFileSync("fixtures/dispatch.json", "utf8"))

const scripted = (steps: Parameters<typeof makeScripted>[0]) => {
  const { layer, requests } = makeScripted(steps)
  const settings = SettingsTest({ weni: { url: "https://weni.test", concurrency: 2 } })
  return { requests, layer: WeniHttp.pipe(Layer.provide(BreakersInProcess), Layer.provide([layer, settings])) }
}

const dispatch = (step: Step, campaign = "xpro") =>
  dispatchOnce({ campaign, attempt: 1, body }).pipe(Effect.provide(scripted([step]).layer))

const refusal = (step: Step) =>
  Effect.map(Effect.flip(dispatch(step)), ({ reason }) => {
    assert(reason._tag === "DispatchRefusal")
    const { _tag, answer, message, retryAfter, status } = reason
    return { _tag, answer, message, retryAfter, status }
  })

describe("WeniHttp: the request", () => {
  it.effect("SPEC 5.1: POST with the source's body, the campaign and the two keys", () =>
    Effect.gen(function* () {
      const { layer, requests } = scripted([json(200, {})])
      yield* dispatchOnce({ campaign: "a-b_1/é", attempt: 1, body }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(requests, [
        {
          method: "POST",
          url: "https://weni.test/v1/campaigns/a-b_1%2F%C3%A9/dispatch?keepValidContacts=false",
          headers: {
            accept: "application/json",
            "content-type": "application/json",
            "x-api-key": "key",
            "x-api-secret": "secret"
          },
          body: JSON.stringify(body),
          timeout: 15_000
        }
      ])
    })
  )
})

describe("WeniHttp: success", () => {
  for (const status of [200, 201, 202]) {
    it.effect(`SPEC 5.2: ${status} is accepted`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* dispatch(json(status, { message: "accepted", status: "ok" })), {
          status,
          answer: { message: "accepted" }
        })
      })
    )
  }

  it.effect("SPEC 5.2: the status alone decides: HTML is accepted", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* dispatch({ status: 200, headers: {}, body: "OK" }), {
        status: 200,
        answer: { corpo: "OK" }
      })
    })
  )

  it.effect("SPEC 5.2: the status alone decides: an empty body is accepted", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* dispatch(html(202, "")), { status: 202, answer: {} })
    })
  )

  it.effect("SPEC 5.2: the status alone decides: a body lost on the way is accepted", () =>
    Effect.gen(function* () {
      const lost = new HttpError({ reason: new ConnectionLost({ detail: "ECONNRESET", status: 200 }) })
      assert.deepStrictEqual(yield* dispatch(() => Effect.fail(lost)), { status: 200, answer: {} })
    })
  )

  const ids: ReadonlyArray<readonly [string, unknown, string | undefined]> = [
    ["message_id", { message_id: "m-1", id: "x" }, "m-1"],
    ["messageId", { messageId: "m-2" }, "m-2"],
    ["id", { id: "m-3" }, "m-3"],
    ["a number", { id: 42 }, "42"],
    ["messages", { messages: [{ id: "wamid.4" }] }, "wamid.4"],
    ["contacts", { contacts: [{ message_id: "m-5" }] }, "m-5"],
    ["none", { message: "accepted" }, undefined],
    ["empty", { id: " ", messages: [], contacts: [null] }, undefined]
  ]
  for (const [title, answer, expected] of ids) {
    it.effect(`SPEC 5.2: message id: ${title}`, () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* dispatch(json(200, answer))).messageId, expected)
      })
    )
  }

  const refusing: ReadonlyArray<readonly [string, unknown]> = [
    ["with the id of the dispatch", { id: "d-1", invalidContacts: [{ reason: "invalid number" }] }],
    ["with the id of the contact", { contacts: [{ id: 12, status: "invalid" }] }],
    ["beside words of the response", { message: { pt: "recusado" }, invalidContacts: 1 }],
    ["beside an error", { erro: "contato inválido", invalid_contacts: [{}] }],
    ["as a list of contacts", [{ valid: false }]]
  ]
  for (const [title, answer] of refusing) {
    it.effect(`SPEC 5.2: a contact that was not taken, ${title}: refused`, () =>
      Effect.gen(function* () {
        const { reason } = yield* Effect.flip(dispatch(json(200, answer)))
        assert.strictEqual(reason._tag, "ContactRejected")
      })
    )
  }

  it.effect("SPEC 5.2: a message that is named was accepted, whatever else the body lists", () =>
    Effect.gen(function* () {
      const answer = { messages: [{ id: "wamid.1" }], invalidContacts: [{ reason: "other" }] }
      assert.strictEqual((yield* dispatch(json(200, answer))).messageId, "wamid.1")
    })
  )

  it.effect("SPEC 7.1: a body that is not an object becomes corpo", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* dispatch(json(200, ["a"]))).answer, { corpo: ["a"] })
      assert.deepStrictEqual((yield* dispatch(json(200, null))).answer, { corpo: null })
    })
  )

  it.effect("SPEC 7.1: a body that uses the response's own words is corpo", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* dispatch(json(200, { erro: "nenhum" }))).answer, { corpo: { erro: "nenhum" } })
      assert.deepStrictEqual((yield* dispatch(json(200, { message: { pt: "a" } }))).answer, {
        corpo: { message: { pt: "a" } }
      })
    })
  )

  it.effect("SPEC 7.1: an answer over 16 KiB is cut, and its message id is still found", () =>
    Effect.gen(function* () {
      const accepted = yield* dispatch(json(200, { text: "x".repeat(maxAnswer), id: "m-1" }))
      assert.strictEqual(accepted.answer.truncado, true)
      assert.strictEqual(accepted.messageId, "m-1")
      assert.isAtMost(JSON.stringify(accepted.answer).length, maxAnswer)
    })
  )

  it.effect("SPEC 1.3: NUL is removed from what is recorded", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* dispatch(json(200, { "a\0": "b\0" }))).answer, { a: "b" })
    })
  )
})

describe("WeniHttp: failure", () => {
  it.effect("SPEC 5.3: another status is a refusal with what Weni said", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* refusal(json(400, { message: "bad campaign", code: 7 })), {
        _tag: "DispatchRefusal",
        status: 400,
        message: "bad campaign",
        answer: { message: "bad campaign", code: 7 },
        retryAfter: undefined
      })
    })
  )

  it.effect("SPEC 5.3: a refusal without words has the status' name", () =>
    Effect.gen(function* () {
      const { answer, message } = yield* refusal(html(503, "<html>"))
      assert.deepStrictEqual({ answer, message }, { answer: { corpo: "<html>" }, message: "Service Unavailable" })
    })
  )

  it.effect("SPEC 5.3: Retry-After of a 429 is in seconds or a date", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2025, 8, 30, 12))
      assert.strictEqual((yield* refusal(json(429, {}, { "retry-after": "7" }))).retryAfter, 7000)
      const date = "Tue, 30 Sep 2025 12:00:30 GMT"
      assert.strictEqual((yield* refusal(json(429, {}, { "retry-after": date }))).retryAfter, 30_000)
      assert.strictEqual((yield* refusal(json(429, {}, { "retry-after": "soon" }))).retryAfter, undefined)
    })
  )

  it.effect(
    "SPEC 4.6: without Retry-After, X-RateLimit-Reset of a 429 is in epoch seconds or in seconds from now",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(Date.UTC(2025, 8, 30, 12))
        const waitOf = (status: number, headers: Readonly<Record<string, string>>) =>
          Effect.map(refusal(json(status, {}, headers)), ({ retryAfter }) => retryAfter)
        const epoch = Date.UTC(2025, 8, 30, 12) / 1000
        assert.strictEqual(yield* waitOf(429, { "x-ratelimit-reset": String(epoch + 30) }), 30_000)
        assert.strictEqual(yield* waitOf(429, { "x-ratelimit-reset": String(epoch - 30) }), 0)
        assert.strictEqual(yield* waitOf(429, { "x-ratelimit-reset": "2.5" }), 2500)
        assert.strictEqual(yield* waitOf(429, { "x-ratelimit-reset": "soon" }), undefined)
        assert.strictEqual(yield* waitOf(429, { "x-ratelimit-reset": "30", "retry-after": "7" }), 7000)
        assert.strictEqual(yield* waitOf(500, { "x-ratelimit-reset": "30" }), undefined)
      })
  )

  for (const [step, tag] of [
    ["refused", "NotConnected"],
    ["lost", "ConnectionLost"]
  ] as const) {
    it.effect(`SPEC 5.3: ${tag} is reported as it is, after one attempt`, () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* Effect.flip(dispatch(step))).reason._tag, tag)
      })
    )
  }

  it.effect("SPEC 5.3: no answer within WENI_TIMEOUT is a Timeout, after one attempt", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.flip(dispatch("hang")))
      yield* TestClock.adjust("15 seconds")
      const { reason } = yield* Fiber.join(fiber)
      assert(reason._tag === "Timeout")
      assert.strictEqual(Duration.toMillis(reason.after), 15_000)
    })
  )
})

describe("WeniHttp: admission", () => {
  it.effect("WENI_CONCURRENCY: no more than that are admitted at once", () =>
    Effect.gen(function* () {
      const weni = yield* Weni
      const gate = yield* Deferred.make<void>()
      let admitted = 0
      const one = weni.admit(makeCallState(), () =>
        Effect.andThen(
          Effect.sync(() => (admitted += 1)),
          Deferred.await(gate)
        )
      )
      const fiber = yield* Effect.forkChild(Effect.all([one, one, one], { concurrency: "unbounded" }))
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(admitted, 2)
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(fiber)
      assert.strictEqual(admitted, 3)
    }).pipe(Effect.provide(scripted([]).layer))
  )
})

describe("WeniHttp: the circuit breaker", () => {
  const stopped = { ...unquestioned, holds: () => false }
  it.effect("SPEC 9.2, DESIGN Ownership: a request that a stopped process did not send is not a failure of Weni", () =>
    Effect.gen(function* () {
      const http = makeScripted(["refused"])
      const layer = Layer.provideMerge(WeniHttp, BreakersInProcess).pipe(
        Layer.provide([http.layer, SettingsTest({ breaker: { failures: 1 } })])
      )
      yield* Effect.gen(function* () {
        const { weni } = yield* Breakers
        const one = Effect.flip(dispatchOnce({ campaign: "xpro", attempt: 1, body }))
        const withheld = yield* Effect.provideService(one, CurrentLease, stopped)
        assert.deepStrictEqual([withheld.reason._tag, http.requests.length], ["NotConnected", 0])
        assert.isFalse((yield* weni.status).open)
        yield* one
        assert.isTrue((yield* weni.status).open)
      }).pipe(Effect.provide(layer))
    })
  )
})

describe("WeniHttp: spans", () => {
  const attemptFor = Effect.fnUntraced(function* (campaign: string) {
    const { spans, tracer } = recordingTracer()
    yield* Effect.withTracer(dispatch(json(200, {}), campaign), tracer)
    return Object.fromEntries(spans.find(({ kind }) => kind === "client")?.attributes ?? [])
  })

  it.effect("SPEC 9.6: a span for the attempt, its URL without the query, no keys", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* attemptFor("xpro"), {
        "http.request.method": "POST",
        "url.full": "https://weni.test/v1/campaigns/xpro/dispatch",
        "url.template": "/v1/campaigns/{id_campanha}/dispatch",
        "server.address": "weni.test",
        "server.port": 443,
        "service.peer.name": "weni",
        "http.response.status_code": 200
      })
    })
  )

  it.effect("SPEC 9.6: what looks like a phone in a campaign is masked", () =>
    Effect.gen(function* () {
      const { "url.full": url, "url.template": template } = yield* attemptFor("5511987654321")
      assert.deepStrictEqual(
        [url, template],
        ["https://weni.test/v1/campaigns/***/dispatch", "/v1/campaigns/{id_campanha}/dispatch"]
      )
    })
  )
})
