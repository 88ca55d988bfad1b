import { Context, type Effect } from "effect"

import type { Json } from "../domain/record/ChannelResult.ts"
import type { OutageReason } from "../domain/vendor/failureReasons.ts"

/** A table that the service uses. */
export type Table = "cases" | "consumers" | "groups"

/** A row's fields as text; of references, the value. A field that the instance does not show is absent. */
export type TextRow = Readonly<Record<string, string>>

/** Which rows of a table to read, and which of their fields. */
export interface TableRead {
  readonly sysId?: string
  /** Encoded query, not yet percent-encoded. */
  readonly query?: string
  readonly fields: ReadonlyArray<string>
  readonly limit?: number
  /** True: also what people see in each field. */
  readonly displayed?: boolean
}

/** An answer of the Table API as it came, whatever its status. */
export interface TableAnswer {
  readonly status: number
  /** One for a single record. */
  readonly rows: ReadonlyArray<TextRow>
  /** What people see in the fields of each row. Empty unless it was asked for. */
  readonly displayed: ReadonlyArray<TextRow>
  /** `X-Total-Count`: how many rows match the query. */
  readonly total?: number
  /** The instance's own text about a refusal. */
  readonly message: string
  /** The instance's clock (`Date`), epoch milliseconds. */
  readonly date?: number
}

/** ServiceNow's tables as the API user sees them, for checks whether the service can work on the instance. */
export class ServiceNowTables extends Context.Service<
  ServiceNowTables,
  {
    /** Reads. Changes nothing. */
    read(table: Table, read: TableRead): Effect.Effect<TableAnswer, OutageReason>
    create(table: Table, body: Json): Effect.Effect<TableAnswer, OutageReason>
    update(table: Table, sysId: string, body: Json): Effect.Effect<TableAnswer, OutageReason>
    /** How many requests met a rate limit (429) so far. */
    readonly limited: Effect.Effect<number>
  }
>()("brom-ctx/services/ServiceNowTables") {}

/** Weni's campaign API as our keys reach it. */
export class WeniAccess extends Context.Service<
  WeniAccess,
  {
    /** The status of a dispatch without contacts, which sends no message. */
    readonly ask: Effect.Effect<number, OutageReason>
  }
>()("brom-ctx/services/WeniAccess") {}
