import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Effect, Option, Layer, Schema } from "effect"
import { HttpRouter, HttpServer, HttpServerResponse } from "effect/http"

import type { BreakerStatus } from "../services/Breakers.ts"
import { DatabaseStatus } from "../services/DatabaseStatus.ts"
import { type HttpSettings, Settings } from "../services/Settings.ts"
import { AnswerHeaders } from "./answers.ts"
import { ConsoleRoute } from "./Console.ts"
import { DocsRoute } from "./Docs.ts"
import { toLoopbackHost } from "./loopbackHost.ts"
import { OperatorRoutes } from "./operator/OperatorRoutes.ts"
import { RuntimeStatus } from "./RuntimeStatus.ts"
import { scrape } from "./scrape.ts"
import { startingServer } from "./startingServer.ts"

interface Part {
  readonly ready: boolean
  readonly detail: string
}

interface Readiness {
  readonly ready: boolean
  /** `servicenow` is always ready, because orders go on. Its detail says whether a Case in doubt can be looked for. */
  readonly parts: { readonly database: Part; readonly kafka: Part; readonly topics: Part; readonly servicenow: Part }
  /**
   * An open breaker pauses the intake but does not affect readiness, because there is nothing to fix here (SPEC 9.2).
   */
  readonly breakers: Readonly<Record<string, BreakerStatus>>
}

const waiting: Part = { ready: false, detail: "waits for the database" }

const databasePart = Effect.map(
  Effect.flatMap(DatabaseStatus, (status) => status.state),
  ({ detail, holder, reachable }): Part => ({ ready: reachable && holder, detail })
)

const membershipText = (joined: boolean, missing: ReadonlyArray<string>) =>
  joined ? "group joined" : missing.length > 0 ? "waits for its topics" : "joining the group"

const presenceText = (missing: ReadonlyArray<string>) =>
  missing.length === 0 ? "all there" : `missing: ${missing.join(", ")}`

const aheadText = (count: number) =>
  count === 0
    ? ""
    : `; the group has committed ${count} records that this database knows nothing of, as after restoring an older backup (ctx audit)`

const kafkaParts = Effect.gen(function* () {
  const intake = yield* Effect.flatMap(RuntimeStatus, (runtimeStatus) => runtimeStatus.intake)
  if (Option.isNone(intake)) return { kafka: waiting, topics: waiting }
  const { connected, joined, missingTopics } = yield* intake.value.kafka
  const ahead = Option.getOrElse(yield* Effect.timeoutOption(intake.value.ahead, "1 second"), () => 0)
  return {
    kafka: {
      ready: connected && joined,
      detail: connected ? `${membershipText(joined, missingTopics)}${aheadText(ahead)}` : "brokers do not answer"
    },
    topics: connected
      ? { ready: missingTopics.length === 0, detail: presenceText(missingTopics) }
      : { ready: false, detail: "not known while the brokers do not answer" }
  }
})

const sightTexts = {
  proven: (field: string) => `Cases come back by ${field}`,
  unproven: (field: string) => `no Case has been read back by ${field} yet`,
  blind: (field: string) => `Cases do not come back by ${field} as written: a Case in doubt ends INDETERMINADO`
}

const serviceNowPart = Effect.gen(function* () {
  const intake = yield* Effect.flatMap(RuntimeStatus, (runtimeStatus) => runtimeStatus.intake)
  if (Option.isNone(intake)) return waiting
  const { field, sight } = yield* intake.value.keySight
  return { ready: true, detail: sightTexts[sight](field) }
})

const breakerStates = Effect.gen(function* () {
  const intake = yield* Effect.flatMap(RuntimeStatus, (runtimeStatus) => runtimeStatus.intake)
  return Option.isNone(intake) ? {} : yield* intake.value.breakers
})

/** Whether records can be processed now, and what prevents it (CONTRACT `GET /health/ready`). */
const readiness = Effect.gen(function* () {
  const database = yield* databasePart
  const { kafka, topics } = yield* kafkaParts
  return {
    ready: database.ready && kafka.ready && topics.ready,
    parts: { database, kafka, topics, servicenow: yield* serviceNowPart },
    breakers: yield* breakerStates
  } satisfies Readiness
})

/** The health port is unavailable. Startup fails, since nothing could monitor the service. */
class CannotListen extends Schema.TaggedError<CannotListen>()("CannotListen", {
  host: Schema.String,
  port: Schema.Int,
  detail: Schema.String
}) {
  override get message() {
    return `HTTP_PORT: cannot listen on ${this.host}:${this.port} (${this.detail}), expected a free port`
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
