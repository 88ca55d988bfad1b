import { Effect } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"

import { Settings } from "../services/Settings.ts"

/** True for an address or a name that only this machine can reach. */
export const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i.test(host)

/** True if the `Host` header of a request names this machine, with or without a port. */
export const namesLoopback = (header: string | undefined): boolean =>
  isLoopback((header ?? "").replace(/:\d{1,5}$/, ""))

const refusal = HttpServerResponse.jsonUnsafe(
  { error: "HTTP_HOST is loopback: health and metrics answer to a loopback Host only" },
  { status: 403 }
)

/**
 * Returns the answer, or 403 if `HTTP_HOST` is loopback and the request's `Host` is not (CONTRACT "HTTP"). Otherwise a
 * page in a browser on this machine could resolve its own host name to 127.0.0.1 and read the answers.
 */
export const toLoopbackHost = <E, R>(answer: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
  Effect.gen(function* () {
    const { http } = yield* Settings
    const { headers } = yield* HttpServerRequest.HttpServerRequest
    return isLoopback(http.host) && !namesLoopback(headers["host"]) ? refusal : yield* answer
  })
