import { Effect } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"

import { CurrentOperator } from "../../api/access.ts"
import { OperatorApi } from "../../api/OperatorApi.ts"
import { Authentication, sessionCookie } from "./Authentication.ts"

/** A proxy that terminates TLS sets the header. Otherwise the service is on loopback or deliberately without TLS. */
const cookieOptions = ({ headers }: HttpServerRequest.HttpServerRequest) =>
  ({
    httpOnly: true,
    sameSite: "strict",
    path: "/",
    secure: headers["x-forwarded-proto"]?.toLowerCase() === "https"
  }) as const

const withCookie = (request: HttpServerRequest.HttpServerRequest, value: string, maxAge?: number) =>
  Effect.orDie(
    HttpServerResponse.setCookie(HttpServerResponse.empty({ status: 204 }), sessionCookie, value, {
      ...cookieOptions(request),
      ...(maxAge !== undefined && { maxAge })
    })
  )

/** CONTRACT `/api/session`. */
export const SessionRoutes = HttpApiBuilder.group(
  OperatorApi,
  "session",
  Effect.fnUntraced(function* (handlers) {
    const authentication = yield* Authentication
    return handlers.handleAll({
      signIn: ({ payload, request }) =>
        Effect.flatMap(authentication.signIn(request, payload.token), (sessionId) => withCookie(request, sessionId)),
      whoAmI: () => CurrentOperator,
      signOut: ({ request }) => Effect.andThen(authentication.signOut(request), withCookie(request, "", 0))
    })
  })
)
