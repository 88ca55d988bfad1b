import { Effect, Redacted, Schema } from "effect"
import { FetchHttpClient, HttpClient, HttpClientError, HttpClientRequest } from "effect/http"
import { HttpApiClient } from "effect/http-api"

import { OperatorApi } from "../api/OperatorApi.ts"
import { type anyRefusal, BadRequest, Forbidden, Unauthorized } from "../api/problems.ts"
import { wrongParts } from "../api/wrongParts.ts"
import { warnOfMisspelled } from "../layers/settings/misspelled.ts"
import * as parse from "../layers/settings/parsers.ts"
import { ProblemFound, WrongUse } from "./exitCodes.ts"
import { withinPatience } from "./layers.ts"
import { note } from "./output.ts"

/** Nothing answers at `CTX_URL`. Exit code 1, unless the command can do without the service. */
class ServiceAway extends Schema.TaggedError<ServiceAway>()("ServiceAway", { url: Schema.String }) {
  override get message() {
    return `no service answers at ${this.url}: start it, or name its address in CTX_URL`
  }
}

/** The connection broke. The request may have been carried out. */
const broken = (url: string) =>
  new ProblemFound({
    detail: `the connection to the service at ${url} broke before it answered: look what it has done`
  })

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

/** The service's address and the operator's token (CONTRACT `CTX_URL`, `OPERATOR_TOKEN`). */
const settings = Effect.gen(function* () {
  const reader = parse.makeReader()
  const url = yield* Effect.orDie(reader.withDefault("CTX_URL", parse.url, "http://127.0.0.1:8080"))
  const token = yield* Effect.orDie(reader.optional("OPERATOR_TOKEN", parse.secret))
  if (reader.problems.length > 0) return yield* new ProblemFound({ detail: reader.problems.join("\n") })
  // Read so that this variable of the service is not reported as a misspelling of OPERATOR_TOKEN.
  yield* Effect.orDie(reader.optional("OPERATOR_TOKENS", parse.secret))
  yield* Effect.orDie(warnOfMisspelled(reader))
  for (const warning of reader.warnings) yield* note(warning)
  return { url, token }
})

/** Calls the running service by the client that is derived from its API. Refusals have exit codes: 400 is wrong use. */
export const operatorClient = Effect.gen(function* () {
  const { token, url } = yield* settings
  let isSent = false
  const client = yield* HttpApiClient.make(OperatorApi, {
    baseUrl: url,
    transformClient: (http) =>
      HttpClient.mapRequest(http, (request) => {
        isSent = true
        return token === undefined ? request : HttpClientRequest.bearerToken(request, Redacted.value(token))
      })
  })
  const within =
    (seconds: number) =>
    <A, E extends object, R>(request: (api: typeof client) => Effect.Effect<A, E, R>) => {
      isSent = false
      const failure = (error: E) =>
        Schema.isSchemaError(error) && !isSent
          ? new WrongUse({ detail: wrongParts(error.issue) })
          : failureAt(url)(error)
      return withinPatience(Effect.mapError(request(client), failure), `the service at ${url} (CTX_URL)`, seconds)
    }
  return {
    url,
    /** Longer than the service itself waits for Kafka and its database. */
    ask: within(25),
    /** For requests that read or select everything that matches. The service continues an accepted operation. */
    askLong: within(120)
  }
}).pipe(Effect.provide(FetchHttpClient.layer))

export type OperatorClient = Effect.Success<typeof operatorClient>

/** Why the service cannot be called: none runs, or it has no token and rejects everybody. `undefined` if it can. */
const obstacleOf = ({ ask, url }: OperatorClient) =>
  ask((api) =>
    api.session.whoAmI().pipe(
      Effect.as(undefined),
      Effect.catchIf(
        (error) => error instanceof Forbidden,
        ({ error }) => Effect.succeed(`the service at ${url} (CTX_URL) answers to nobody (${error})`)
      )
    )
  ).pipe(Effect.catchTag("ServiceAway", () => Effect.succeed(`no service answers at ${url} (CTX_URL)`)))

/**
 * Calls the running service. If none runs, says so on stderr with `instead`, and does the same `directly`. A refusal
 * fails the command: a wrong token does not fall back to `directly`.
 */
export const byService = <A, E, R, B, E2, R2>(
  asked: (client: OperatorClient) => Effect.Effect<A, E | ServiceAway, R>,
  directly: Effect.Effect<B, E2, R2>,
  instead: string
) =>
  Effect.gen(function* () {
    const client = yield* operatorClient
    const obstacle = yield* obstacleOf(client)
    if (obstacle === undefined) {
      return yield* Effect.catchTag(asked(client), "ServiceAway", () => Effect.fail(broken(client.url)))
    }
    yield* note(`${obstacle}: ${instead}`)
    return yield* directly
  })
