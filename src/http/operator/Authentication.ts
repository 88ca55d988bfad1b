import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto"

import { Clock, Context, Effect, Layer, Option, Redacted } from "effect"
import type { HttpServerRequest } from "effect/http"

import { Forbidden, TooManyRequests, Unauthorized, type Unavailable } from "../../api/problems.ts"
import { everyRole, type Identity } from "../../domain/operator/Role.ts"
import { Sessions } from "../../services/Sessions.ts"
import { type OperatorSettings, Settings } from "../../services/Settings.ts"
import { isLoopback, namesLoopback } from "../loopbackHost.ts"
import { RunningService, whenRunning } from "./RunningService.ts"
import { WrongTokens } from "./WrongTokens.ts"

/** The cookie that holds the id of a session. */
export const sessionCookie = "ctx_session"

const sha256 = (text: string) => createHash("sha256").update(text).digest()

/** Takes the same time for any text, because digests have one length. */
const isSame = (one: string, other: string) => timingSafeEqual(sha256(one), sha256(other))

/** Ties a session to its token. Keyed by the session's id, which the database lacks, so no token can be tried on it. */
const proofOf = (sessionId: string, { token }: OperatorSettings) =>
  createHmac("sha256", sessionId).update(Redacted.value(token)).digest("base64url")

const hashOf = (sessionId: string) => sha256(sessionId).toString("base64url")

/** Compares every token, so the time does not depend on which one matches. */
const holderOf = (operators: ReadonlyArray<OperatorSettings>, token: string) =>
  operators.reduce<OperatorSettings | undefined>(
    (found, operator) => (isSame(token, Redacted.value(operator.token)) ? operator : found),
    undefined
  )

const identityOf = ({ name, roles }: OperatorSettings): Identity => ({ name, roles })

/** The address of the connection. `X-Forwarded-For` is ignored, because any client can set it. */
const addressOf = ({ remoteAddress }: HttpServerRequest.HttpServerRequest) =>
  Option.getOrElse(remoteAddress, () => "unknown").replace(/^::ffff:/, "")

type Request = HttpServerRequest.HttpServerRequest

/** Who makes a request of the operator's API (SPEC 11.2, CONTRACT `OPERATOR_TOKENS`). */
export class Authentication extends Context.Service<
  Authentication,
  {
    /** By the bearer token, else by the session. Without tokens it is `local`, on loopback alone. */
    identify(request: Request): Effect.Effect<Identity, Unauthorized | Forbidden | TooManyRequests | Unavailable>
    /** Begins a session of the token's operator and returns its id. */
    signIn(
      request: Request,
      token: string
    ): Effect.Effect<string, Unauthorized | Forbidden | TooManyRequests | Unavailable>
    /** Ends the session of the request. Idempotent. */
    signOut(request: Request): Effect.Effect<void, Unavailable>
  }
>()("brom-ctx/http/Authentication") {}

const make = Effect.gen(function* () {
  const { http } = yield* Settings
  const running = yield* RunningService
  const wrongTokens = yield* WrongTokens
  const { host, operators, sessionIdle } = http

  const inSessions = <A>(use: (sessions: Sessions["Service"]) => Effect.Effect<A>) =>
    Effect.provideService(whenRunning(Sessions.use(use)), RunningService, running)

  const wrong = Effect.fnUntraced(function* (request: Request) {
    if (yield* wrongTokens.isOneTooMany(addressOf(request)))
      return yield* new TooManyRequests({ error: "too many wrong tokens from this address; wait a minute" })
    return yield* new Unauthorized({ error: "this token is not known" })
  })

  const byToken = (request: Request, token: string) => {
    const found = holderOf(operators, token)
    return found === undefined ? wrong(request) : Effect.succeed(found)
  }

  const bySession = Effect.fnUntraced(function* (sessionId: string) {
    const now = yield* Clock.currentTimeMillis
    const session = yield* inSessions((sessions) => sessions.use(hashOf(sessionId), now, now - sessionIdle))
    const operator = operators.find(({ name }) => name === session?.name)
    if (session === undefined || operator === undefined || !isSame(session.proof, proofOf(sessionId, operator)))
      return yield* new Unauthorized({ error: "the session has ended; sign in again" })
    return identityOf(operator)
  })

  /** A page in the operator's browser can resolve a host name of its own to 127.0.0.1. */
  const local = (request: Request) => {
    if (!isLoopback(host)) {
      return Effect.fail(new Forbidden({ error: "HTTP_HOST is not loopback: the operator API needs OPERATOR_TOKEN" }))
    }
    return namesLoopback(request.headers["host"])
      ? Effect.succeed<Identity>({ name: "local", roles: everyRole })
      : Effect.fail(new Forbidden({ error: "without OPERATOR_TOKEN the operator API answers to a loopback Host only" }))
  }

  return Authentication.of({
    identify: (request) => {
      if (operators.length === 0) return local(request)
      const authorization = request.headers["authorization"]
      if (authorization !== undefined) {
        const token = /^Bearer +([^ ].*)$/i.exec(authorization)?.[1]?.trim() ?? ""
        return token === ""
          ? Effect.fail(new Unauthorized({ error: "expected Authorization: Bearer with a token" }))
          : Effect.map(byToken(request, token), identityOf)
      }
      const sessionId = request.cookies[sessionCookie]
      return sessionId === undefined
        ? Effect.fail(new Unauthorized({ error: "expected Authorization: Bearer with a token, or a session" }))
        : bySession(sessionId)
    },
    signIn: Effect.fnUntraced(function* (request, token) {
      if (operators.length === 0) yield* local(request)
      const operator = yield* byToken(request, token.trim())
      const sessionId = randomBytes(32).toString("base64url")
      const session = { name: operator.name, proof: proofOf(sessionId, operator) }
      const now = yield* Clock.currentTimeMillis
      yield* inSessions((sessions) => sessions.begin(hashOf(sessionId), session, now))
      return sessionId
    }),
    signOut: (request) => {
      const sessionId = request.cookies[sessionCookie]
      return sessionId === undefined ? Effect.void : inSessions((sessions) => sessions.end(hashOf(sessionId)))
    }
  })
})

/** Reads the operators from the settings, and keeps sessions in the database once it is open. */
export const AuthenticationBySettings = Layer.provide(Layer.effect(Authentication, make), WrongTokens.layer)
