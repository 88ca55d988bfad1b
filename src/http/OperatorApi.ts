import { createHash, timingSafeEqual } from "node:crypto"

import { Effect, Redacted, Option } from "effect"
import { HttpServerRequest, HttpServerResponse, HttpRouter } from "effect/http"

import { type HttpSettings, Settings } from "../services/Settings.ts"
import { isLoopback, namesLoopback } from "./loopbackHost.ts"
import { RuntimeStatus } from "./RuntimeStatus.ts"

interface Denial {
  readonly status: 401 | 403
  readonly error: string
}

const digest = (text: string) => createHash("sha256").update(text).digest()

/** Takes the same time for any text, because digests have one length. */
const isSame = (given: string, expected: string) => timingSafeEqual(digest(given), digest(expected))

/** Returns why a request must not use the operator API, or `undefined` (CONTRACT `OPERATOR_TOKEN`). */
const denialOf = (
  { host, operatorToken }: HttpSettings,
  headers: Readonly<Record<string, string | undefined>>
): Denial | undefined => {
  if (operatorToken !== undefined) {
    const given = /^Bearer +(.+)$/i.exec(headers["authorization"] ?? "")?.[1]?.trim() ?? ""
    return isSame(given, Redacted.value(operatorToken))
      ? undefined
      : { status: 401, error: "expected Authorization: Bearer with OPERATOR_TOKEN" }
  }
  if (!isLoopback(host)) {
    return { status: 403, error: "HTTP_HOST is not loopback: the operator API needs OPERATOR_TOKEN" }
  }
  // A page in the operator's browser can resolve a host name of its own to 127.0.0.1.
  return namesLoopback(headers["host"])
    ? undefined
    : { status: 403, error: "without OPERATOR_TOKEN the operator API answers to a loopback Host only" }
}

/** Returns the answer of an operator's route, or 401 or 403 as JSON. */
const operatorOnly = <E, R>(answer: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
  Effect.gen(function* () {
    const { http } = yield* Settings
    const { headers } = yield* HttpServerRequest.HttpServerRequest
    const denial = denialOf(http, headers)
    if (denial === undefined) return yield* answer
    const { error, status } = denial
    return HttpServerResponse.jsonUnsafe(
      { error },
      { status, ...(status === 401 && { headers: { "www-authenticate": "Bearer" } }) }
    )
  })

/** Longer than the brokers or the database take while they are available. */
const waitBudget = "20 seconds"

const unavailable = (error: string) => HttpServerResponse.jsonUnsafe({ error }, { status: 503 })

const answer = Effect.gen(function* () {
  const intake = yield* Effect.flatMap(RuntimeStatus, (runtimeStatus) => runtimeStatus.intake)
  if (Option.isNone(intake)) return unavailable("the service waits for its database")
  const audit = yield* Effect.timeoutOption(intake.value.audit, waitBudget)
  return Option.match(audit, {
    onNone: () => unavailable("Kafka or the database does not answer"),
    onSome: (found) => HttpServerResponse.jsonUnsafe(found, { headers: { "cache-control": "no-store" } })
  })
})

/** CONTRACT `GET /api/audit`: 200, or 503 while Kafka or the database is unavailable. */
export const AuditRoute = HttpRouter.add("GET", "/api/audit", operatorOnly(answer))
