import { Context, type Effect, Schema } from "effect"

import type { ConsumerOrigin } from "../domain/communication/Fact.ts"
import type { NoteProof } from "../domain/communication/noteLook.ts"
import type { CaseKey } from "../domain/outbound/caseKey.ts"
import type { ConsumerWay } from "../domain/outbound/chooseConsumer.ts"
import type { ConsumerKeys, NewConsumer } from "../domain/outbound/consumer.ts"
import type { ConsumerSight, KnownConsumer } from "../domain/outbound/knownConsumer.ts"
import type { Json } from "../domain/record/ChannelResult.ts"
import type { CorrelationId } from "../domain/record/Origin.ts"
import { ServiceNowReason } from "../domain/vendor/failureReasons.ts"
import { reasonText } from "../domain/vendor/reasonText.ts"

/**
 * Why one operation on ServiceNow failed for good, after its retries. `domain/vendor/failure.ts` has its status and
 * `codigo`.
 */
export class ServiceNowError extends Schema.TaggedError<ServiceNowError>()("ServiceNowError", {
  operation: Schema.String,
  reason: ServiceNowReason,
  /** Attempts made. 0 if a breaker held the first one back. */
  attempts: Schema.Int,
  /** What was sent may have been carried out. */
  doubtful: Schema.optionalKey(Schema.Literal(true))
}) {
  override get message() {
    return `${this.operation}: ${reasonText(this.reason)} after ${this.attempts} attempt${this.attempts === 1 ? "" : "s"}`
  }
}

export interface ConsumerLookup {
  readonly found?: { readonly sysId: string; readonly origem: ConsumerOrigin }
  /** In Portuguese, for the response's `avisos`. */
  readonly avisos: ReadonlyArray<string>
  /** The ways by which the consumer may be there without having been shown. If there are any, do not create it. */
  readonly unseen?: ReadonlyArray<ConsumerWay>
  /** With a `sight` only: the ways whose control was not shown. Absent if there are none, and if somebody was found. */
  readonly missed?: ReadonlyArray<ConsumerWay>
  /** With a `sight` only: `found`, and the ways by which a search must show it. */
  readonly known?: KnownConsumer
}

export interface CreatedConsumer {
  readonly sysId: string
  readonly avisos: ReadonlyArray<string>
  /** With a `sight` only, as in `ConsumerLookup`. */
  readonly known?: KnownConsumer
}

export interface ConsumerToCreate<E = never> {
  readonly consumer: NewConsumer
  readonly keys: ConsumerKeys
  /** As in `findConsumer`. */
  readonly sight?: ConsumerSight
  /**
   * When the last byte of an earlier creation of him left at the latest, monotonic milliseconds. Absent: there is none
   * without an outcome.
   */
  readonly inDoubtSince?: number
  /** Runs before each POST and makes it known. Nothing is sent if it fails. */
  readonly beforePost: Effect.Effect<void, E>
  /**
   * Called at the end of each POST that may be carried out, with the monotonic time of that end, and with `-Infinity`
   * at the end of any other.
   */
  readonly afterPost?: (sentUntil: number) => void
}

export interface NewCase<E = never> {
  readonly id: CorrelationId
  /** What `body` carries, and a look for the Case asks for. If absent, the id itself. */
  readonly key?: CaseKey
  /**
   * Chooses a Case of ours that is known to exist, for a look to ask for beside `key`. Without one no look allows a
   * create (SPEC 4.3).
   */
  readonly control?: Effect.Effect<CaseKey | undefined>
  /** As sent. */
  readonly body: Json
  /** When the intent became durable, epoch milliseconds (SPEC 4.3). */
  readonly intendedAt: number
  /** An earlier run left the intent without an answer. Search for the Case before creating one. */
  readonly inDoubt: boolean
  /**
   * No POST of an earlier run may take effect after this time, epoch milliseconds. Used only in doubt, and known when the
   * last run has said so (SPEC 9.2).
   */
  readonly appearsUntil?: number
  /** The intent is this process's own, and no other process has added a fact since: none can have sent a POST. */
  readonly own?: boolean
  /**
   * Makes the intent durable with the current time. Runs before every POST except the one that `intendedAt` announces.
   */
  readonly renewIntent: Effect.Effect<void, E>
}

/**
 * What one look for a Case proves (SPEC 4.3): it is there, or there is none, or nothing. `detail` is in Portuguese and
 * names the field; `isBlind`: the look did not see what is there.
 */
export type SoughtCase =
  | { readonly _tag: "There" }
  | { readonly _tag: "None" }
  | { readonly _tag: "Undecided"; readonly detail: string; readonly isBlind: boolean }

export interface OpenedCase {
  readonly sysId: string
  readonly number: string
  /** 201 or 200 as answered. 200 for a Case that was found (SPEC 4.3). */
  readonly status: number
  readonly avisos: ReadonlyArray<string>
  /** A look found the Case, and it had the whole key. */
  readonly seen?: true
  /** As the instance answered them, raw. Absent if the answer has no such field. */
  readonly state?: string
  readonly assignmentGroup?: string
}

