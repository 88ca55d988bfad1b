import { createServer } from "node:http"

import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"

import { Settings } from "../services/Settings.ts"
import { readiness } from "./readiness.ts"
import { scrape } from "./scrape.ts"

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

/** Health and metrics on `HTTP_HOST:HTTP_PORT` (CONTRACT "HTTP"); up before Kafka and the database are. */
export const HealthServer = Layer.unwrap(
  Effect.map(Settings, ({ http }) =>
    HttpRouter.serve(Layer.mergeAll(Live, Ready, Metrics), { disableListenLog: true, disableLogger: true }).pipe(
      Layer.provide(NodeHttpServer.layer(createServer, { host: http.host, port: http.port }))
    )
  )
)
