import { createHash, timingSafeEqual } from "node:crypto"

import { Context, Effect, Layer, Redacted, SchemaIssue, type Types } from "effect"
import { HttpServerRequest } from "effect/http"
import { HttpApiError } from "effect/http-api"

import { CurrentOperator, type Identity, NeedsRole, OpenToAll, OperatorOnly } from "../../api/access.ts"
import { BadRequest, Forbidden, Unauthorized } from "../../api/problems.ts"
import { type HttpSettings, Settings } from "../../services/Settings.ts"
import { isLoopback, namesLoopback } from "../loopbackHost.ts"

const digest = (text: string) => createHash("sha256").update(text).digest()

/** Takes the same time for any text, because digests have one length. */
const isSame = (given: string, expected: string) => timingSafeEqual(digest(given), digest(expected))

const everyRole = ["viewer", "operator", "privacy"] as const

/** Who asks, or why the request must not use the operator API (CONTRACT `OPERATOR_TOKEN`). */
const identify = (
  { host, operatorToken }: HttpSettings,
  headers: Readonly<Record<string, string | undefined>>
): Effect.Effect<Identity, Unauthorized | Forbidden> => {
  if (operatorToken !== undefined) {
    const given = /^Bearer +(.+)$/i.exec(headers["authorization"] ?? "")?.[1]?.trim() ?? ""
    return isSame(given, Redacted.value(operatorToken))
      ? Effect.succeed({ name: "operator", roles: everyRole })
      : Effect.fail(new Unauthorized({ error: "expected Authorization: Bearer with OPERATOR_TOKEN" }))
  }
  if (!isLoopback(host)) {
    return Effect.fail(new Forbidden({ error: "HTTP_HOST is not loopback: the operator API needs OPERATOR_TOKEN" }))
  }
  // A page in the operator's browser can resolve a host name of its own to 127.0.0.1.
  return namesLoopback(headers["host"])
    ? Effect.succeed({ name: "local", roles: everyRole })
    : Effect.fail(new Forbidden({ error: "without OPERATOR_TOKEN the operator API answers to a loopback Host only" }))
}

const formatIssues = SchemaIssue.makeFormatterStandardSchemaV1()

/** Every parameter or field that did not decode, by its name, in one line. */
const wrongParts = ({ cause }: HttpApiError.HttpApiSchemaError): string =>
  formatIssues(cause.issue)
    .issues.map(({ message, path = [] }) => {
      const name = path.map((key) => String(typeof key === "object" ? key.key : key)).join(".")
      return `${name === "" ? "the body" : name}: ${message}`
    })
    .join("; ")

/** 400 for a request that does not decode. */
const failed = (error: Types.unhandled): Effect.Effect<never, BadRequest | Types.unhandled> =>
  HttpApiError.HttpApiSchemaError.is(error)
    ? Effect.fail(new BadRequest({ error: wrongParts(error) }))
    : Effect.fail(error)

/** Lets in who has a token, with the role that the route needs, and turns what does not decode into 400. */
export const OperatorGuard = Layer.effect(
  OperatorOnly,
  Effect.map(Settings, ({ http }) =>
    OperatorOnly.of(
      Effect.fnUntraced(function* (answer, { endpoint }) {
        const { headers } = yield* HttpServerRequest.HttpServerRequest
        const identity = Context.get(endpoint.annotations, OpenToAll)
          ? { name: "", roles: [] }
          : yield* identify(http, headers)
        const needed = Context.get(endpoint.annotations, NeedsRole)
        if (!Context.get(endpoint.annotations, OpenToAll) && !needed.some((role) => identity.roles.includes(role))) {
          return yield* new Forbidden({ error: `this needs the role ${needed.join(" or ")}` })
        }
        return yield* Effect.catch(Effect.provideService(answer, CurrentOperator, identity), failed)
      })
    )
  )
)
