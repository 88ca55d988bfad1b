import { Context, type Effect } from "effect"

import type { Json } from "../domain/record/ChannelResult.ts"

/** The latest report of one process. */
export interface ProcessReport {
  readonly id: string
  /** The schema version that its program works with. */
  readonly schemaVersion: number
  /** Epoch milliseconds. */
  readonly startedAt: number
  /** When it last reported, epoch milliseconds of the database. */
  readonly seenAt: number
  readonly state: Json
}

/** Lists the processes that work on the database. Each reports its state every few seconds. */
export class Processes extends Context.Service<
  Processes,
  {
    /** Reports what this process is doing now. */
    report(state: Json): Effect.Effect<void>
    /** The processes that have reported within 30 s, oldest first. Any other process counts as dead. */
    readonly alive: Effect.Effect<ReadonlyArray<ProcessReport>>
  }
>()("brom-ctx/services/Processes") {}
