import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { Send } from "./client.ts"
import { at, casePath, servingServiceNow } from "./serviceNow.ts"

const credentials = { username: "ctx", password: "secret", clientId: "client", clientSecret: "hush" }
const form = { "content-type": "application/x-www-form-urlencoded" }

const status = (send: Send, authorization: string) =>
  Effect.map(send("GET", casePath, undefined, { authorization }), (answer) => answer.status)
const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`
const token = (send: Send, fields: Record<string, string>) =>
  send("POST", "/oauth_token.do", new URLSearchParams(fields).toString(), form)

const client = { client_id: "client", client_secret: "hush" }
const clientGrant = { grant_type: "client_credentials", ...client }

describe("authentication of the simulator", () => {
  it.effect("SPEC 4.6: Basic is checked; without wanted credentials any that are not empty will do", () =>
    Effect.gen(function* () {
      const { send } = yield* servingServiceNow({ credentials })
      const { send: sendAny } = yield* servingServiceNow()
      const asked = [
        basic("ctx:secret"),
        basic("ctx:wrong"),
        basic("other:secret"),
        basic("ctx:"),
        "",
        "Basic",
        "Bearer x"
      ]
      const wanted = yield* Effect.forEach(asked, (authorization) => status(send, authorization))
      const any = yield* Effect.forEach(asked, (authorization) => status(sendAny, authorization))
      assert.deepStrictEqual(wanted, [200, 401, 401, 401, 401, 401, 401])
      assert.deepStrictEqual(any, [200, 200, 200, 401, 401, 401, 401])
      const refused = yield* send("POST", casePath, {}, { authorization: basic("ctx:wrong") })
      assert.deepStrictEqual(refused.json, {
        error: { message: "User Not Authenticated", detail: "Required to provide Auth information" },
        status: "failure"
      })
    })
  )

  it.effect("SPEC 4.6: an OAuth token works until it expires", () =>
    Effect.gen(function* () {
      const { send } = yield* servingServiceNow({ credentials, tokenLifetime: 60 })
      const answer = yield* token(send, clientGrant)
      const bearer = `Bearer ${String(at(answer.json, "access_token"))}`
      assert.deepStrictEqual(answer.json, {
        access_token: bearer.slice("Bearer ".length),
        scope: "useraccount",
        token_type: "Bearer",
        expires_in: 60
      })
      assert.strictEqual(yield* status(send, bearer), 200)
      yield* TestClock.adjust("59999 millis")
      assert.strictEqual(yield* status(send, bearer), 200)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* status(send, bearer), 401)
    })
  )

  it.effect("SPEC 4.6: tokens expire on order, and new ones work", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* servingServiceNow({ credentials })
      const bearer = Effect.map(token(send, clientGrant), ({ json }) => `Bearer ${String(at(json, "access_token"))}`)
      const [first, second] = [yield* bearer, yield* bearer]
      assert.notStrictEqual(first, second)
      assert.strictEqual((yield* send("POST", "/_sim/expire-tokens")).status, 200)
      assert.deepStrictEqual([yield* status(send, first), yield* status(send, second)], [401, 401])
      const third = yield* bearer
      assert.strictEqual(yield* status(send, third), 200)
      yield* simulator.expireTokens
      assert.strictEqual(yield* status(send, third), 401)
    })
  )

  it.effect("CONTRACT SERVICENOW_CLIENT_ID: both grants check what they are given", () =>
    Effect.gen(function* () {
      const { send } = yield* servingServiceNow({ credentials })
      const password = { grant_type: "password", ...client, username: "ctx", password: "secret" }
      const answers = yield* Effect.forEach(
        [
          password,
          { ...password, password: "wrong" },
          { ...password, username: "" },
          { ...password, client_secret: "wrong" },
          { ...clientGrant, client_id: "other" },
          { ...client, grant_type: "implicit" }
        ],
        (fields) => Effect.map(token(send, fields), (answer) => [answer.status, at(answer.json, "error")])
      )
      assert.deepStrictEqual(answers, [
        [200, undefined],
        [401, "server_error"],
        [401, "server_error"],
        [401, "server_error"],
        [401, "server_error"],
        [400, "unsupported_grant_type"]
      ])
    })
  )
})
