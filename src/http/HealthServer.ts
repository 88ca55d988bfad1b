import { createServer } from "node:http"

import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Effect, Layer, Schema } from "effect"
import { HttpRouter, HttpServer, HttpServerResponse } from "effect/http"

import { type HttpSettings, Settings } from "../services/Settings.ts"
import { AuditRoute } from "./AuditRoute.ts"
import { readiness } from "./readiness.ts"
import { scrape } from "./scrape.ts"

/** The port cannot be had: a start that nobody could watch is none. */
class CannotListen extends Schema.TaggedError<CannotListen>()("CannotListen", {
  host: Schema.String,
  port: Schema.Int,
  detail: Schema.String
}) {
  override get message() {
    return `HTTP_PORT: cannot listen on ${this.host}:${this.port} (${this.detail}), expected a free port`
  }
}

const Live = HttpRouter.add("GET", "/health/live", Effect.succeed(HttpServerResponse.jsonUnsafe({ live: true })))

const Ready = HttpRouter.add(
  "GET",
  "/health/ready",
  Effect.map(readiness, (state) => HttpServerResponse.jsonUnsafe(state, { status: state.ready ? 200 : 503 }))
)

const Metrics = HttpRouter.add(
  "GET",
  "/metrics",
  Effect.map(scrape, (text) =>
    HttpServerResponse.text(text, { contentType: "text/plain; version=0.0.4; charset=utf-8" })
  )
)

const codeOf = (cause: unknown) =>
  typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "unknown error"

const listening = ({ host, port }: HttpSettings) =>
  NodeHttpServer.layer(createServer, { host, port }).pipe(
    Layer.catchTag("ServeError", ({ cause }) =>
      Layer.effect(HttpServer.HttpServer, new CannotListen({ host, port, detail: codeOf(cause) }))
    ),
    Layer.tap(() => Effect.logInfo(`health and metrics on http://${host}:${port}`))
  )

/** Health and metrics on `HTTP_HOST:HTTP_PORT` (CONTRACT "HTTP"); up before Kafka and the database are. */
export const HealthServer = Layer.unwrap(
  Effect.map(Settings, ({ http }) =>
    HttpRouter.serve(Layer.mergeAll(Live, Ready, Metrics, AuditRoute), {
      disableListenLog: true,
      disableLogger: true
    }).pipe(Layer.provide(listening(http)))
  )
)
