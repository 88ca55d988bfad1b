import { Context, type Effect, Schema } from "effect"

import type { Json } from "../domain/Canal.ts"
import type { CorrelationId } from "../domain/CorrelationId.ts"
import type { ConsumerOrigin } from "../domain/Fact.ts"
import { ConnectionLost, NotConnected, Timeout } from "./Http.ts"

/** An answer that says no: a status that is no success, or an `error` key (SPEC 4.4). */
export class Refused extends Schema.TaggedError<Refused>()("Refused", {
  status: Schema.Int,
  message: Schema.String,
  detail: Schema.String,
  /** Milliseconds that the server asked to wait (`Retry-After`). */
  retryAfter: Schema.optionalKey(Schema.Number)
}) {}

/** A success status with an answer that does not count: 202, HTML, no JSON, no `sys_id` (SPEC 4.4). */
export class Unreadable extends Schema.TaggedError<Unreadable>()("Unreadable", {
  status: Schema.Int,
  detail: Schema.String
}) {}

/** A doubtful create whose Case cannot be looked for: the instance has no `u_id_correlacao` (SPEC 4.3). */
export class Indeterminate extends Schema.TaggedError<Indeterminate>()("Indeterminate", { detail: Schema.String }) {}

export const ServiceNowReason = Schema.Union([
  Timeout,
  NotConnected,
  ConnectionLost,
  Refused,
  Unreadable,
  Indeterminate
])
export type ServiceNowReason = typeof ServiceNowReason.Type

/** Why one operation on ServiceNow failed for good, after its retries; `domain/failure.ts` has its status and `codigo`. */
export class ServiceNowError extends Schema.TaggedError<ServiceNowError>()("ServiceNowError", {
  operation: Schema.String,
  reason: ServiceNowReason,
  /** Attempts made, 1 or more. */
  attempts: Schema.Int
}) {
  override get message() {
    return `${this.operation}: ${this.reason._tag} after ${this.attempts} attempt(s)`
  }
}

/** What a customer can be looked up by (SPEC 3.1), as the record has it. */
export interface ConsumerKeys {
  readonly document?: string
  readonly email?: string
  readonly phone?: string
}

export interface ConsumerLookup {
  readonly found?: { readonly sysId: string; readonly origem: ConsumerOrigin }
  /** In Portuguese, for the response's `avisos`. */
  readonly avisos: ReadonlyArray<string>
}

export interface NewConsumer {
  readonly firstName?: string
  readonly lastName?: string
  readonly email?: string
  readonly phone?: string
  readonly document?: string
}

export interface NewCase<E = never> {
  readonly id: CorrelationId
  /** As sent. */
  readonly body: Json
  /** When the intent became durable, epoch milliseconds (SPEC 4.3). */
  readonly intendedAt: number
  /** The intent was found without an answer: look before creating. */
  readonly inDoubt: boolean
  /** Makes the intent durable with the present time; run before every POST but the one that `intendedAt` announces. */
  readonly renewIntent: Effect.Effect<void, E>
}

export interface OpenedCase {
  readonly sysId: string
  readonly number: string
  /** 201 or 200 as answered; 200 for a Case that was found (SPEC 4.3). */
  readonly status: number
  readonly avisos: ReadonlyArray<string>
}

export interface CaseUpdate {
  readonly sysId: string
  /** As sent; a `work_notes` in it is written once (SPEC 6.2). */
  readonly body: Json
  /** An earlier attempt may have been carried out: read the Case's notes first. */
  readonly inDoubt: boolean
}

export interface UpdatedCase {
  readonly status: number
  readonly avisos: ReadonlyArray<string>
}

/**
 * ServiceNow's Table API for this product. Every method retries what can heal (SPEC 4.6), is safe to call again, and
 * fails with `ServiceNowError` only when its retries are used up or the refusal is final.
 */
export class ServiceNow extends Context.Service<
  ServiceNow,
  {
    /** The first verified consumer by document, e-mail, phone (SPEC 3.1–3.5); changes nothing. */
    findConsumer(keys: ConsumerKeys): Effect.Effect<ConsumerLookup, ServiceNowError>
    /** Creates a consumer; when an attempt was doubtful, looks by `keys` before another (SPEC 3.3). */
    createConsumer(
      consumer: NewConsumer,
      keys: ConsumerKeys
    ): Effect.Effect<{ readonly sysId: string; readonly avisos: ReadonlyArray<string> }, ServiceNowError>
    /** Never a second Case for one `id` (SPEC 4.3). */
    openCase<E>(input: NewCase<E>): Effect.Effect<OpenedCase, ServiceNowError | E>
    /** Never the same note twice by a retry (SPEC 6.2). */
    updateCase(input: CaseUpdate): Effect.Effect<UpdatedCase, ServiceNowError>
  }
>()("brom-ctx/services/ServiceNow") {}
