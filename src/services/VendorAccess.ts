import { Context, type Effect } from "effect"

import type { Json } from "../domain/record/ChannelResult.ts"
import type { OutageReason } from "../domain/vendor/failureReasons.ts"

/** Which rows of a table, and what of them. */
export interface TableRead {
  readonly sysId?: string
  /** Encoded query, not yet percent-encoded. */
  readonly query?: string
  readonly fields: ReadonlyArray<string>
  readonly limit?: number
  /** True: each field is `{ value, display_value }`. */
  readonly displayed?: boolean
}

/** An answer of the Table API as it came, whatever its status. */
export interface TableAnswer {
  readonly status: number
  /** One for a single record. */
  readonly rows: ReadonlyArray<Json>
  /** `X-Total-Count`: how many rows the query has. */
  readonly total?: number
  /** What the instance says of a refusal. */
  readonly message: string
  /** The instance's clock (`Date`), epoch milliseconds. */
  readonly date?: number
}

/** ServiceNow's tables as the API user sees them, for those who look whether the service can work on the instance. */
export class ServiceNowTables extends Context.Service<
  ServiceNowTables,
  {
    /** Reads. Changes nothing. */
    read(table: string, read: TableRead): Effect.Effect<TableAnswer, OutageReason>
    create(table: string, body: Json): Effect.Effect<TableAnswer, OutageReason>
    update(table: string, sysId: string, body: Json): Effect.Effect<TableAnswer, OutageReason>
    /** How many requests met a rate limit (429) so far. */
    readonly limited: Effect.Effect<number>
  }
>()("brom-ctx/services/ServiceNowTables") {}

/** Weni's campaign API as our keys reach it. */
export class WeniAccess extends Context.Service<
  WeniAccess,
  {
    /** The status of a dispatch to nobody, which sends no message. */
    readonly ask: Effect.Effect<number, OutageReason>
  }
>()("brom-ctx/services/WeniAccess") {}
