import { Cause, Effect, Exit, type Fiber, FiberSet, Latch, MutableList, Option, type Scope } from "effect"

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
  readonly run: Effect.Effect<void>
  readonly owner: TaskOwner
}

/** A task in the line of its key. */
interface Slot {
  readonly task: Task
  behind: Slot | undefined
  deaths: number
}

/** One topic: what may start, and how much is at work. */
interface Lane {
  readonly ready: MutableList.MutableList<Slot>
  running: number
  unfinished: number
  pumping: boolean
}

export interface Flow {
  /** Starts the task as soon as its key and its topic's limit allow; synchronous. */
  offer(task: Task): void
  /** Tasks of a topic that have not ended: at work, waiting, or waiting to be run again. */
  unfinished(topic: string): number
  /** Starts nothing more; waits `drain` milliseconds at most for what is at work, then interrupts it. */
  stop(drain: number): Effect.Effect<void>
}

/** Milliseconds before a task that died for the `deaths`-th time is run again: 1 s, doubled up to 30 s. */
export const backoff = (deaths: number): number => Math.min(30_000, 1000 * 2 ** (deaths - 1))

/**
 * Runs tasks: those of one key one after the other in the order of `offer`, `maxInFlight` at once for each topic, a
 * task that waits for its key's predecessor not counted. A task that dies is logged and run again, its key waiting and
 * its place free meanwhile; it never ends by dying (SPEC 9.5). Fibers live in the scope.
 */
export const makeFlow = Effect.fnUntraced(function* (maxInFlight: number): Effect.fn.Return<Flow, never, Scope.Scope> {
  const fibers = yield* FiberSet.make<void>()
  const fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void> = yield* FiberSet.runtime(fibers)()
  const idle = Latch.makeUnsafe(true)
  const lanes = new Map<string, Lane>()
  /** The last slot of every key that has one. */
  const tails = new Map<string, Slot>()
  let running = 0
  let stopping = false

  const laneOf = (topic: string): Lane => {
    let lane = lanes.get(topic)
    if (lane === undefined) {
      lane = { ready: MutableList.make(), running: 0, unfinished: 0, pumping: false }
      lanes.set(topic, lane)
    }
    return lane
  }

  const ready = (lane: Lane, slot: Slot): void => {
    MutableList.append(lane.ready, slot)
    pump(lane)
  }

  /** A task whose effects are synchronous ends inside of `start`: the flag keeps that from nesting ever deeper. */
  const pump = (lane: Lane): void => {
    if (lane.pumping || stopping) return
    lane.pumping = true
    while (lane.running < maxInFlight) {
      const slot = MutableList.take(lane.ready)
      if (slot === MutableList.Empty) break
      if (slot.task.owner.live) start(lane, slot)
      else leave(lane, slot)
    }
    lane.pumping = false
  }

  const start = (lane: Lane, slot: Slot): void => {
    lane.running++
    if (running++ === 0) idle.closeUnsafe()
    fork(slot.task.run).addObserver((exit) => settle(lane, slot, exit))
  }

  const settle = (lane: Lane, slot: Slot, exit: Exit.Exit<void>): void => {
    const { owner, offset } = slot.task
    lane.running--
    if (Exit.isSuccess(exit)) {
      if (owner.live) owner.ended(offset)
      leave(lane, slot)
    } else if (stopping || !owner.live) leave(lane, slot)
    else fork(again(lane, slot, exit.cause))
    if (--running === 0) idle.openUnsafe()
    pump(lane)
  }

  const again = (lane: Lane, slot: Slot, cause: Cause.Cause<never>): Effect.Effect<void> => {
    const { topic, partition, offset } = slot.task
    const wait = backoff(++slot.deaths)
    return Effect.logError("the work on a record died; it is run again", cause).pipe(
      Effect.annotateLogs({ topic, partition, offset, deaths: slot.deaths, waitMillis: wait }),
      Effect.andThen(Effect.sleep(wait)),
      Effect.andThen(Effect.sync(() => ready(lane, slot)))
    )
  }

  /** The slot is out of its key's line: the next one may start. */
  const leave = (lane: Lane, slot: Slot): void => {
    lane.unfinished--
    const key = slot.task.key
    if (key === undefined) return
    if (slot.behind !== undefined) ready(laneOf(slot.behind.task.topic), slot.behind)
    else tails.delete(key)
  }

  const offer = (task: Task): void => {
    if (stopping) return
    const lane = laneOf(task.topic)
    const slot: Slot = { task, behind: undefined, deaths: 0 }
    lane.unfinished++
    if (task.key !== undefined) {
      const before = tails.get(task.key)
      tails.set(task.key, slot)
      if (before !== undefined) {
        before.behind = slot
        return
      }
    }
    ready(lane, slot)
  }

  const stop = Effect.fnUntraced(function* (drain: number) {
    stopping = true
    const ended = yield* Effect.timeoutOption(Effect.interruptible(idle.await), drain)
    if (Option.isNone(ended)) {
      yield* Effect.logWarning("work still under way at the end of the drain is interrupted").pipe(
        Effect.annotateLogs({ records: running, drainMillis: drain })
      )
    }
    yield* FiberSet.clear(fibers)
  })

  return { offer, unfinished: (topic) => lanes.get(topic)?.unfinished ?? 0, stop }
})
