import type { Deferred } from "effect"

import type { Task } from "./Task.ts"

/** A task in the line of its key. */
export interface Slot {
  readonly task: Task
  behind: Slot | undefined
  deaths: number
  /** Whoever admitted it to a held lane waits for its end there. */
  admission: Deferred.Deferred<void> | undefined
}
