import { type Cause, Clock, Deferred, Effect, Exit, type Fiber, FiberSet, Latch, Option, type Scope } from "effect"

import { CurrentBeginning } from "../../services/Beginning.ts"
import { backoff } from "./backoff.ts"
import type { Flow } from "./Flow.ts"
import { KeyLines } from "./KeyLines.ts"
import { Lane } from "./Lane.ts"
import type { Slot } from "./Slot.ts"
import type { Task } from "./Task.ts"

/**
 * Runs tasks: those of one key one after the other in the order of `offer`, `maxInFlight` at once for each topic, a
 * task that waits for its key's predecessor not counted; of those that begin, `maxBeginning`. A task that dies is
 * logged and run again, its key waiting and its place free meanwhile; it never ends by dying (SPEC 9.5). Fibers live in
 * the scope.
 */
export const makeFlow = Effect.fnUntraced(function* (
  maxInFlight: number,
  maxBeginning = maxInFlight
): Effect.fn.Return<Flow, never, Scope.Scope> {
  const clock = yield* Clock.Clock
  const fibers = yield* FiberSet.make<void>()
  const fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void> = yield* FiberSet.runtime(fibers)()
  const idle = Latch.makeUnsafe(true)
  const lanes = new Map<string, Lane>()
  const keys = new KeyLines()
  let running = 0
  let stopping = false

  const laneOf = (topic: string): Lane => {
    let lane = lanes.get(topic)
    if (lane === undefined) lanes.set(topic, (lane = new Lane(maxBeginning)))
    return lane
  }

  const ready = (lane: Lane, slot: Slot): void => {
    lane.add(slot)
    pump(lane)
  }

  /** A task whose effects are synchronous ends inside of `start`: the flag keeps that from nesting ever deeper. */
  const pump = (lane: Lane): void => {
    if (lane.pumping || stopping) return
    lane.pumping = true
    while (lane.running < maxInFlight) {
      const next = lane.take(clock.currentTimeMillisUnsafe())
      if (typeof next === "number") pumpIn(lane, next)
      if (next === undefined || typeof next === "number") break
      if (next.task.owner.live) start(lane, next)
      else leave(lane, next)
    }
    lane.pumping = false
  }

  const pumpIn = (lane: Lane, millis: number): void => {
    if (lane.awaiting) return
    lane.awaiting = true
    const pumped = Effect.sync(() => {
      lane.awaiting = false
      pump(lane)
    })
    fork(Effect.andThen(Effect.sleep(millis), pumped))
  }

  const start = (lane: Lane, slot: Slot): void => {
    lane.started(slot, clock.currentTimeMillisUnsafe())
    if (running++ === 0) idle.closeUnsafe()
    fork(slot.task.begins === true ? beginning(lane, slot) : slot.task.run).addObserver((exit) =>
      settle(lane, slot, exit)
    )
  }

  const beginning = (lane: Lane, slot: Slot): Effect.Effect<void> =>
    Effect.provideService(slot.task.run, CurrentBeginning, {
      over: () => (lane.begun(slot) ? pump(lane) : undefined)
    })

  const settle = (lane: Lane, slot: Slot, exit: Exit.Exit<void>): void => {
    const { owner, offset } = slot.task
    lane.ended(slot)
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

  const leave = (lane: Lane, slot: Slot): void => {
    lane.unfinished--
    if (slot.admission !== undefined) Deferred.doneUnsafe(slot.admission, Effect.void)
    const next = keys.leave(slot)
    if (next !== undefined) ready(laneOf(next.task.topic), next)
  }

  const offer = (task: Task): void => {
    if (stopping) return
    const lane = laneOf(task.topic)
    const slot: Slot = { task, behind: undefined, deaths: 0, admission: undefined }
    lane.unfinished++
    if (keys.enter(slot)) ready(lane, slot)
  }

  const admitOne = (topic: string, changed: () => void) =>
    Effect.suspend(() => {
      const lane = laneOf(topic)
      const admission = Deferred.makeUnsafe<void>()
      const withdraw = Effect.sync(() => {
        lane.withdraw(admission)
        changed()
      })
      lane.admit(admission)
      pump(lane)
      changed()
      return Effect.onInterrupt(Deferred.await(admission), () => withdraw)
    })

  const release = (topic: string): void => {
    const lane = laneOf(topic)
    lane.held = false
    pump(lane)
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

  return {
    offer,
    unfinished: (topic) => lanes.get(topic)?.unfinished ?? 0,
    hold: (topic) => void (laneOf(topic).held = true),
    release,
    admitOne,
    wants: (topic) => lanes.get(topic)?.wants ?? true,
    stop
  }
})
