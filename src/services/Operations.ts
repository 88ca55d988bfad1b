import { Context, type Effect } from "effect"

import type { RefusalTag } from "../domain/operator/RefusalTag.ts"

/** What a running operation does to each of its items. */
export type ItemAction = "retry" | "end" | "resend" | "sent" | "not_sent" | "redrive" | "erase"

/** An item on which the operation failed, and why. */
export interface OperationFailure {
  /** A communication, or the place of a dead letter. Without personal data. */
  readonly id: string
  readonly reason: string
  /** What `reason` says, for programs. Absent if an earlier version stored it. */
  readonly tag?: RefusalTag
}

/** What an operator did, or has the service do (SPEC 10.3). Times are epoch milliseconds. */
export interface Operation {
  readonly id: string
  /** An `ItemAction`, or what was done at once: `reveal`, `export`, `close_breaker`, … */
  readonly action: string
  /** The operator's name. */
  readonly by: string
  readonly at: number
  readonly reason: string
  /** What a single action acts on: a communication, or the place of a dead letter. It may hold personal data. */
  readonly target?: string
  readonly state: "running" | "done" | "stopped"
  readonly total: number
  /** How many of them have ended, failures included. */
  readonly done: number
  /** The first ones, at most `mostFailures`. */
  readonly failures: ReadonlyArray<OperationFailure>
  readonly endedAt?: number
}

/** Maximum number of failures that are kept for one operation. */
export const mostFailures = 1000

export type NewOperation = Pick<Operation, "action" | "at" | "by" | "id" | "reason" | "target">

/** The items that had ended before an operation was recorded. */
export interface EndedItems {
  readonly done: number
  readonly failures: ReadonlyArray<OperationFailure>
}

export const noneEnded: EndedItems = { done: 0, failures: [] }

/** One item of a running operation, and its position in the line. */
export interface OperationItem {
  readonly operation: NewOperation
  readonly position: number
  readonly id: string
}

/** Where a page of the trail begins: after this operation. */
export type OperationCursor = Pick<Operation, "at" | "id">

/**
 * The operations of all processes (SPEC 10.3), kept for RETENTION. Calls wait for an unreachable database as those of
 * `Journal` do (SPEC 9.1).
 */
export class Operations extends Context.Service<
  Operations,
  {
    /**
     * Returns when the operation and its items are durable. An operation without items is done at once; `ended` says what
     * it has done already. Idempotent by id.
     */
    begin(operation: NewOperation, items: ReadonlyArray<string>, ended?: EndedItems): Effect.Effect<void>
    /**
     * Begins an operation on `total` items that this process does itself, at once. Returns when it is durable. It runs
     * until `end`. Idempotent by id.
     */
    beginOwn(operation: NewOperation, total: number): Effect.Effect<void>
    /** Ends an operation of `beginOwn` at `at`, epoch milliseconds. Idempotent: the first end counts. */
    end(id: string, at: number, ended: EndedItems): Effect.Effect<void>
    /**
     * Stops operations of `beginOwn` that began before `before` and still run, because their process crashed. Times are
     * epoch milliseconds. Returns how many.
     */
    stopAbandoned(before: number, at: number): Effect.Effect<number>
    get(id: string): Effect.Effect<Operation | undefined>
    /** The newest operations first. */
    list(limit: number, after?: OperationCursor): Effect.Effect<ReadonlyArray<Operation>>
    /**
     * The items of running operations that may be done at `now` (epoch milliseconds): the first `limit` in the line of
     * each operation, the oldest operation first.
     */
    next(now: number, limit: number): Effect.Effect<ReadonlyArray<OperationItem>>
    /**
     * Records that the item has ended, as a failure if `failure` is set. The last one ends the operation. Idempotent. If
     * two processes tried the item, it is a failure only if both failed.
     */
    finish(item: OperationItem, at: number, failure?: OperationFailure): Effect.Effect<void>
    /** Puts the item at the end of its operation's line. It is not done before `until`, epoch milliseconds. */
    postpone(item: OperationItem, until: number): Effect.Effect<void>
    /** Stops a running operation. Items that have not begun are dropped. */
    stop(id: string, at: number): Effect.Effect<void>
    /** Deletes operations that ended before this time, epoch milliseconds. Returns how many. */
    prune(before: number): Effect.Effect<number>
  }
>()("brom-ctx/services/Operations") {}
