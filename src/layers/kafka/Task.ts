import type { Effect } from "effect"

/** Whoever handed a task over: the partition, for as long as it is ours. */
export interface TaskOwner {
  /** False once nobody is to hear of the end: the partition was lost. */
  readonly live: boolean
  ended(offset: number): void
}

export interface Task {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key: string | undefined
  /** `Work.begins` */
  readonly begins?: boolean | undefined
  readonly run: Effect.Effect<void>
  readonly owner: TaskOwner
}
