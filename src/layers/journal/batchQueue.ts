import { Clock, Deferred, Effect, Exit, Latch } from "effect"

import { monotonicNow } from "../../domain/values/monotonicTime.ts"

export interface BatchQueueOptions<In, Out, E> {
  /** Maximum number of inputs in one run. */
  readonly max: number
  /** Maximum sum of `weigh` in one run. A heavier input runs alone. */
  readonly maxWeight: number
  readonly weigh: (input: In) => number
  /** Inputs of one key run one after the other, in order, and never in the same run. */
  readonly key: (input: In) => string | undefined
  /** Maximum number of concurrent runs. */
  readonly concurrency: number
  /**
   * Minimum milliseconds between the starts of two runs of one worker. A lone run does not wait. No minimum if absent.
   */
  readonly between?: () => number
  /**
   * Returns one result for each input, in their order. A run that fails with a defect is repeated in halves, so that a
   * bad input fails alone.
   */
  readonly run: (inputs: ReadonlyArray<In>) => Effect.Effect<ReadonlyArray<Exit.Exit<Out, E>>>
}

interface Job<In, Out, E> {
  readonly input: In
  readonly key: string | undefined
  readonly done: Deferred.Deferred<Out, E>
}

/**
 * A run begins after `QUIET_TURNS` turns of the event loop without a new input, and after `MOST_TURNS` turns at the
 * latest.
 */
const QUIET_TURNS = 2
const MOST_TURNS = 12

const missingResult = Exit.die("a run gave fewer results than it had inputs")

/**
 * Gathers the calls that come during a run, or within a few turns of the event loop, into the next run. A lone
 * call hardly waits, and the runs grow with the load. An interrupted caller leaves its input behind.
 * Works until the scope closes, which interrupts the calls that are still waiting.
 */
export const makeBatchQueue = Effect.fnUntraced(function* <In, Out, E>(options: BatchQueueOptions<In, Out, E>) {
  let pending: Array<Job<In, Out, E>> = []
  const busy = new Set<string>()
  const work = yield* Latch.make(false)

  const take = (): ReadonlyArray<Job<In, Out, E>> => {
    const batch: Array<Job<In, Out, E>> = []
    const rest: Array<Job<In, Out, E>> = []
    const heldKeys = new Set<string>()
    let weight = 0
    for (const job of pending) {
      const waits = job.key !== undefined && (busy.has(job.key) || heldKeys.has(job.key))
      const fits = batch.length === 0 || weight + options.weigh(job.input) <= options.maxWeight
      if (waits || !fits || batch.length === options.max) {
        rest.push(job)
        if (job.key !== undefined) heldKeys.add(job.key)
        continue
      }
      batch.push(job)
      weight += options.weigh(job.input)
      if (job.key !== undefined) busy.add(job.key)
    }
    pending = rest
    return batch
  }

  const settle = (jobs: ReadonlyArray<Job<In, Out, E>>): Effect.Effect<void> =>
    Effect.matchCauseEffect(options.run(jobs.map((job) => job.input)), {
      onSuccess: (exits) =>
        Effect.sync(() => jobs.forEach((job, index) => Deferred.doneUnsafe(job.done, exits[index] ?? missingResult))),
      onFailure: (cause) => {
        const half = Math.ceil(jobs.length / 2)
        if (jobs.length > 1) return Effect.andThen(settle(jobs.slice(0, half)), settle(jobs.slice(half)))
        return Effect.sync(() => jobs.forEach((job) => Deferred.doneUnsafe(job.done, Exit.failCause(cause))))
      }
    })

  /**
   * Waits a few turns for more calls. The turns take no time under low load, and a statement is expensive under high
   * load.
   */
  const gatherCalls = Effect.gen(function* () {
    let quiet = 0
    for (let turn = 0; turn < MOST_TURNS && quiet < QUIET_TURNS; turn++) {
      const before = pending.length
      yield* Effect.yieldNow
      quiet = pending.length > before ? 0 : quiet + 1
    }
  })

  // Round trips to the database take real time, also under a test's clock.
  const clock = Clock.Clock.defaultValue()
  const now = () => monotonicNow(clock)
  const { between = () => 0 } = options
  let startedAt = -Infinity
  const pause = Effect.suspend(() => {
    const least = between()
    const left = least === 0 ? 0 : startedAt + least - now()
    return left > 0 ? Effect.provideService(Effect.sleep(left), Clock.Clock, clock) : Effect.void
  })

  const worker = Effect.gen(function* () {
    yield* work.await
    yield* pause
    yield* gatherCalls
    startedAt = now()
    const jobs = take()
    if (jobs.length === 0) {
      work.closeUnsafe()
      return
    }
    yield* Effect.onInterrupt(settle(jobs), () => Effect.forEach(jobs, (job) => Deferred.interrupt(job.done)))
    for (const { key } of jobs) if (key !== undefined) busy.delete(key)
    work.openUnsafe()
  }).pipe(Effect.forever, Effect.withTracerEnabled(false))

  yield* Effect.addFinalizer(() => Effect.forEach(pending, (job) => Deferred.interrupt(job.done)))
  for (let count = 0; count < options.concurrency; count++) yield* Effect.forkScoped(worker)

  return (input: In): Effect.Effect<Out, E> =>
    Effect.suspend(() => {
      const job: Job<In, Out, E> = { input, key: options.key(input), done: Deferred.makeUnsafe() }
      pending.push(job)
      work.openUnsafe()
      return Deferred.await(job.done)
    })
})
