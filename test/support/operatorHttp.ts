import { createServer, type IncomingHttpHeaders, request as httpRequest } from "node:http"

import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Context, Effect, Layer, Redacted } from "effect"
import { HttpRouter, HttpServer } from "effect/http"

import { everyRole, type Role } from "../../src/domain/operator/Role.ts"
import { AnswerHeaders } from "../../src/http/answers.ts"
import { OperatorRoutes } from "../../src/http/operator/OperatorRoutes.ts"
import { OperatorServices, RunningService } from "../../src/http/operator/RunningService.ts"
import { RuntimeStatus } from "../../src/http/RuntimeStatus.ts"
import type { HttpSettings } from "../../src/services/Settings.ts"
import { operatorProcess } from "./operator.ts"
import type { World } from "./World.ts"

/** A request of a test. A body that is not text is sent as JSON. */
export interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Sent as a bearer token. */
  readonly token?: string
}

export interface Got {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The body as JSON, otherwise as text. */
  readonly body: unknown
  readonly text: string
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** One exchange, with exactly the headers that the test names. */
const exchange = (port: number, path: string, { body, headers = {}, method, token }: Sent) =>
  Effect.callback<Got>((resume) => {
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body)
    const sent = httpRequest(
      {
        host: "127.0.0.1",
        port,
        path,
        method: method ?? (body === undefined ? "GET" : "POST"),
        agent: false,
        headers: {
          ...(text !== undefined && { "content-type": "application/json" }),
          ...(text !== undefined &&
            headers["transfer-encoding"] === undefined && { "content-length": Buffer.byteLength(text) }),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...headers
        }
      },
      (response) => {
        const chunks: Array<Buffer> = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.on("end", () => {
          const answer = Buffer.concat(chunks).toString()
          resume(
            Effect.succeed({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: parsed(answer),
              text: answer
            })
          )
        })
      }
    )
    sent.on("error", (error) => resume(Effect.die(error)))
    sent.end(text)
  })

/** An operator with this token. */
export const operatorWith = (name: string, token: string, roles: ReadonlyArray<Role> = everyRole) => ({
  name,
  token: Redacted.make(token),
  roles
})

/** The operator's API of one process of the world, over HTTP, until the test ends. */
export const serveOperators = Effect.fnUntraced(function* (
  world: Pick<World, "broker" | "runtimeStatus" | "serviceNow" | "settings" | "store">,
  http: Partial<HttpSettings> = {}
) {
  const settings = { ...world.settings, http: { ...world.settings.http, ...http } }
  const outside = Layer.merge(
    operatorProcess({ ...world, settings }),
    Layer.succeed(RuntimeStatus, world.runtimeStatus)
  )
  const served = HttpRouter.serve(Layer.merge(OperatorRoutes, AnswerHeaders), {
    disableListenLog: true,
    disableLogger: true
  }).pipe(
    Layer.merge(OperatorServices),
    Layer.provideMerge(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 0 })),
    Layer.provide(RunningService.layer),
    Layer.provide(outside)
  )
  const { address } = Context.get(yield* Layer.build(served), HttpServer.HttpServer)
  const port = "port" in address ? address.port : 0
  return Object.assign((path: string, sent: Sent = {}) => exchange(port, path, sent), { port })
})
