import { MutableList, Cause, Clock, Effect, Exit, type Fiber, FiberSet, Latch, Option, type Scope } from "effect"

import { monotonicNow } from "../../domain/values/monotonicTime.ts"
import type { Postponed } from "../../services/Kafka.ts"
import { CurrentPlace, CurrentStartPermit, type StartPermit } from "../../services/StartPermit.ts"
import { StartPermits } from "./StartPermits.ts"

/** What a run returns (`Work.run`). */
type Result = void | Postponed

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
  readonly run: Effect.Effect<Result>
  readonly owner: TaskOwner
}

/** Runs tasks in order by key, within a limit per topic (DESIGN "Kafka intake"). */
export interface KeyedScheduler {
  /** Starts the task as soon as its key and its topic's limit allow. Synchronous. */
  offer(task: Task): void
  /** The number of tasks of the topic that have not ended: running, waiting, postponed, or waiting to run again. */
  unfinished(topic: string): number
  /** Drops the postponed tasks of an owner that has lost its partition. */
  disown(owner: TaskOwner): void
  /** Starts no more tasks, waits at most `drain` milliseconds for the running ones, then interrupts them. */
  stop(drain: number): Effect.Effect<void>
}

/** A task in the queue of its key. */
export interface ScheduledTask {
  readonly task: Task
  behind: ScheduledTask | undefined
  deaths: number
}

/** One run of a task. Its permit and its place are its own, so remains of an earlier run cannot free them. */
interface Run {
  readonly permit: StartPermit | undefined
  /** `left`: it has left its place to another task, and may take one again. */
  place: "taken" | "left" | "ended"
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
    MutableList.append(this.ready, scheduled)
  }

  /** Adds a task that crashed. It starts before all others, without waiting for a permit. */
  addCrashed(scheduled: ScheduledTask): void {
    MutableList.append(this.restarting, scheduled)
  }

  /** Returns the next task if one may start, or the maximum milliseconds until a permit is free. */
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

  /** Counts a run that begins. */
  started({ permit }: Run, now: number): void {
    this.running++
    if (permit?.held) this.permits.add(permit, now)
  }

  /** Returns whether the permit was taken. */
  releasePermit(permit: StartPermit): boolean {
    return this.permits.delete(permit)
  }

  /** Frees the place of a run. Returns whether it had one. */
  leave(run: Run): boolean {
    if (run.place !== "taken") return false
    run.place = "left"
    this.running--
    return true
  }

  /** Gives the run a place again, beyond the limit if need be. */
  retake(run: Run): void {
    if (run.place !== "left") return
    run.place = "taken"
    this.running++
  }

  ended(run: Run): void {
    this.leave(run)
    run.place = "ended"
    if (run.permit !== undefined) this.permits.delete(run.permit)
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

  /** Removes the task from the queue of its key, which it may enter again. Returns the task that may start now. */
  leave(scheduled: ScheduledTask): ScheduledTask | undefined {
    const { behind, task } = scheduled
    if (task.key !== undefined && behind === undefined) this.tails.delete(task.key)
    scheduled.behind = undefined
    return behind
  }
}

/** One postponement of a task, until it is resumed. */
interface Postponement {
  readonly scheduled: ScheduledTask
}

/** The postponed tasks by owner. They hold nothing else in the scheduler. */
class Postponements {
  private readonly byOwner = new Map<TaskOwner, Set<Postponement>>()

  add(postponement: Postponement): void {
    const { owner } = postponement.scheduled.task
    const others = this.byOwner.get(owner)
    if (others === undefined) this.byOwner.set(owner, new Set([postponement]))
    else others.add(postponement)
  }

  /** Returns false if the task was resumed or dropped before. */
  delete(postponement: Postponement): boolean {
    return this.byOwner.get(postponement.scheduled.task.owner)?.delete(postponement) ?? false
  }

  /** Removes and returns all of one owner. */
  deleteAll(owner: TaskOwner): Iterable<Postponement> {
    const all = this.byOwner.get(owner) ?? []
    this.byOwner.delete(owner)
    return all
  }

  clear(): void {
    this.byOwner.clear()
  }
}

const isPostponed = (result: Result): result is Postponed =>
  typeof result === "object" && result !== null && "waitFor" in result

/** Returns the milliseconds before a task that has crashed `deaths` times runs again: 1 s, doubled up to 30 s. */
export const backoff = (deaths: number): number => Math.min(30_000, 1000 * 2 ** (deaths - 1))

/**
 * Makes a scheduler. Tasks of one key run one after the other in the order of `offer`. At most `maxInFlight` tasks of a
 * topic run at once. A task that waits for its key's predecessor, or has left its place, does not count. At most
 * `startPermits` of the tasks that need a start permit run before their first call. A task that crashes is logged and
 * run again. Until then its key waits and its slot is free. A crash never ends a task (SPEC 9.5). A task whose run
 * returns `Postponed` frees its slot and its key, and has not ended until it is resumed (SPEC 9.2). Fibers live in the
 * scope.
 */
