import { Context, type Effect } from "effect"

import type { LookedCase } from "../domain/communication/noteLook.ts"
import type { CaseKey } from "../domain/outbound/caseKey.ts"
import type { CaseRow, LookAnswer } from "../domain/outbound/caseLook.ts"
import type { ConsumerRow } from "../domain/outbound/chooseConsumer.ts"
import type { NewConsumer } from "../domain/outbound/consumer.ts"
import type { ConsumerPage } from "../domain/outbound/ConsumerFindings.ts"
import type { ConsumerQuery } from "../domain/outbound/consumerQuery.ts"
import type { Json } from "../domain/record/ChannelResult.ts"
import type { AttemptReason, OutageReason } from "../domain/vendor/failureReasons.ts"
import type { CallState } from "./Breakers.ts"

/** The attempt's number within its operation, from 1, and what the breaker knows of that operation. */
export interface AttemptState {
  readonly number: number
  readonly callState: CallState
}

export interface PostedCase {
  /** 201 or 200 as answered. */
  readonly status: number
  /** Its sys_id or number is `""` if the answer lacks it. */
  readonly row: CaseRow
  /** The answer has a record. */
  readonly hasRecord: boolean
  /** In Portuguese: which fields were not stored as sent (SPEC 4.5). */
  readonly avisos: ReadonlyArray<string>
}

export interface PostedConsumer {
  /** Its sys_id is never empty. */
  readonly row: ConsumerRow
  /** The answer has the document field. */
  readonly showsDocument: boolean
  /** As for a Case. */
  readonly avisos: ReadonlyArray<string>
}

export interface PatchedCase {
  readonly status: number
  /** As for a created Case. */
  readonly avisos: ReadonlyArray<string>
  /** Fields of the body that the answer does not show as sent. Absent if there are none. */
  readonly notEchoed?: ReadonlyArray<string>
}

/** A Case as the instance has it now. Every value is its raw text, `""` for an empty field. */
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

/** Permission to make one write, now. */
export interface WriteSlot {
  /** Makes ONE attempt to create a Case with this body, as sent (SPEC 4). */
  createCase(body: Json): Effect.Effect<PostedCase, OutageReason>
  /** Makes ONE attempt to create a consumer (SPEC 3.3). An answer without a sys_id is `Unreadable`. */
  createConsumer(consumer: NewConsumer): Effect.Effect<PostedConsumer, OutageReason>
  /** Makes ONE attempt to change the Case by this body, as sent (SPEC 6.2). */
  patchCase(sysId: string, body: Json): Effect.Effect<PatchedCase, OutageReason>
}

/**
 * ServiceNow's Table API for this product. Each call makes one attempt: the programs decide when to look, when to write
 * again, and what a look proves (SPEC 4.3, 4.6, 6.2).
 */
export class ServiceNow extends Context.Service<
  ServiceNow,
  {
    /**
     * Runs `use`, which makes one write, when one of SERVICENOW_CONCURRENCY slots is free, the circuit breaker permits
     * it, the request has its token and the lease holds. `use` can therefore make durable, or check, what it needs at
     * that moment and not before the wait. `use` runs a second time if the instance has refused the token and there is
     * a new one: nothing was accepted. It fails with `HeldBack` if the way stays shut for 5 s, and at once if that is
     * known. The wait can be interrupted. `use` cannot.
     */
    admit<A, E, R>(
      attempt: AttemptState,
      use: (slot: WriteSlot) => Effect.Effect<A, E, R>
    ): Effect.Effect<A, E | AttemptReason, R>
    /**
     * Asks for the Cases with this key, and for the control in the same query (SPEC 4.3). `undefined`, without a request,
     * if one of them may not enter a query (SPEC 3.4).
     */
    lookForCase(
      key: CaseKey,
      control: CaseKey | undefined,
      attempt: AttemptState
    ): Effect.Effect<LookAnswer<CaseRow> | undefined, AttemptReason>
    /** Reads one Case as a look shows it. `undefined` if the answer is not that Case. */
    readCaseRow(
      sysId: string,
      keyField: string,
      attempt: AttemptState
    ): Effect.Effect<CaseRow | undefined, AttemptReason>
    /**
     * Returns the Case with this sys_id (32 hexadecimal digits) or number, as it is now. Returns `undefined` if no Case
     * has the value itself, and, without a request, for a value that may not enter a query (SPEC 3.4, 8.2, 8.8).
     */
    readCase(idOrNumber: string, attempt: AttemptState): Effect.Effect<CaseRecord | undefined, AttemptReason>
    /**
     * Reads the Case's notes. `undefined` if the instance does not show them. `withChanges`: also how often and by whom
     * the Case was changed, which is `""` otherwise.
     */
    readNotes(
      sysId: string,
      withChanges: boolean,
      attempt: AttemptState
    ): Effect.Effect<LookedCase | undefined, AttemptReason>
    /** The consumers that meet a condition, `mostRows` at most (SPEC 3.1). */
    findConsumers(query: ConsumerQuery, attempt: AttemptState): Effect.Effect<ConsumerPage, AttemptReason>
  }
>()("brom-ctx/services/ServiceNow") {}
