import { Context, type Effect } from "effect"

import type { Json } from "../domain/record/ChannelResult.ts"

/** One process as it told of itself last. */
export interface ProcessReport {
  readonly id: string
  /** The schema that its program works with. */
  readonly schemaVersion: number
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly state: Json
}

/** Which processes work on the database, each as it tells of itself every few seconds. */
export class Processes extends Context.Service<
  Processes,
  {
    /** Tells what this process does now. */
    report(state: Json): Effect.Effect<void>
    /** The processes that have told of themselves within 30 s, the oldest first: any other one is dead. */
    readonly alive: Effect.Effect<ReadonlyArray<ProcessReport>>
  }
>()("brom-ctx/services/Processes") {}
