import { ByteSize, Context, Effect, Layer, Stream, type Types } from "effect"
import { HttpIncomingMessage, HttpServerRequest } from "effect/http"
import { HttpApiError, type HttpApiEndpoint } from "effect/http-api"

import { CurrentOperator, NeedsRole, OpenToAll, OperatorOnly } from "../../api/access.ts"
import { BadRequest, Forbidden, TooLarge } from "../../api/problems.ts"
import { wrongParts } from "../../api/wrongParts.ts"
import type { Identity } from "../../domain/operator/Role.ts"
import { Authentication } from "./Authentication.ts"
import { refuseOtherSites } from "./crossSite.ts"

/** Bytes of the largest body. */
const largestBody = 1_000_000

/** 400 for a request that does not decode. */
const failed = (error: Types.unhandled): Effect.Effect<never, BadRequest | Types.unhandled> =>
  HttpApiError.HttpApiSchemaError.is(error)
    ? Effect.fail(new BadRequest({ error: wrongParts(error.cause.issue) }))
    : Effect.fail(error)

/** Bytes that are read of a body that is too large, so that its sender receives the refusal instead of a reset. */
const mostDrained = 32_000_000

/** True for a body that is too large. Any other body is read and stays available to the handler. */
const isTooLarge = (request: HttpServerRequest.HttpServerRequest) => {
  const announced = Number(request.headers["content-length"] ?? 0)
  if (announced <= largestBody) {
    return Effect.isFailure(request.text).pipe(
      Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.fromInputUnsafe(largestBody))
    )
  }
  return announced > mostDrained
    ? Effect.succeed(true)
    : Effect.as(Effect.ignore(Stream.runDrain(request.stream)), true)
}

/** The operator who makes the request, with one of the roles that the endpoint needs. Empty if it needs no identity. */
const allowed = Effect.fnUntraced(function* (
  request: HttpServerRequest.HttpServerRequest,
  { annotations }: HttpApiEndpoint.Top
) {
  if (Context.get(annotations, OpenToAll)) return { name: "", roles: [] } satisfies Identity
  const authentication = yield* Authentication
  const identity = yield* authentication.identify(request)
  const needed = Context.get(annotations, NeedsRole)
  return needed.some((role) => identity.roles.includes(role))
    ? identity
    : yield* new Forbidden({ error: `this needs the role ${needed.join(" or ")}` })
})

/** Admits operators who may make the request. Turns a request that does not decode into 400. */
export const OperatorGuard = Layer.effect(
  OperatorOnly,
  Effect.map(Authentication, (authentication) =>
    OperatorOnly.of(
      Effect.fnUntraced(function* (answer, { endpoint }) {
        const request = yield* HttpServerRequest.HttpServerRequest
        // The body is read before any refusal: closing the connection while it is being sent would lose the answer.
        const isTooMuch = endpoint.payload.size > 0 && (yield* isTooLarge(request))
        const identity = yield* Effect.provideService(allowed(request, endpoint), Authentication, authentication)
        yield* refuseOtherSites(request, endpoint.payload.size > 0)
        if (isTooMuch) return yield* new TooLarge({ error: "the body is larger than 1 MB" })
        return yield* Effect.catch(Effect.provideService(answer, CurrentOperator, identity), failed)
      })
    )
  )
)
