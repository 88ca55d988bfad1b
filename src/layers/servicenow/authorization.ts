import { Cache, Clock, Duration, Effect, Exit, Redacted } from "effect"

import { Refused, TokenUnavailable, Unreadable, type OutageReason } from "../../domain/vendor/failureReasons.ts"
import { Http, type HttpAnswer, type HttpRequest } from "../../services/Http.ts"
import { type ServiceNowAuth, Settings } from "../../services/Settings.ts"
import { apiText, isObject, readJson, retryAfter } from "../http/answer.ts"
import { attemptSpan } from "../http/attemptSpan.ts"
import { textOf } from "./tableRow.ts"

/** The credentials of a request. */
export interface Authorization {
  /** The `authorization` header. */
  readonly header: Effect.Effect<string, OutageReason>
  /** Drops a header that was answered with 401. True when a new header may be accepted. */
  forget(refused: string): Effect.Effect<boolean>
}

type OAuth = Extract<ServiceNowAuth, { readonly type: "oauth" }>

interface Token {
  readonly header: string
  /** Milliseconds from now. */
  readonly validFor: number
}

/** ServiceNow's default lifetime of a token in seconds, for an answer that does not state one. */
const defaultLifetime = 1800

/** Milliseconds before expiry at which a token is renewed: a tenth of its lifetime, at most a minute. */
const margin = (lifetime: number) => Math.min(60_000, lifetime / 10)

const formOf = (auth: OAuth) =>
  new URLSearchParams({
    grant_type: auth.username === undefined ? "client_credentials" : "password",
    client_id: auth.clientId,
    client_secret: Redacted.value(auth.clientSecret),
    ...(auth.username !== undefined && { username: auth.username }),
    ...(auth.password !== undefined && { password: Redacted.value(auth.password) })
  }).toString()

const tokenOf = (body: unknown): Token | undefined => {
  if (!isObject(body) || typeof body.access_token !== "string" || body.access_token === "") return undefined
  const seconds = Number(textOf(body.expires_in) || defaultLifetime)
  const lifetime = (Number.isFinite(seconds) && seconds > 0 ? seconds : defaultLifetime) * 1000
  return { header: `Bearer ${body.access_token}`, validFor: lifetime - margin(lifetime) }
}

const unavailable = (reason: TokenUnavailable["reason"]) => new TokenUnavailable({ reason })

/**
 * On any failure here, the call that needs the token was never sent. Wrong credentials fail it with 401 and a rate
 * limit with 429. Any other failure is reported as that of the token (SPEC 7.1), which leaves no doubt about the call
 * (SPEC 4.3).
 */
const readToken = Effect.fnUntraced(function* (answer: HttpAnswer) {
  const { body, status } = answer
  const parsed = readJson(body)
  const token = status === 200 ? tokenOf(parsed) : undefined
  if (token !== undefined) return token
  if (status === 429) {
    const wait = retryAfter(answer, yield* Clock.currentTimeMillis)
    return yield* new Refused({ status, ...apiText(status, parsed), ...(wait !== undefined && { retryAfter: wait }) })
  }
  if (status >= 400 && status < 500) return yield* new Refused({ ...apiText(status, parsed), status: 401 })
  if (status >= 500) return yield* unavailable(new Refused({ status, ...apiText(status, parsed) }))
  return yield* unavailable(new Unreadable({ status, detail: "a resposta não tem access_token" }))
})

/**
 * OAuth by client credentials or password. All calls share one token, fetched once for all waiters and renewed before
 * it expires.
 */
const makeOAuth = Effect.fnUntraced(function* (auth: OAuth) {
  const http = yield* Http
  const { serviceNow } = yield* Settings
  const request: HttpRequest = {
    method: "POST",
    url: `${serviceNow.url}/oauth_token.do`,
    headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
    body: formOf(auth),
    timeout: serviceNow.timeout
  }
  const fetchToken = http.send(request).pipe(
    attemptSpan("servicenow", request),
    Effect.mapError(({ reason }) => unavailable(reason)),
    Effect.flatMap(readToken)
  )
  const tokens = yield* Cache.makeWith(() => fetchToken, {
    capacity: 1,
    timeToLive: (exit) => (Exit.isSuccess(exit) ? Duration.millis(exit.value.validFor) : Duration.zero)
  })
  return {
    header: Effect.map(Cache.get(tokens, "token"), ({ header }) => header),
    forget: (refused) =>
      Effect.as(
        Cache.invalidateWhen(tokens, "token", ({ header }) => header === refused),
        true
      )
  } satisfies Authorization
})

const basic = (auth: Extract<ServiceNowAuth, { readonly type: "basic" }>): Authorization => {
  const credentials = Buffer.from(`${auth.username}:${Redacted.value(auth.password)}`, "utf8").toString("base64")
  return { header: Effect.succeed(`Basic ${credentials}`), forget: () => Effect.succeed(false) }
}

export const makeAuthorization = Effect.gen(function* () {
  const { auth } = (yield* Settings).serviceNow
  return auth.type === "basic" ? basic(auth) : yield* makeOAuth(auth)
})
