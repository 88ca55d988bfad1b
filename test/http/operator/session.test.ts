import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import { type Got, operatorWith, serveOperators } from "../../support/operatorHttp.ts"
import { makeWorld } from "../../support/World.ts"

const token = "ana-token-0123456789"
const operators = [operatorWith("ana", token, ["operator", "privacy"])]

const setCookie = ({ headers }: Got): string => headers["set-cookie"]?.[0] ?? ""
const cookieOf = (got: Got): string => setCookie(got).split(";")[0] ?? ""

describe("operator API, sessions", () => {
  it.effect("SPEC 11.2: a session is signed in by a token, known to every process, and signed out", () =>
    Effect.gen(function* () {
      const world = yield* makeWorld()
      const one = yield* serveOperators(world, { operators })
      const other = yield* serveOperators(world, { operators })
      const signedIn = yield* one("/api/session", { body: { token } })
      assert.strictEqual(signedIn.status, 204)
      assert.match(setCookie(signedIn), /^ctx_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
      const headers = { cookie: cookieOf(signedIn) }
      for (const ask of [one, other]) {
        const { body, status } = yield* ask("/api/session", { headers })
        assert.deepStrictEqual([status, body], [200, { name: "ana", roles: ["operator", "privacy"] }])
      }
      const signedOut = yield* other("/api/session", { method: "DELETE", headers })
      assert.deepStrictEqual([signedOut.status, cookieOf(signedOut)], [204, "ctx_session="])
      assert.strictEqual((yield* one("/api/session", { headers })).status, 401)
    })
  )

  it.effect("SPEC 11.2: behind a proxy that ends TLS the cookie is Secure", () =>
    Effect.gen(function* () {
      const ask = yield* serveOperators(yield* makeWorld(), { operators })
      const got = yield* ask("/api/session", { body: { token }, headers: { "x-forwarded-proto": "https" } })
      assert.match(setCookie(got), /; Secure/)
    })
  )

  it.effect("SPEC 11.2: the database holds neither the session's id nor the token", () =>
    Effect.gen(function* () {
      const world = yield* makeWorld()
      const ask = yield* serveOperators(world, { operators })
      const id = cookieOf(yield* ask("/api/session", { body: { token } })).split("=")[1] ?? ""
      const stored = JSON.stringify([...world.store.sessions])
      assert.strictEqual(world.store.sessions.size, 1)
      assert.isFalse(stored.includes(id) || stored.includes(token))
    })
  )

  it.effect("SPEC 11.2: a session ends when it was not used for SESSION_IDLE", () =>
    Effect.gen(function* () {
      const ask = yield* serveOperators(yield* makeWorld(), { operators, sessionIdle: 3_600_000 })
      const headers = { cookie: cookieOf(yield* ask("/api/session", { body: { token } })) }
      yield* TestClock.adjust("59 minutes")
      assert.strictEqual((yield* ask("/api/session", { headers })).status, 200)
      yield* TestClock.adjust("59 minutes")
      assert.strictEqual((yield* ask("/api/session", { headers })).status, 200)
      yield* TestClock.adjust("61 minutes")
      assert.strictEqual((yield* ask("/api/session", { headers })).status, 401)
    })
  )

  it.effect("SPEC 11.2: a session ends with its token, and has the roles that the settings give now", () =>
    Effect.gen(function* () {
      const world = yield* makeWorld()
      const ask = yield* serveOperators(world, { operators })
      const headers = { cookie: cookieOf(yield* ask("/api/session", { body: { token } })) }
      const at = (changed: typeof operators) =>
        Effect.flatMap(serveOperators(world, { operators: changed }), (next) => next("/api/session", { headers }))
      assert.strictEqual((yield* at([operatorWith("ana", "another-token-0123456789")])).status, 401)
      assert.strictEqual((yield* at([operatorWith("bia", token)])).status, 401)
      const { body } = yield* at([operatorWith("ana", token, ["viewer"])])
      assert.deepStrictEqual(body, { name: "ana", roles: ["viewer"] })
    })
  )

  it.effect("SPEC 11.2: a wrong token opens no session, and an unknown session is 401", () =>
    Effect.gen(function* () {
      const ask = yield* serveOperators(yield* makeWorld(), { operators })
      const wrong = yield* ask("/api/session", { body: { token: "wrong-token-0123456789" } })
      assert.deepStrictEqual([wrong.status, wrong.headers["set-cookie"]], [401, undefined])
      assert.strictEqual((yield* ask("/api/session", { headers: { cookie: "ctx_session=abc" } })).status, 401)
    })
  )

  it.effect("CONTRACT OPERATOR_TOKENS: on loopback without tokens everybody is local, with all roles", () =>
    Effect.gen(function* () {
      const ask = yield* serveOperators(yield* makeWorld())
      const { body } = yield* ask("/api/session", { headers: { host: "localhost" } })
      assert.deepStrictEqual(body, { name: "local", roles: ["viewer", "operator", "privacy"] })
      assert.strictEqual((yield* ask("/api/session", { headers: { host: "ctx.example" } })).status, 403)
    })
  )
})
