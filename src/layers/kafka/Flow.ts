import type { Effect } from "effect"

import type { Task } from "./Task.ts"

/** Tasks in order by key, a limit for each topic; what runs, what waits, what is held (DESIGN "Kafka intake"). */
export interface Flow {
  /** Starts the task as soon as its key and its topic's limit allow; synchronous. */
  offer(task: Task): void
  /** Tasks of a topic that have not ended: at work, waiting, or waiting to be run again. */
  unfinished(topic: string): number
  /** No task of the topic starts any more, but those that had started before; what is at work goes on. */
  hold(topic: string): void
  release(topic: string): void
  /**
   * One more task of a held topic starts, the next one that comes if there is none; returns when it has ended, or is no
   * longer ours. An interruption takes the permission back, if nothing has used it. `changed` is told when `wants` may have
   * changed.
   */
  admitOne(topic: string, changed: () => void): Effect.Effect<void>
  /** False while a held topic has no use for another record. */
  wants(topic: string): boolean
  /** Starts nothing more; waits `drain` milliseconds at most for what is at work, then interrupts it. */
  stop(drain: number): Effect.Effect<void>
}