export const makeKeyedScheduler = Effect.fnUntraced(function* (
  maxInFlight: number,
  startPermits = maxInFlight
): Effect.fn.Return<KeyedScheduler, never, Scope.Scope> {
  const clock = yield* Clock.Clock
  const fibers = yield* FiberSet.make<Result>()
  const fork: (effect: Effect.Effect<Result>) => Fiber.Fiber<Result> = yield* FiberSet.runtime(fibers)()
  const idle = Latch.makeUnsafe(true)
  const queues = new Map<string, TopicQueue>()
  const keys = new KeyQueue()
  const postponements = new Postponements()
  let running = 0
  let stopping = false
  let stopped = false

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
      const next = queue.take(monotonicNow(clock))
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
    const { needsStartPermit } = scheduled.task
    const permit = needsStartPermit === undefined ? undefined : makePermit(queue, needsStartPermit)
    const run: Run = { permit, place: "taken" }
    queue.started(run, monotonicNow(clock))
    if (running++ === 0) idle.closeUnsafe()
    fork(scheduledRun(queue, scheduled, run)).addObserver((exit) => settle(queue, scheduled, run, exit))
  }

  /** Provides the run with its permit, and with its place, which it leaves for as long as it only waits for its turn. */
  const scheduledRun = (queue: TopicQueue, { task }: ScheduledTask, run: Run): Effect.Effect<Result> => {
    const leave = () => {
      if (queue.leave(run)) pump(queue)
    }
    const placed = Effect.provideService(task.run, CurrentPlace, { leave, retake: () => queue.retake(run) })
    return run.permit === undefined ? placed : Effect.provideService(placed, CurrentStartPermit, run.permit)
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

  const settle = (queue: TopicQueue, scheduled: ScheduledTask, run: Run, exit: Exit.Exit<Result>): void => {
    const { owner } = scheduled.task
    queue.ended(run)
    if (Exit.isSuccess(exit)) {
      if (isPostponed(exit.value)) postpone(queue, scheduled, exit.value)
      else {
        if (owner.live) owner.ended(scheduled.task.offset)
        finish(queue, scheduled)
      }
    } else if (stopping || !owner.live) finish(queue, scheduled)
    else fork(afterCrash(scheduled, exit.cause, () => restart(queue, scheduled)))
    if (--running === 0) idle.openUnsafe()
    pump(queue)
  }

  /** Keeps a task unfinished that holds neither a slot nor its key, until `waiting` resumes it. */
  const postpone = (queue: TopicQueue, scheduled: ScheduledTask, waiting: Postponed): void => {
    const { owner } = scheduled.task
    const postponement: Postponement = { scheduled }
    if (owner.live) {
      postponements.add(postponement)
      passKeyOn(scheduled)
    } else finish(queue, scheduled)
    const resume = (how: "ended" | "again"): void => {
      if (!postponements.delete(postponement)) return
      if (how === "again") return enter(queue, scheduled)
      if (owner.live) owner.ended(scheduled.task.offset)
      queue.unfinished--
    }
    try {
      waiting.waitFor(resume, () => owner.live && !stopped)
    } catch (error) {
      if (!stopping && owner.live) fork(afterCrash(scheduled, Cause.die(error), () => resume("again")))
    }
  }

  const restart = (queue: TopicQueue, scheduled: ScheduledTask): void => {
    queue.addCrashed(scheduled)
    pump(queue)
  }

  /** Logs the crash, and runs the task again when its backoff is over. */
  const afterCrash = (
    scheduled: ScheduledTask,
    cause: Cause.Cause<never>,
    runAgain: () => void
  ): Effect.Effect<void> => {
    const { topic, partition, offset } = scheduled.task
    const wait = backoff(++scheduled.deaths)
    return Effect.logError("record handler failed, retrying", cause).pipe(
      Effect.annotateLogs({ topic, partition, offset, deaths: scheduled.deaths, waitMillis: wait }),
      Effect.andThen(Effect.sleep(wait)),
      Effect.andThen(Effect.sync(runAgain))
    )
  }

  const passKeyOn = (scheduled: ScheduledTask): void => {
    const next = keys.leave(scheduled)
    if (next !== undefined) ready(queueOf(next.task.topic), next)
  }

  const finish = (queue: TopicQueue, scheduled: ScheduledTask): void => {
    queue.unfinished--
    passKeyOn(scheduled)
  }

  const enter = (queue: TopicQueue, scheduled: ScheduledTask): void => {
    if (keys.enter(scheduled)) ready(queue, scheduled)
  }

  const offer = (task: Task): void => {
    if (stopping) return
    const queue = queueOf(task.topic)
    const scheduled: ScheduledTask = { task, behind: undefined, deaths: 0 }
    queue.unfinished++
    enter(queue, scheduled)
  }

  const disown = (owner: TaskOwner): void => {
    for (const { scheduled } of postponements.deleteAll(owner)) queueOf(scheduled.task.topic).unfinished--
  }

  const stop = Effect.fnUntraced(function* (drain: number) {
    stopping = true
    const drained = yield* Effect.timeoutOption(Effect.interruptible(idle.await), drain)
    if (Option.isNone(drained)) {
      yield* Effect.logWarning("drain timed out, interrupting the remaining work").pipe(
        Effect.annotateLogs({ records: running, drainMillis: drain })
      )
    }
    yield* FiberSet.clear(fibers)
    stopped = true
    postponements.clear()
  })

  return { offer, disown, unfinished: (topic) => queues.get(topic)?.unfinished ?? 0, stop }
})
