import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import { operatorWith, serveOperators } from "../../support/operatorHttp.ts"
import { makeWorld } from "../../support/World.ts"

const tokens = { ana: "ana-token-0123456789", bruno: "bruno-token-0123456789", carla: "carla-token-0123456789" }
const operators = [
  operatorWith("ana", tokens.ana, ["operator"]),
  operatorWith("bruno", tokens.bruno, ["viewer"]),
  operatorWith("carla", tokens.carla, ["privacy"])
]

const served = Effect.fnUntraced(function* () {
  return yield* serveOperators(yield* makeWorld(), { operators })
})

/** Each route that changes, reveals or exports, with the roles that it needs. */
const changing = [
  ["/api/communications/x/reveal", { reason: "r" }, ["privacy"]],
  ["/api/communications/x/whatsapp", { decision: "sent", reason: "r" }, ["operator"]],
  ["/api/communications/x/retry", { dryRun: true }, ["operator"]],
  ["/api/operations", { action: "retry", ids: ["x"], reason: "r" }, ["operator"]],
  ["/api/operations/x/stop", {}, ["operator", "privacy"]],
  ["/api/dead-letters/x/reveal", { reason: "r" }, ["privacy"]],
  ["/api/dead-letters/redrive", { ids: ["x"], dryRun: true }, ["operator"]],
  ["/api/breakers/weni", { action: "close", reason: "r" }, ["operator"]],
  ["/api/audit/settle", { topic: "t", partition: 0, first: 0, last: 0, reason: "r" }, ["operator"]],
  ["/api/customers/export", { key: "x", reason: "r" }, ["privacy"]]
] as const

describe("operator API, permissions", () => {
  it.effect("SPEC 11.2: a route that changes, reveals or exports refuses an operator without its role", () =>
    Effect.gen(function* () {
      const ask = yield* served()
      for (const [path, body, needed] of changing) {
        for (const [role, token] of [
          ["operator", tokens.ana],
          ["viewer", tokens.bruno],
          ["privacy", tokens.carla]
        ] as const) {
          const { body: answer, status } = yield* ask(path, { body, token })
          const isAllowed = (needed as ReadonlyArray<string>).includes(role)
          assert.strictEqual(status === 403, !isAllowed, `${role} at ${path}: ${status}`)
          if (!isAllowed) assert.match(String(Object(answer).error), new RegExp(needed.join(" or ")))
        }
      }
    })
  )

  it.effect("SPEC 11.2: without a token, or with a wrong one, every route answers 401 with a challenge", () =>
    Effect.gen(function* () {
      const ask = yield* served()
      const reads = ["/api/overview", "/api/communications", "/api/communications/x", "/api/operations", "/api/parked"]
      for (const path of [...reads, "/api/audit", "/api/journeys", "/api/session", "/api/dead-letters"]) {
        const { headers, status } = yield* ask(path)
        assert.deepStrictEqual([status, headers["www-authenticate"]], [401, "Bearer"], path)
      }
      for (const [path, body] of changing) assert.strictEqual((yield* ask(path, { body })).status, 401, path)
    })
  )

  it.effect("SPEC 11.2: an operator is who the token says", () =>
    Effect.gen(function* () {
      const ask = yield* served()
      assert.deepStrictEqual((yield* ask("/api/session", { token: tokens.carla })).body, {
        name: "carla",
        roles: ["privacy"]
      })
      const { headers, body, status } = yield* ask("/api/session", { headers: { authorization: "Bearer no" } })
      assert.deepStrictEqual(
        [status, headers["www-authenticate"], body],
        [401, "Bearer", { error: "this token is not known" }]
      )
    })
  )

  it.effect("SPEC 11.3: twenty wrong tokens in a minute, then 429 for wrong ones, while a right one is let in", () =>
    Effect.gen(function* () {
      const ask = yield* served()
      const wrong = (address: string) =>
        Effect.map(
          ask("/api/session", { token: "wrong-token-0123456789", headers: { "x-forwarded-for": address } }),
          ({ status }) => status
        )
      for (let count = 0; count < 20; count++) assert.strictEqual(yield* wrong(`10.0.0.${count}`), 401)
      assert.strictEqual(yield* wrong("10.0.0.99"), 429)
      const signIn = { body: { token: "wrong-token-0123456789" } }
      assert.strictEqual((yield* ask("/api/session", signIn)).status, 429)
      assert.strictEqual((yield* ask("/api/session", { token: tokens.ana })).status, 200)
      assert.strictEqual((yield* ask("/api/session", { body: { token: tokens.ana } })).status, 204)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* wrong("10.0.0.99"), 401)
    })
  )
})

