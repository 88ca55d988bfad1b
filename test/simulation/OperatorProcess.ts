import type { Effect, Exit } from "effect"

import type { RunningServices } from "../../src/http/operator/RunningService.ts"
import type { WaitingCounts } from "../../src/services/WaitingCounts.ts"

/** The services of a process that the operator's programs use. */
export type OperatorServices = Exclude<RunningServices, WaitingCounts>

/** A process of the service as operators see it. */
export interface OperatorProcess {
  /** True once it has started and while it answers. */
  readonly answers: boolean
  /** Carries out an operator's request to its API. `done` is not called if the process dies before its answer. */
  perform<A, E>(program: Effect.Effect<A, E, OperatorServices>, done: (exit: Exit.Exit<A, unknown>) => void): void
}
