import { Effect, Redacted, Schema } from "effect"
import { FetchHttpClient, HttpClient, HttpClientError, HttpClientRequest } from "effect/http"
import { HttpApiClient } from "effect/http-api"

import { OperatorApi } from "../api/OperatorApi.ts"
import { type anyRefusal, BadRequest, Unauthorized } from "../api/problems.ts"
import * as parse from "../layers/settings/parsers.ts"
import { ProblemFound, WrongUse } from "./exitCodes.ts"
import { withinPatience } from "./layers.ts"

/** Nothing answers at `CTX_URL`. Exit code 1, unless the command can do without the service. */
class ServiceAway extends Schema.TaggedError<ServiceAway>()("ServiceAway", { url: Schema.String }) {
  override get message() {
    return `no service answers at ${this.url}: start it, or name its address in CTX_URL`
  }
}

type Refusal = InstanceType<(typeof anyRefusal)[number]>

const isRefusal = (error: object): error is Refusal => "error" in error && typeof error.error === "string"

const refusalText = (refusal: Refusal): string =>
  [
    refusal.detail === undefined ? refusal.error : `${refusal.error} (${refusal.detail})`,
    ...(refusal instanceof Unauthorized ? ["OPERATOR_TOKEN has to hold your token"] : [])
  ].join(": ")

const failureAt =
  (url: string) =>
  (error: object): ServiceAway | ProblemFound | WrongUse => {
    if (error instanceof BadRequest) return new WrongUse({ detail: refusalText(error) })
    if (isRefusal(error)) return new ProblemFound({ detail: refusalText(error) })
    if (HttpClientError.isHttpClientError(error) && error.reason._tag === "TransportError")
      return new ServiceAway({ url })
    return new ProblemFound({
      detail: `what answers at ${url} (CTX_URL) does not answer as this version of the service does`
    })
  }

/** Where the service is, and who asks (CONTRACT `CTX_URL`, `OPERATOR_TOKEN`). */
const settings = Effect.gen(function* () {
  const reader = parse.makeReader()
  const url = yield* Effect.orDie(reader.withDefault("CTX_URL", parse.url, "http://127.0.0.1:8080"))
  const token = yield* Effect.orDie(reader.optional("OPERATOR_TOKEN", parse.secret))
  if (reader.problems.length > 0) return yield* new ProblemFound({ detail: reader.problems.join("\n") })
  return { url, token }
})

/** Asks the running service by the client that its API derives. Its refusals have exit codes: 400 is wrong use. */
export const operatorClient = Effect.gen(function* () {
  const { token, url } = yield* settings
  const client = yield* HttpApiClient.make(OperatorApi, {
    baseUrl: url,
    transformClient: (http) =>
      token === undefined ? http : HttpClient.mapRequest(http, HttpClientRequest.bearerToken(Redacted.value(token)))
  })
  const within =
    (seconds: number) =>
    <A, E extends object, R>(request: (api: typeof client) => Effect.Effect<A, E, R>) =>
      withinPatience(Effect.mapError(request(client), failureAt(url)), `the service at ${url} (CTX_URL)`, seconds)
  return {
    ask: within(20),
    /** For what reads or selects everything that matches. The service goes on with an operation that it has taken. */
    askLong: within(120)
  }
}).pipe(Effect.provide(FetchHttpClient.layer))

export type OperatorClient = Effect.Success<typeof operatorClient>
