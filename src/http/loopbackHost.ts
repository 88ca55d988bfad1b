import { Effect } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"

import { Settings } from "../services/Settings.ts"

/** True for an address or a name that only this machine reaches. */
export const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i.test(host)

/** True where the `Host` header of a request names this machine, with or without a port. */
export const namesLoopback = (header: string | undefined): boolean =>
  isLoopback((header ?? "").replace(/:\d{1,5}$/, ""))

const refusal = HttpServerResponse.jsonUnsafe(
  { error: "HTTP_HOST is loopback: health and metrics answer to a loopback Host only" },
  { status: 403 }
)

/**
 * Returns the answer, or 403 where `HTTP_HOST` is loopback and the request's `Host` is not (CONTRACT "HTTP"). A page in a
 * browser on this machine can resolve a host name of its own to 127.0.0.1, and would then read what it is answered.
 */
export const toLoopbackHost = <E, R>(answer: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
  Effect.gen(function* () {
    const { http } = yield* Settings
    const { headers } = yield* HttpServerRequest.HttpServerRequest
    return isLoopback(http.host) && !namesLoopback(headers["host"]) ? refusal : yield* answer
  })