/** A Case as the instance has it now. Every value is its raw text, `""` if there is none. */
export interface CaseRecord {
  /** Never empty. */
  readonly sysId: string
  /** Never empty. */
  readonly number: string
  /** As stored: `"3"` is Closed, `"6"` Resolved, `"10"` Open. */
  readonly state: string
  /** A sys_id. */
  readonly assignmentGroup: string
  /** `u_id_correlacao`. Also `""` if the instance has no such field. */
  readonly correlationId: string
  /** The value of `SERVICENOW_KEY_FIELD`. Absent if that is `u_id_correlacao`. */
  readonly key?: string
  readonly priority: string
  /** User names: who created it, which is our own for a Case of ours, and who changed it last. Absent if not readable. */
  readonly createdBy?: string
  readonly updatedBy?: string
  /** Epoch milliseconds, by the instance's clock. */
  readonly createdAt?: number
  readonly updatedAt?: number
}

export interface CaseUpdate<E = never> {
  readonly sysId: string
  /** As sent. A `work_notes` in it is written once (SPEC 6.2). */
  readonly body: Json
  /**
   * An earlier call may have written it, because that call left no answer or failed. Read the Case's notes first. A
   * failed call may have written it whatever its reason, because the reason may be that of a query.
   */
  readonly inDoubt: boolean
  /**
   * Another process may have begun the earlier call, and not after this time, epoch milliseconds. The lease of the
   * current run may say it more exactly. Its note is polled for as long as it may appear (SPEC 4.3). Used only in doubt.
   * Without it the earlier call was this process's own, or its end is known.
   */
  readonly intendedAt?: number
  /** Until when a PATCH of an earlier call may still take effect, epoch milliseconds. The later of this and `intendedAt`'s end counts. */
  readonly appearsUntil?: number
  /** Time has passed since the write was decided, so people may have changed the Case, although nothing was sent. */
  readonly later?: boolean
  /**
   * How many times other updates are known to have written this very note. In doubt, it counts as written only if the
   * Case holds it more often, because two answers of the customer with the same text are two notes. 0 if absent.
   */
  readonly writtenBefore?: number
  /** What proves that a look sees the Case's notes. Absent: an empty journal counts as seen. */
  readonly proof?: NoteProof
  /**
   * Runs before every PATCH except the first of a call that is not in doubt. Its failure ends the call, and nothing
   * more is written. With it, a note that is found shows that the whole PATCH was carried out, and later changes by
   * people stay.
   */
  readonly failIfCaseChanged?: Effect.Effect<void, E>
}

export interface UpdatedCase {
  readonly status: number
  readonly avisos: ReadonlyArray<string>
  /** Fields of the body that the answer does not show as sent. */
  readonly notEchoed?: ReadonlyArray<string>
  /** An earlier attempt's note was found, and nothing was sent. */
  readonly found?: true
}

/**
 * ServiceNow's Table API for this product. Every method retries transient failures (SPEC 4.6), is safe to call again,
 * and fails with `ServiceNowError` only when its retries are used up or the refusal is final.
 */
export class ServiceNow extends Context.Service<
  ServiceNow,
  {
    /**
     * Returns the verified consumer by document, else e-mail, else phone (SPEC 3.1–3.5). Changes nothing. Without a
     * `sight` nothing is known about the search.
     */
    findConsumer(keys: ConsumerKeys, sight?: ConsumerSight): Effect.Effect<ConsumerLookup, ServiceNowError>
    /** Creates a consumer. After a doubtful attempt it searches by `keys` before making another (SPEC 3.3). */
    createConsumer<E>(input: ConsumerToCreate<E>): Effect.Effect<CreatedConsumer, ServiceNowError | E>
    /**
     * Searches for a consumer that exists, by one way. `changed`: it no longer has the value by which it was known, so
     * the answer says nothing about the way.
     */
    probeConsumer(
      known: KnownConsumer,
      way: ConsumerWay
    ): Effect.Effect<"shown" | "missed" | "changed", ServiceNowError>
    /** Opens the Case of `id`. Never creates a second one (SPEC 4.3). */
    openCase<E>(input: NewCase<E>): Effect.Effect<OpenedCase, ServiceNowError | E>
    /** Looks once for the Case with this key, and for a Case that is known to exist. Changes nothing. */
    seekCase(key: CaseKey, control: CaseKey | undefined): Effect.Effect<SoughtCase, ServiceNowError>
    /** Asks once for a Case that exists. Returns whether it comes back with its whole key (SPEC 4.3). */
    showsCase(key: CaseKey): Effect.Effect<boolean, ServiceNowError>
    /**
     * Returns the Case with this sys_id (32 hexadecimal digits) or number, as it is now. Returns `undefined` if no Case
     * has the value itself, and for a value that may not enter a query (SPEC 3.4, 8.2, 8.8). `isOnce`: one attempt, for a
     * caller that can do without the answer.
     */
    readCase(idOrNumber: string, isOnce?: boolean): Effect.Effect<CaseRecord | undefined, ServiceNowError>
    /**
     * Updates the Case and never writes the same note twice (SPEC 6.2). After an attempt that may still be running, the
     * note is polled for until SERVICENOW_TIMEOUT has passed since the attempt was sent. Only then is it written again,
     * so a call can last that long for each attempt.
     */
    updateCase<E = never>(input: CaseUpdate<E>): Effect.Effect<UpdatedCase, ServiceNowError | E>
  }
>()("brom-ctx/services/ServiceNow") {}
