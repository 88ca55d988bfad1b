import { MutableList, type Cause, Clock, Effect, Exit, type Fiber, FiberSet, Latch, Option, type Scope } from "effect"

import { CurrentStartPermit, type StartPermit } from "../../services/StartPermit.ts"

/** The partition that handed over a task, for as long as it is ours. */
export interface TaskOwner {
  /** False once the partition was lost: completions are no longer reported. */
  readonly live: boolean
  ended(offset: number): void
}

export interface Task {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key: string | undefined
  /** `Work.needsStartPermit` */
  readonly needsStartPermit?: boolean | undefined
  readonly run: Effect.Effect<void>
  readonly owner: TaskOwner
}

/** Runs tasks in order by key, within a limit per topic (DESIGN "Kafka intake"). */
export interface KeyedScheduler {
  /** Starts the task as soon as its key and its topic's limit allow. Synchronous. */
  offer(task: Task): void
  /** The number of tasks of the topic that have not ended: running, waiting, or waiting to run again. */
  unfinished(topic: string): number
  /** Starts no more tasks, waits at most `drain` milliseconds for the running ones, then interrupts them. */
  stop(drain: number): Effect.Effect<void>
}

/** A task in the queue of its key. */
export interface ScheduledTask {
  readonly task: Task
  behind: ScheduledTask | undefined
  deaths: number
}

/**
 * Milliseconds for which a task that makes no call holds its permit, because the scheduler cannot know what it waits
 * for (SPEC 9.5).
 */
const LONGEST = 1000

/**
 * The start permits of one topic. They limit how many orders wait for their first call: starting more only holds fibers
 * in memory and lets caches go cold.
 */
export class StartPermits {
  /** When each permit was given, the oldest first. */
  private readonly since = new Map<StartPermit, number>()
  private readonly most: number

  constructor(most: number) {
    this.most = most
  }

  add(permit: StartPermit, now: number): void {
    this.since.set(permit, now)
  }

  /** Returns whether the permit was taken. */
  delete(permit: StartPermit): boolean {
    return this.since.delete(permit)
  }

  /** Returns the milliseconds after which a permit is free at the latest, or 0 if one is free. */
  freeIn(now: number): number {
    for (const [permit, began] of this.since) {
      if (this.since.size < this.most) return 0
      const left = began + LONGEST - now
      // More time is left than the whole limit, so the clock was set back.
      if (left > 0 && left <= LONGEST) return left
      this.since.delete(permit)
    }
    return 0
  }
}

/** The tasks of one topic: which may start, and how many are running or unfinished. */
export class TopicQueue {
  running = 0
  unfinished = 0
  pumping = false
  /** A timer will pump the queue. */
  awaiting = false
  private readonly ready = MutableList.make<ScheduledTask>()
  private readonly restarting = MutableList.make<ScheduledTask>()
  /** The first ready task, while it waits for a permit. */
  private next: ScheduledTask | undefined
  private readonly permits: StartPermits

  constructor(startPermits: number) {
    this.permits = new StartPermits(startPermits)
  }

  add(scheduled: ScheduledTask): void {
    MutableList.append(scheduled.deaths > 0 ? this.restarting : this.ready, scheduled)
  }

  /** Returns the next task if one may start, or the milliseconds until a permit is free at the latest. */
  take(now: number): ScheduledTask | number | undefined {
    const again = MutableList.take(this.restarting)
    if (again !== MutableList.Empty) return again
    const next = this.next ?? MutableList.take(this.ready)
    if (next === MutableList.Empty) return undefined
    const { needsStartPermit, owner } = next.task
    const wait = needsStartPermit === true && owner.live ? this.permits.freeIn(now) : 0
    this.next = wait > 0 ? next : undefined
    return wait > 0 ? wait : next
  }

  /** Counts a run that begins. `permit` belongs to this run alone. */
  started(permit: StartPermit | undefined, now: number): void {
    this.running++
    if (permit?.held) this.permits.add(permit, now)
  }

  /** Returns whether the permit was taken. */
  releasePermit(permit: StartPermit): boolean {
    return this.permits.delete(permit)
  }

  ended(permit: StartPermit | undefined): void {
    this.running--
    if (permit !== undefined) this.permits.delete(permit)
  }
}

/** Orders the tasks of each key. The first may start, the others wait behind it. */
class KeyQueue {
  /** The last task of every key that has one. */
  private readonly tails = new Map<string, ScheduledTask>()

  /** Adds the task to the queue of its key. Returns whether it may start at once. */
  enter(scheduled: ScheduledTask): boolean {
    const { key } = scheduled.task
    if (key === undefined) return true
    const before = this.tails.get(key)
    this.tails.set(key, scheduled)
    if (before !== undefined) before.behind = scheduled
    return before === undefined
  }

  /** Removes the task from the queue of its key. Returns the task that may start now. */
  finish(scheduled: ScheduledTask): ScheduledTask | undefined {
    const { key } = scheduled.task
    if (key !== undefined && scheduled.behind === undefined) this.tails.delete(key)
    return scheduled.behind
  }
}

/** Returns the milliseconds before a task that has crashed `deaths` times runs again: 1 s, doubled up to 30 s. */
export const backoff = (deaths: number): number => Math.min(30_000, 1000 * 2 ** (deaths - 1))

