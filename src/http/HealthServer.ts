import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Effect, Layer, Schema } from "effect"
import { HttpRouter, HttpServer, HttpServerResponse } from "effect/http"

import { type HttpSettings, Settings } from "../services/Settings.ts"
import { AnswerHeaders } from "./answers.ts"
import { ConsoleRoute } from "./Console.ts"
import { DocsRoute } from "./Docs.ts"
import { toLoopbackHost } from "./loopbackHost.ts"
import { OperatorRoutes } from "./operator/OperatorRoutes.ts"
import { readiness } from "./readiness.ts"
import { scrape } from "./scrape.ts"
import { startingServer } from "./startingServer.ts"

/** Codes of an address at which another program listens, or at which this one may not. */
const portCodes: ReadonlySet<string> = new Set(["EADDRINUSE", "EACCES"])

/** The health port is unavailable. Startup fails, since nothing could monitor the service. */
class CannotListen extends Schema.TaggedError<CannotListen>()("CannotListen", {
  host: Schema.String,
  port: Schema.Int,
  detail: Schema.String
}) {
  override get message() {
    const told = `cannot listen on ${this.host}:${this.port} (${this.detail})`
    return portCodes.has(this.detail)
      ? `HTTP_PORT: ${told}, expected a free port`
      : `HTTP_HOST: ${told}, expected an address of this machine such as 127.0.0.1, 0.0.0.0 or ::1`
  }
}

const Live = HttpRouter.add(
  "GET",
  "/health/live",
  toLoopbackHost(Effect.succeed(HttpServerResponse.jsonUnsafe({ live: true })))
)

const Ready = HttpRouter.add(
  "GET",
  "/health/ready",
  toLoopbackHost(
    Effect.map(readiness, (state) => HttpServerResponse.jsonUnsafe(state, { status: state.ready ? 200 : 503 }))
  )
)

const Metrics = HttpRouter.add(
  "GET",
  "/metrics",
  toLoopbackHost(
    Effect.map(scrape, (text) =>
      HttpServerResponse.text(text, { contentType: "text/plain; version=0.0.4; charset=utf-8" })
    )
  )
)

const codeOf = (cause: unknown) =>
  typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "unknown error"

const listening = ({ host, port }: HttpSettings) =>
  NodeHttpServer.layer(startingServer, { host, port }).pipe(
    Layer.catchTag("ServeError", ({ cause }) =>
      Layer.effect(HttpServer.HttpServer, new CannotListen({ host, port, detail: codeOf(cause) }))
    ),
    Layer.tap(() => Effect.logInfo(`health and metrics on http://${host}:${port}`))
  )

/** `GET /health/live`, `GET /health/ready` and `GET /metrics` (CONTRACT "HTTP"). */
export const HealthRoutes = Layer.mergeAll(Live, Ready, Metrics)

/**
 * Serves health and metrics on `HTTP_HOST:HTTP_PORT` (CONTRACT "HTTP"). Available before Kafka and the database are.
 */
export const HealthServer = Layer.unwrap(
  Effect.map(Settings, ({ http }) =>
    HttpRouter.serve(Layer.mergeAll(HealthRoutes, OperatorRoutes, DocsRoute, ConsoleRoute, AnswerHeaders), {
      disableListenLog: true,
      disableLogger: true
    }).pipe(Layer.provide([listening(http), NodeHttpServer.layerHttpServices]))
  )
)
