import type { Effect } from "effect"

import type { AddedFault, FaultRule } from "./FaultRule.ts"

/** One request as it was received; credentials are masked. */
export interface LoggedRequest {
  /** Epoch milliseconds. */
  readonly at: number
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The status answered, or what was done instead; none while it is at work. */
  readonly outcome?: number | "hang" | "drop" | "refuse"
  /** The id of the fault that it met. */
  readonly fault?: number
}

/** One HTTP request, whole; header names are in lower case. */
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
 * What the network shows of a request: an answer; `hang`, no answer ever; `drop`, the connection lost after sending;
 * `refuse`, the connection never established.
 */
export type SimAnswer = Answered | "hang" | "drop" | "refuse"

/** The faults on order; the first matching one that is due is used. */
export interface FaultOrders {
  /** Dies with every problem when the rule is no valid one. */
  add(rule: FaultRule): Effect.Effect<AddedFault>
  readonly list: Effect.Effect<ReadonlyArray<AddedFault>>
  readonly clear: Effect.Effect<void>
}

/** A vendor without a transport: the same over HTTP, in process, and on a virtual clock (time is Effect's Clock). */
export interface Simulator {
  /** What it simulates, for people. */
  readonly name: string
  /**
   * Never fails. The effect of a request is atomic: an interrupted caller finds it done or not done. One delayed by a fault
   * happens also when its caller has gone away, as on a real server.
   */
  handle(request: SimRequest): Effect.Effect<SimAnswer>
  readonly faults: FaultOrders
  /** The last requests, oldest first, without those to `/_sim`. */
  readonly requests: Effect.Effect<ReadonlyArray<LoggedRequest>>
  /** Back to how it started: data, ids, faults, request log and options. Effects still delayed by a fault are forgotten. */
  readonly reset: Effect.Effect<void>
}
