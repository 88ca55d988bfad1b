import type { Effect } from "effect"

import type { AddedFault, FaultRule } from "./FaultRule.ts"

/** One request as it was received, with masked credentials. */
export interface LoggedRequest {
  /** Epoch milliseconds. */
  readonly at: number
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The status that was answered, or what happened instead. Absent while the request is in progress. */
  readonly outcome?: number | "hang" | "drop" | "refuse"
  /** The id of the fault that it met. */
  readonly fault?: number
}

/** One whole HTTP request. Header names are in lower case. */
export interface SimRequest {
  readonly method: string
  /** Percent-encoded as it came, without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * What the network shows of a request: an answer; `hang`: no answer ever; `drop`: the connection is lost after sending;
 * `refuse`: the connection is never established.
 */
export type SimAnswer = Answered | "hang" | "drop" | "refuse"

/** The requested faults. A request meets the first one that fits and is due. */
export interface FaultOrders {
  /** Dies with every problem of an invalid rule. */
  add(rule: FaultRule): Effect.Effect<AddedFault>
  readonly list: Effect.Effect<ReadonlyArray<AddedFault>>
  readonly clear: Effect.Effect<void>
}

/**
 * A vendor without a transport. It behaves the same over HTTP, in process and on a virtual clock, because its time is
 * Effect's Clock.
 */
export interface Simulator {
  /** What it simulates, for people. */
  readonly name: string
  /**
   * Never fails. The effect of a request is atomic: an interrupted caller finds it done or not done. An effect that a
   * fault delays happens even if its caller has gone away, as on a real server.
   */
  handle(request: SimRequest): Effect.Effect<SimAnswer>
  readonly faults: FaultOrders
  /** The last requests, oldest first, without those to `/_sim`. */
  readonly requests: Effect.Effect<ReadonlyArray<LoggedRequest>>
  /** Restores how it started: data, ids, faults, request log and options. Drops effects that a fault still delays. */
  readonly reset: Effect.Effect<void>
}
