import { Clock, Context, Duration, Effect, Metric, Random, References, Scheduler } from "effect"

import type { Dice } from "./Dice.ts"
import type { Kernel } from "./Kernel.ts"

/**
 * The machine on which code runs. Once it is dead (`kill -9`) nothing runs on it, and while it is frozen (SIGSTOP) all of its
 * tasks wait.
 */
export class Machine {
  /** Milliseconds by which its wall clock is ahead. Its monotonic clock and its sleeps are not affected. */
  ahead = 0
  /** Sleeps that have not ended. */
  sleeping = 0
  private state: "running" | "frozen" | "dead" = "running"
  private held: Array<() => void> = []
  private readonly kernel: Kernel

  constructor(kernel: Kernel) {
    this.kernel = kernel
  }

  get dead(): boolean {
    return this.state === "dead"
  }

  get isRunning(): boolean {
    return this.state === "running"
  }

  /** Runs the task on this machine: now, after the thaw, or never. */
  enter(task: () => void): void {
    if (this.state === "running") task()
    else if (this.state === "frozen") this.held.push(task)
  }

  kill(): void {
    this.state = "dead"
    this.held = []
  }

  freeze(): void {
    if (this.state === "running") this.state = "frozen"
  }

  thaw(): void {
    if (this.state !== "frozen") return
    this.state = "running"
    const held = this.held
    this.held = []
    for (const task of held) this.kernel.post(() => this.enter(task))
  }

  /** The context of an effect that runs here, without logs and spans. */
  context(dice: Dice): Context.Context<never> {
    return Context.empty().pipe(
      Context.add(Scheduler.Scheduler, this.scheduler()),
      Context.add(Clock.Clock, this.clock()),
      Context.add(Random.Random, {
        nextIntUnsafe: () => dice.below(Number.MAX_SAFE_INTEGER),
        nextDoubleUnsafe: () => dice.fraction()
      }),
      Context.add(Metric.MetricRegistry, new Map()),
      Context.add(References.TracerEnabled, false),
      Context.add(References.MinimumLogLevel, "None")
    ) as Context.Context<never>
  }

  private scheduler(): Scheduler.Scheduler {
    const budget = new Scheduler.MixedScheduler()
    return {
      executionMode: "async",
      shouldYield: (fiber) => budget.shouldYield(fiber),
      makeDispatcher: () => ({
        scheduleTask: (task) => this.kernel.post(() => this.enter(task)),
        flush: () => undefined
      })
    }
  }

  private clock(): Clock.Clock {
    const { kernel } = this
    const inNanos = (millis: number) => BigInt(Math.floor(millis)) * 1_000_000n
    const wall = () => kernel.now + this.ahead
    const wallNanos = () => inNanos(wall())
    const monotonic = () => inNanos(kernel.now)
    return {
      currentTimeMillisUnsafe: wall,
      currentTimeMillis: Effect.sync(wall),
      currentTimeNanosUnsafe: wallNanos,
      currentTimeNanos: Effect.sync(wallNanos),
      monotonicTimeNanosUnsafe: monotonic,
      monotonicTimeNanos: Effect.sync(monotonic),
      sleep: (duration) => this.sleep(Duration.toMillis(duration))
    }
  }

  private sleep(millis: number): Effect.Effect<void> {
    if (millis === Infinity) return Effect.never
    return Effect.callback<void>((resume) => {
      let over = false
      const end = () => {
        if (!over) this.sleeping--
        over = true
      }
      this.sleeping++
      const timer = this.kernel.at(this.kernel.now + millis, () =>
        this.enter(() => {
          end()
          resume(Effect.void)
        })
      )
      return Effect.sync(() => {
        end()
        timer.run = undefined
      })
    })
  }
}
