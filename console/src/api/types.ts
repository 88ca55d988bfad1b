/**
 * The shapes of the operator's API, taken from the client that Effect derives from the contract. Only types, so that
 * none of the contract's own code reaches the browser (docs/decisions/0022-the-console-without-a-kit.md).
 */
import type { Effect } from "effect"
import type { HttpClientResponse } from "effect/http"
import type { HttpApiClient } from "effect/http-api"

import type { OperatorApi } from "../../../src/api/OperatorApi.ts"

type Client = HttpApiClient.ForApi<typeof OperatorApi>

/** What a route answers, decoded. */
type AnswerOf<Method extends (...args: never) => Effect.Effect<unknown, unknown, unknown>> = Exclude<
  Effect.Success<ReturnType<Method>>,
  HttpClientResponse.HttpClientResponse | readonly [unknown, HttpClientResponse.HttpClientResponse]
>

/** The body of a route's request. */
type PayloadOf<Method> = Method extends (request: infer Request) => unknown
  ? Request extends { readonly payload: infer Payload }
    ? Payload
    : never
  : never

export type JsonValue = string | number | boolean | null | ReadonlyArray<JsonValue> | Json
export type Json = { readonly [name: string]: JsonValue }

export interface Page<A> {
  readonly items: ReadonlyArray<A>
  readonly next: string | null
}

export type Session = AnswerOf<Client["session"]["whoAmI"]>
export type Role = Session["roles"][number]

export type Overview = AnswerOf<Client["overview"]["overview"]>
export type Vendor = keyof Overview["breakers"]
export type Audit = AnswerOf<Client["audit"]["audit"]>

export type Item = AnswerOf<Client["communications"]["list"]>["items"][number]
export type SearchFields = PayloadOf<Client["communications"]["search"]>
export type Communication = AnswerOf<Client["communications"]["show"]>
export type TimelineEntry = Communication["timeline"][number]
export type RetryAnswer = AnswerOf<Client["retry"]["retry"]>

export type DeadLetter = AnswerOf<Client["deadLetters"]["list"]>["items"][number]
export type RedriveResult = AnswerOf<Client["deadLetters"]["redrive"]>["items"][number]
export type Parked = AnswerOf<Client["parked"]["list"]>["items"][number]

export type OperationAction = PayloadOf<Client["operations"]["begin"]>["action"]
export type Operation = AnswerOf<Client["operations"]["show"]>
/** The answer of `begin`. Without `id` it is the plan of a dry run. */
export type OperationAnswer = AnswerOf<Client["operations"]["begin"]>

export type JourneyShown = AnswerOf<Client["journeys"]["list"]>["items"][number]
export type Preview = AnswerOf<Client["journeys"]["preview"]>
export type CustomerExport = AnswerOf<Client["customers"]["export"]>
