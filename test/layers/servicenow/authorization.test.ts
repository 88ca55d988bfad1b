import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Redacted } from "effect"
import { TestClock } from "effect/testing"

import { CorrelationId } from "../../../src/domain/record/Origin.ts"
import { serviceNowFailure } from "../../../src/domain/vendor/failure.ts"
import type { HttpRequest } from "../../../src/services/Http.ts"
import type { ServiceNowAuth } from "../../../src/services/Settings.ts"
import { html, json, type Step } from "../../support/HttpScripted.ts"
import { Operations } from "../../support/serviceNowOperations.ts"
import { casePath, inTime, origin, refusal, scripted } from "./serviceNowTest.ts"

const clientCredentials: ServiceNowAuth = {
  type: "oauth",
  clientId: "id",
  clientSecret: Redacted.make("s&cret")
}
const password: ServiceNowAuth = { ...clientCredentials, username: "joão", password: Redacted.make("pass word") }

const patched = json(200, { result: { sys_id: "case-1", state: "6" } })
const update = Effect.flatMap(Operations, (serviceNow) =>
  serviceNow.updateCase({ sysId: "case-1", body: { state: 6 }, inDoubt: false })
)
const isToken = ({ url }: HttpRequest) => url === `${origin}/oauth_token.do`

/** Tokens token-1, token-2, …; `answer` says what each call gets. */
const oauth = (
  answer: (request: HttpRequest, token: string) => Step,
  { auth = clientCredentials, token }: { readonly auth?: ServiceNowAuth; readonly token?: (count: number) => Step } = {}
) => {
  let count = 0
  const issue = (n: number) => json(200, { access_token: `token-${n}`, expires_in: 1800, token_type: "Bearer" })
  const instance = scripted(
    (request) => {
      if (!isToken(request)) return answer(request, request.headers.authorization?.replace("Bearer ", "") ?? "")
      count += 1
      return (token ?? issue)(count)
    },
    { serviceNow: { auth } }
  )
  return { ...instance, fetched: () => count }
}
const PATCH = `PATCH ${casePath}/case-1`
const TOKEN = "POST /oauth_token.do"

