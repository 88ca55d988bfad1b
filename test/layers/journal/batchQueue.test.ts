import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Scope } from "effect"

import { makeBatchQueue, type BatchQueueOptions } from "../../../src/layers/journal/batchQueue.ts"

/** Runs that note their inputs; `gate` holds the first one. */
const recorded = Effect.fnUntraced(function* (
  options: Partial<BatchQueueOptions<string, string, never>> = {},
  gate: Effect.Effect<void> = Effect.void
) {
  const runs: Array<ReadonlyArray<string>> = []
  const call = yield* makeBatchQueue<string, string, never>({
    max: 3,
    maxWeight: 100,
    weigh: (input) => input.length,
    key: (input) => input[0],
    concurrency: 1,
    run: (inputs) =>
      Effect.suspend(() => {
        runs.push(inputs)
        const results = inputs.map((input) => Exit.succeed(`${input}!`))
        return runs.length === 1 ? Effect.as(gate, results) : Effect.succeed(results)
      }),
    ...options
  })
  return { runs, call }
})

/** Calls that are made while the first run is under way, and the runs that came of them. */
const underLoad = Effect.fnUntraced(function* (
  inputs: ReadonlyArray<string>,
  options: Partial<BatchQueueOptions<string, string, never>> = {}
) {
  const gate = yield* Deferred.make<void>()
  const { runs, call } = yield* recorded(options, Deferred.await(gate))
  const first = yield* Effect.forkChild(call("first"), { startImmediately: true })
  while (runs.length === 0) yield* Effect.yieldNow
  const calls = yield* Effect.forEach(inputs, (input) => Effect.forkChild(call(input), { startImmediately: true }))
  yield* Deferred.succeed(gate, undefined)
  assert.strictEqual(yield* Fiber.join(first), "first!")
  assert.deepStrictEqual(
    yield* Fiber.joinAll(calls),
    inputs.map((input) => `${input}!`)
  )
  return runs.slice(1)
})

it.effect("DESIGN Group commit: a lone call does not wait for a timer", () =>
  Effect.gen(function* () {
    const { runs, call } = yield* recorded()
    assert.strictEqual(yield* call("a"), "a!")
    assert.deepStrictEqual(runs, [["a"]])
  })
)

const after = (turns: number, call: Effect.Effect<string>) =>
  Effect.andThen(Effect.replicateEffect(Effect.yieldNow, turns, { discard: true }), call)

it.effect("DESIGN Group commit: calls of the next turns join the run, calls after two quiet turns do not", () =>
  Effect.gen(function* () {
    const { runs, call } = yield* recorded({ max: 10 })
    yield* Effect.all([call("a"), after(2, call("b")), after(4, call("c")), after(7, call("d"))], {
      concurrency: "unbounded"
    })
    assert.deepStrictEqual(runs, [["a", "b", "c"], ["d"]])
  })
)

it.effect("DESIGN Group commit: a run starts after twelve turns even if each brings another call", () =>
  Effect.gen(function* () {
    const { runs, call } = yield* recorded({ max: 100, key: () => undefined })
    yield* Effect.forEach(Array.from({ length: 40 }).keys(), (turn) => after(turn, call("a")), {
      concurrency: "unbounded"
    })
    assert.deepStrictEqual(
      runs.map((inputs) => inputs.length),
      [13, 13, 13, 1]
    )
  })
)

it.effect("DESIGN Group commit: calls during a run are gathered, at most `max`", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* underLoad(["a", "b", "c", "d"]), [["a", "b", "c"], ["d"]])
  })
)

it.effect("DESIGN Group commit: calls of one key never share a run and keep their order", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* underLoad(["a1", "a2", "b1", "a3"]), [["a1", "b1"], ["a2"], ["a3"]])
  })
)

it.effect("DESIGN Group commit: a run is bounded by weight; a heavier call runs alone", () =>
  Effect.gen(function* () {
    const heavy = "c".repeat(200)
    assert.deepStrictEqual(yield* underLoad(["a".repeat(60), "b".repeat(60), heavy, "d"]), [
      ["a".repeat(60), "d"],
      ["b".repeat(60)],
      [heavy]
    ])
  })
)

it.effect("SPEC 9.5: a bad call fails alone", () =>
  Effect.gen(function* () {
    const { call } = yield* recorded({
      max: 10,
      run: (inputs) =>
        inputs.includes("bad") ? Effect.die("refused") : Effect.succeed(inputs.map((input) => Exit.succeed(input)))
    })
    const inputs = ["a", "bad", "c", "d"]
    const exits = yield* Effect.forEach(inputs, (input) => Effect.exit(call(input)), { concurrency: "unbounded" })
    assert.deepStrictEqual(exits, [Exit.succeed("a"), Exit.die("refused"), Exit.succeed("c"), Exit.succeed("d")])
    assert.strictEqual(yield* call("later"), "later")
  })
)

it.effect("SPEC 9.4: closing interrupts the calls that still wait", () =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const { runs, call } = yield* Scope.provide(recorded({}, Effect.never), scope)
    const running = yield* Effect.forkChild(call("running"), { startImmediately: true })
    while (runs.length === 0) yield* Effect.yieldNow
    const waiting = yield* Effect.forkChild(call("waiting"), { startImmediately: true })
    yield* Scope.close(scope, Exit.void)
    assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(running)))
    assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(waiting)))
  })
)

it.effect("DESIGN Group commit: the first run does not wait for the pause between two runs", () =>
  Effect.gen(function* () {
    const { call, runs } = yield* recorded({ max: 100, between: () => 600_000 })
    yield* call("a")
    assert.deepStrictEqual(runs, [["a"]])
  })
)

it.effect("DESIGN Group commit: the pause between two runs gathers calls", () =>
  Effect.gen(function* () {
    const { call, runs } = yield* recorded({ max: 100, between: () => 1000 })
    yield* call("a")
    const first = yield* Effect.forkChild(call("b"), { startImmediately: true })
    yield* Effect.replicateEffect(Effect.yieldNow, 10, { discard: true })
    yield* call("c")
    yield* Fiber.join(first)
    assert.deepStrictEqual(runs, [["a"], ["b", "c"]])
  })
)