/**
 * Makes a scheduler. Tasks of one key run one after the other in the order of `offer`. At most `maxInFlight` tasks of a
 * topic run at once; a task that waits for its key's predecessor does not count. Of the tasks that need a start permit,
 * at most `startPermits` run before their first call. A task that crashes is logged and run again; until then its key
 * waits and its slot is free. A crash never ends a task (SPEC 9.5). Fibers live in the scope.
 */
export const makeKeyedScheduler = Effect.fnUntraced(function* (
  maxInFlight: number,
  startPermits = maxInFlight
): Effect.fn.Return<KeyedScheduler, never, Scope.Scope> {
  const clock = yield* Clock.Clock
  const fibers = yield* FiberSet.make<void>()
  const fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void> = yield* FiberSet.runtime(fibers)()
  const idle = Latch.makeUnsafe(true)
  const queues = new Map<string, TopicQueue>()
  const keys = new KeyQueue()
  let running = 0
  let stopping = false

  const queueOf = (topic: string): TopicQueue => {
    let queue = queues.get(topic)
    if (queue === undefined) queues.set(topic, (queue = new TopicQueue(startPermits)))
    return queue
  }

  const ready = (queue: TopicQueue, scheduled: ScheduledTask): void => {
    queue.add(scheduled)
    pump(queue)
  }

  /**
   * Starts tasks while the topic has free slots. A task with only synchronous effects ends inside `start`, and
   * `pumping` keeps such tasks from nesting ever deeper.
   */
  const pump = (queue: TopicQueue): void => {
    if (queue.pumping || stopping) return
    queue.pumping = true
    while (queue.running < maxInFlight) {
      const next = queue.take(clock.currentTimeMillisUnsafe())
      if (typeof next === "number") pumpIn(queue, next)
      if (next === undefined || typeof next === "number") break
      if (next.task.owner.live) start(queue, next)
      else finish(queue, next)
    }
    queue.pumping = false
  }

  const pumpIn = (queue: TopicQueue, millis: number): void => {
    if (queue.awaiting) return
    queue.awaiting = true
    const pumped = Effect.sync(() => {
      queue.awaiting = false
      pump(queue)
    })
    fork(Effect.andThen(Effect.sleep(millis), pumped))
  }

  const start = (queue: TopicQueue, scheduled: ScheduledTask): void => {
    const { needsStartPermit, run } = scheduled.task
    const permit = needsStartPermit === undefined ? undefined : makePermit(queue, needsStartPermit)
    queue.started(permit, clock.currentTimeMillisUnsafe())
    if (running++ === 0) idle.closeUnsafe()
    const permitted = permit === undefined ? run : Effect.provideService(run, CurrentStartPermit, permit)
    fork(permitted).addObserver((exit) => settle(queue, scheduled, permit, exit))
  }

  /** Makes the permit of one run. Every request of the run releases it, and only the first one frees anything. */
  const makePermit = (queue: TopicQueue, held: boolean): StartPermit => {
    const permit = {
      held,
      release: () => {
        if (!permit.held) return
        permit.held = false
        if (queue.releasePermit(permit)) pump(queue)
      }
    }
    return permit
  }

  const settle = (
    queue: TopicQueue,
    scheduled: ScheduledTask,
    permit: StartPermit | undefined,
    exit: Exit.Exit<void>
  ): void => {
    const { owner, offset } = scheduled.task
    queue.ended(permit)
    if (Exit.isSuccess(exit)) {
      if (owner.live) owner.ended(offset)
      finish(queue, scheduled)
    } else if (stopping || !owner.live) finish(queue, scheduled)
    else fork(restart(queue, scheduled, exit.cause))
    if (--running === 0) idle.openUnsafe()
    pump(queue)
  }

  const restart = (queue: TopicQueue, scheduled: ScheduledTask, cause: Cause.Cause<never>): Effect.Effect<void> => {
    const { topic, partition, offset } = scheduled.task
    const wait = backoff(++scheduled.deaths)
    return Effect.logError("the work on a record died; it is run again", cause).pipe(
      Effect.annotateLogs({ topic, partition, offset, deaths: scheduled.deaths, waitMillis: wait }),
      Effect.andThen(Effect.sleep(wait)),
      Effect.andThen(Effect.sync(() => ready(queue, scheduled)))
    )
  }

  const finish = (queue: TopicQueue, scheduled: ScheduledTask): void => {
    queue.unfinished--
    const next = keys.finish(scheduled)
    if (next !== undefined) ready(queueOf(next.task.topic), next)
  }

  const offer = (task: Task): void => {
    if (stopping) return
    const queue = queueOf(task.topic)
    const scheduled: ScheduledTask = { task, behind: undefined, deaths: 0 }
    queue.unfinished++
    if (keys.enter(scheduled)) ready(queue, scheduled)
  }

  const stop = Effect.fnUntraced(function* (drain: number) {
    stopping = true
    const drained = yield* Effect.timeoutOption(Effect.interruptible(idle.await), drain)
    if (Option.isNone(drained)) {
      yield* Effect.logWarning("work still under way at the end of the drain is interrupted").pipe(
        Effect.annotateLogs({ records: running, drainMillis: drain })
      )
    }
    yield* FiberSet.clear(fibers)
  })

  return { offer, unfinished: (topic) => queues.get(topic)?.unfinished ?? 0, stop }
})