describe("OAuth", () => {
  for (const [title, auth, form] of [
    ["client credentials", clientCredentials, "grant_type=client_credentials&client_id=id&client_secret=s%26cret"],
    [
      "with username and password the password grant",
      password,
      "grant_type=password&client_id=id&client_secret=s%26cret&username=jo%C3%A3o&password=pass+word"
    ]
  ] as const) {
    it.effect(`CONTRACT Environment: ${title}`, () =>
      Effect.gen(function* () {
        const { layer, requests, seen } = oauth(() => patched, { auth })
        yield* Effect.provide(update, layer)
        assert.deepStrictEqual(seen(), [TOKEN, PATCH])
        assert.strictEqual(requests[0]?.body, form)
        assert.strictEqual(requests[0]?.headers["content-type"], "application/x-www-form-urlencoded")
        assert.strictEqual(requests[1]?.headers.authorization, "Bearer token-1")
      })
    )
  }

  it.effect("SPEC 4.6: one token serves all, fetched once for many waiters", () =>
    Effect.gen(function* () {
      const slow = () => Effect.delay(Effect.succeed(json(200, { access_token: "t", expires_in: "1800" })), "2 seconds")
      const { fetched, layer } = oauth(() => patched, { token: () => slow })
      yield* Effect.gen(function* () {
        const many = Effect.all(
          Array.from({ length: 10 }, () => update),
          { concurrency: "unbounded" }
        )
        assert.strictEqual((yield* inTime(many)).length, 10)
        yield* update
      }).pipe(Effect.provide(layer))
      assert.strictEqual(fetched(), 1)
    })
  )

  it.effect("SPEC 4.6: a token is renewed before it ends", () =>
    Effect.gen(function* () {
      const { layer, requests } = oauth(() => patched)
      yield* Effect.gen(function* () {
        yield* update
        yield* TestClock.adjust("1739 seconds")
        yield* update
        yield* TestClock.adjust("1 second")
        yield* update
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(
        requests.filter((request) => !isToken(request)).map(({ headers }) => headers.authorization),
        ["Bearer token-1", "Bearer token-1", "Bearer token-2"]
      )
    })
  )

  it.effect("SPEC 4.6: 401 renews the token once and does not count as an attempt", () =>
    Effect.gen(function* () {
      const { layer, seen } = oauth((_, token) => (token === "token-1" ? refusal(401) : patched))
      const outcome = yield* Effect.exit(Effect.provide(update, layer))
      assert.deepStrictEqual(outcome, Exit.succeed({ status: 200, avisos: [] }))
      assert.deepStrictEqual(seen(), [TOKEN, PATCH, TOKEN, PATCH])
    })
  )

  it.effect("SPEC 4.6: 401 after the renewal, while others are answered, fails with RETRY_ATTEMPTS", () =>
    Effect.gen(function* () {
      const { layer, seen } = oauth(() => refusal(401))
      const error = yield* inTime(Effect.flip(Effect.provide(update, layer)))
      assert(error.reason._tag === "Refused")
      assert.strictEqual(error.reason.status, 401)
      assert.strictEqual(error.attempts, 5)
      assert.deepStrictEqual(seen().slice(0, 4), [TOKEN, PATCH, TOKEN, PATCH])
      assert.strictEqual(seen().filter((request) => request === PATCH).length, 10)
    })
  )

  it.effect("SPEC 4.6: many that are answered 401 at once renew the token once", () =>
    Effect.gen(function* () {
      const { fetched, layer } = oauth(
        (_, token) => () => Effect.delay(Effect.succeed(token === "token-1" ? refusal(401) : patched), "1 second")
      )
      yield* Effect.gen(function* () {
        yield* inTime(
          Effect.all(
            Array.from({ length: 10 }, () => update),
            { concurrency: "unbounded" }
          )
        )
      }).pipe(Effect.provide(layer))
      assert.strictEqual(fetched(), 2)
    })
  )

  it.effect("SPEC 4.6: wrong credentials are a 401; the call is not sent", () =>
    Effect.gen(function* () {
      const wrong = json(401, { error: "server_error", error_description: "access_denied" })
      const { layer, seen } = oauth(() => patched, { token: () => wrong })
      const { reason } = yield* inTime(Effect.flip(Effect.provide(update, layer)))
      assert(reason._tag === "Refused")
      assert.deepStrictEqual([reason.status, reason.detail], [401, "access_denied"])
      assert.deepStrictEqual([...new Set(seen())], [TOKEN])
    })
  )

  for (const [title, step] of [
    ["no connection", "refused"],
    ["a time-out", "hang"],
    ["503", refusal(503)],
    ["HTML", html(200)]
  ] as const) {
    it.effect(`SPEC 4.3, 4.6: ${title} for a token is retried, and no doubt about the call`, () =>
      Effect.gen(function* () {
        const { layer, seen } = oauth(() => patched, {
          token: (count) => (count === 1 ? step : json(200, { access_token: "t" }))
        })
        const outcome = yield* Effect.provide(inTime(Effect.exit(update)), layer)
        assert.deepStrictEqual(outcome, Exit.succeed({ status: 200, avisos: [] }))
        assert.deepStrictEqual(seen(), [TOKEN, TOKEN, PATCH])
      })
    )
  }

  it.effect("SPEC 4.3, 4.6: a POST with a new token is announced again, after the token has come", () =>
    Effect.gen(function* () {
      const created = json(201, { result: { sys_id: "case-1", number: "CS1" } })
      const { layer, seen } = oauth((_, token) => (token === "token-1" ? refusal(401) : created))
      const before: Array<ReadonlyArray<string>> = []
      const open = Effect.flatMap(Operations, (serviceNow) =>
        serviceNow.openCase({
          id: CorrelationId.make("j|c|1"),
          body: {},
          intendedAt: 0,
          inDoubt: false,
          renewIntent: Effect.sync(() => before.push([...seen()]))
        })
      )
      yield* Effect.provide(inTime(open), layer)
      const POST = `POST ${casePath}`
      assert.deepStrictEqual(before, [[TOKEN, POST, TOKEN]])
      assert.deepStrictEqual(seen(), [TOKEN, POST, TOKEN, POST])
    })
  )

  const down = { message: "sem conexão", codigo: "SEM_CONEXAO" }
  for (const [title, step, status, message, codigo, detalhe, logged] of [
    [
      "no connection",
      "refused",
      503,
      down.message,
      down.codigo,
      "conexão não estabelecida: ECONNREFUSED",
      "NotConnected"
    ],
    ["a time-out", "hang", 504, "timeout", "TIMEOUT", "sem resposta em 1 minuto e 5 segundos", "Timeout"],
    [
      "a lost connection",
      "lost",
      503,
      "conexão perdida",
      down.codigo,
      "conexão perdida depois do envio: ECONNRESET",
      "ConnectionLost"
    ],
    ["503", refusal(503), 503, "message 503", "HTTP_503", "detail 503", "Refused 503"],
    [
      "HTML",
      html(200),
      502,
      "resposta inválida",
      "RESPOSTA_INVALIDA",
      "HTTP 200: a resposta não tem access_token",
      "Unreadable 200"
    ]
  ] as const) {
    it.effect(
      `SPEC 7.1, 4.3: ${title} for every token is reported as what it is; the Case is neither sent nor looked for`,
      () =>
        Effect.gen(function* () {
          const { layer, seen } = oauth(() => patched, { token: () => step })
          const open = Effect.flatMap(Operations, (serviceNow) =>
            serviceNow.openCase({
              id: CorrelationId.make("j|c|1"),
              body: {},
              intendedAt: 0,
              inDoubt: false,
              renewIntent: Effect.void
            })
          )
          const error = yield* Effect.flip(Effect.provide(inTime(open), layer))
          assert(error._tag === "ServiceNowError")
          assert.strictEqual(error.message, `openCase: TokenUnavailable (${logged}) after 5 attempts`)
          assert.deepStrictEqual(serviceNowFailure(error), {
            status,
            message,
            erro: { codigo, detalhe: `oauth_token.do: ${detalhe}`, tentativas: 5 }
          })
          assert.deepStrictEqual(seen(), [TOKEN, TOKEN, TOKEN, TOKEN, TOKEN])
        })
    )
  }
})

describe("Basic", () => {
  it.effect("SPEC 4.6: credentials in UTF-8", () =>
    Effect.gen(function* () {
      const auth: ServiceNowAuth = { type: "basic", username: "joão", password: Redacted.make("ç") }
      const { layer, requests } = scripted([patched], { serviceNow: { auth } })
      yield* Effect.provide(update, layer)
      assert.strictEqual(requests[0]?.headers.authorization, "Basic am/Do286w6c=")
    })
  )
})