describe("operator API, requests that another site causes", () => {
  const elsewhere = [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://ctx.example.evil.example" },
    { "sec-fetch-site": "same-origin", origin: "https://evil.example" }
  ]

  it.effect.each(elsewhere)("SPEC 11.4: every change is refused with %o", (from) =>
    Effect.gen(function* () {
      const ask = yield* served()
      const headers = { host: "ctx.example", ...from }
      for (const [path, body, [role]] of changing) {
        const token = role === "privacy" ? tokens.carla : tokens.ana
        const { body: answer, status } = yield* ask(path, { body, token, headers })
        assert.deepStrictEqual([status, answer], [403, { error: "the request comes from another site" }], path)
      }
      assert.strictEqual((yield* ask("/api/session", { body: { token: tokens.ana }, headers })).status, 403)
      assert.strictEqual((yield* ask("/api/session", { method: "DELETE", token: tokens.ana, headers })).status, 403)
    })
  )

  it.effect.each([
    { "sec-fetch-site": "same-origin", origin: "https://ctx.example" },
    { "sec-fetch-site": "none" },
    {}
  ])("SPEC 11.4: a page of the service, and what is not a browser, may change, with %o", (from) =>
    Effect.gen(function* () {
      const ask = yield* served()
      const headers = { host: "ctx.example", ...from }
      assert.strictEqual((yield* ask("/api/session", { body: { token: tokens.ana }, headers })).status, 204)
    })
  )

  it.effect.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp"
  ])("SPEC 11.4: a body of the type %s is 415", (type) =>
    Effect.gen(function* () {
      const ask = yield* served()
      for (const [path, body, [role]] of changing) {
        const token = role === "privacy" ? tokens.carla : tokens.ana
        const { body: answer, status } = yield* ask(path, { body, token, headers: { "content-type": type } })
        assert.deepStrictEqual([status, answer], [415, { error: "expected Content-Type: application/json" }], path)
      }
    })
  )

  it.effect("SPEC 11.4: a body without a type is 415", () =>
    Effect.gen(function* () {
      const ask = yield* served()
      const { status } = yield* ask("/api/operations", { method: "POST", token: tokens.ana })
      assert.strictEqual(status, 415)
    })
  )
})

describe("operator API, every answer", () => {
  it.effect("SPEC 11.5: JSON with error for an unknown route, malformed JSON, a wrong field and a body over 1 MB", () =>
    Effect.gen(function* () {
      const ask = yield* served()
      const token = tokens.ana
      const nowhere = yield* ask("/api/nowhere", { token })
      assert.deepStrictEqual([nowhere.status, nowhere.body], [404, { error: "there is no such route" }])
      const path = "/api/breakers/weni"
      const malformed = yield* ask(path, { token, body: "{" })
      assert.deepStrictEqual(
        [malformed.status, malformed.body],
        [400, { error: "the body: Expected a valid JSON body" }]
      )
      const wrong = yield* ask(path, { token, body: { action: "open", reason: "" } })
      assert.strictEqual(wrong.status, 400)
      assert.match(wrong.text, /action: .*reason: /)
      const undecided = yield* ask("/api/communications/x/whatsapp", { token, body: { decision: "no", reason: "r" } })
      assert.deepStrictEqual([undecided.status, undecided.text.includes("decision: ")], [400, true])
      const misspelt = yield* ask("/api/communications/search", { token, body: { statuss: ["failure"] } })
      assert.strictEqual(misspelt.status, 400)
      assert.match(misspelt.text, /statuss/)
      const large = yield* ask(path, { token, body: { action: "close", reason: "x".repeat(1_000_000) } })
      assert.deepStrictEqual([large.status, large.body], [413, { error: "the body is larger than 1 MB" }])
      const chunked = yield* ask(path, {
        token,
        body: { action: "close", reason: "x".repeat(1_000_000) },
        headers: { "transfer-encoding": "chunked" }
      })
      assert.deepStrictEqual([chunked.status, chunked.body], [413, { error: "the body is larger than 1 MB" }])
    })
  )

  it.effect("SPEC 11.1: NUL in a path, a parameter or a field is 400 and names it", () =>
    Effect.gen(function* () {
      const ask = yield* served()
      for (const [path, name, token, body] of [
        ["/api/communications/a%00b", "id", tokens.bruno],
        ["/api/operations/%00", "id", tokens.bruno],
        ["/api/communications?q=a%00b", "q", tokens.bruno],
        ["/api/dead-letters?codigo=%00", "codigo", tokens.bruno],
        ["/api/dead-letters?topic=%00", "topic", tokens.bruno],
        ["/api/parked?cursor=a%00", "cursor", tokens.bruno],
        [
          `/api/parked?cursor=${Buffer.from('{"parkedAt":1,"key":"\\u0000"}').toString("base64url")}`,
          "cursor",
          tokens.bruno
        ],
        ["/api/communications/search", "q", tokens.bruno, { q: "a\0b" }],
        ["/api/communications/x/retry", "reason", tokens.ana, { reason: "a\0b" }],
        ["/api/operations", "ids", tokens.ana, { action: "retry", ids: ["a\0b"], reason: "r" }],
        ["/api/operations", "filter.journey", tokens.ana, { action: "retry", filter: { journey: "\0" }, reason: "r" }],
        ["/api/customers/export", "key", tokens.carla, { key: "a\0b", reason: "r" }]
      ] as const) {
        const { body: answer, status } = yield* ask(path, { token, ...(body && { body }) })
        assert.strictEqual(status, 400, path)
        assert.match(String(Object(answer).error), new RegExp(`(?:^|; )${name}(?:\\.\\d)?: `), path)
      }
    })
  )

  it.effect.each(["topic", "codigo", "since", "cursor"])(
    "SPEC 12.2: an e-mail in %s of GET /api/dead-letters is 400 and names it",
    (name) =>
      Effect.gen(function* () {
        const ask = yield* served()
        const { body, status } = yield* ask(`/api/dead-letters?${name}=ana%40example.com`, { token: tokens.bruno })
        assert.strictEqual(status, 400)
        assert.match(String(Object(body).error), new RegExp(`^${name}: `))
      })
  )

  it.effect.each([
    "limit=0",
    "limit=201",
    "limit=abc",
    "limit=1.5",
    "since=yesterday",
    "until=2026-01-01T00:00:00",
    "status=lost",
    "limt=5"
  ])("SPEC 11.1: GET /api/communications?%s is 400 and names the parameter", (query) =>
    Effect.gen(function* () {
      const ask = yield* served()
      const { body, status } = yield* ask(`/api/communications?${query}`, { token: tokens.bruno })
      assert.strictEqual(status, 400)
      assert.match(String(Object(body).error), new RegExp(query.split("=")[0] ?? ""))
    })
  )

  it.effect("SPEC 11.5: every answer has security headers, and no answer of the API may be stored", () =>
    Effect.gen(function* () {
      const ask = yield* served()
      for (const [path, token] of [
        ["/api/session", tokens.ana],
        ["/api/session", undefined],
        ["/api/nowhere", undefined],
        ["/API/session", tokens.ana],
        ["//api//session", tokens.ana],
        ["/%61pi/session", tokens.ana],
        ["/openapi.json", undefined]
      ] as const) {
        const { headers } = yield* ask(path, token === undefined ? {} : { token })
        const policy = String(headers["content-security-policy"])
        assert.match(policy, /default-src 'none'/)
        assert.match(policy, /frame-ancestors 'none'/)
        assert.notMatch(policy, /unsafe/)
        assert.strictEqual(headers["x-content-type-options"], "nosniff")
        assert.strictEqual(headers["referrer-policy"], "no-referrer")
        assert.strictEqual(headers["cache-control"], "no-store", path)
      }
    })
  )
})
