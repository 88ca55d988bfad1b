import { readFileSync } from "node:fs"

import { Effect } from "effect"

import { type Child, ownDirectory } from "./child.ts"
import type { Options } from "./Options.ts"
import { ordersFrom, runPhase } from "./phase.ts"
import { prepare } from "./prepare.ts"
import { byFunction, byPart, cpuStacks, heapStacks } from "./profile.ts"
import type { Tell } from "./tell.ts"
import { startWorld } from "./world.ts"

/** Returns the answer of the preloaded module. */
const inspect = (child: Child, order: { readonly inspect: "cpu" | "heap"; readonly end?: string }) =>
  Effect.callback<string>((resume) => {
    child.listen((message) => {
      if ("inspected" in message) resume(Effect.succeed(String(message.inspected)))
    })
    child.send(order)
  })

const scaled = (weights: ReadonlyMap<string, number>, by: number, most = weights.size) =>
  Array.from(weights, ([name, weight]) => [name, weight / by] as const).slice(0, most)

/** Maximum number of functions shown. */
const hottest = 25

/**
 * Measures where the CPU of one communication goes, in milliseconds, and what it allocates, in KiB, at full speed after
 * the warm-up. The sampling itself takes some of the time. Memory outside the heap (buffers) is not counted.
 */
export const profileTurn = Effect.fnUntraced(function* (options: Options, tell: Tell) {
  const { communications, warmUp } = options
  const directory = yield* ownDirectory
  const stage = { subject: "service", options, tell, preload: "./bench/inspect.ts" } as const
  const world = yield* startWorld(stage)
  yield* tell("profile: warm-up")
  yield* prepare(world, stage, warmUp + 2 * communications)
  const profiled = Effect.fnUntraced(function* (what: "cpu" | "heap", first: number) {
    yield* inspect(world.child, { inspect: what })
    yield* runPhase(world, `profile: ${what}`, "TOPIC_IN", ordersFrom(first, communications))
    return JSON.parse(readFileSync(yield* inspect(world.child, { inspect: what, end: directory }), "utf8"))
  })
  const cpu = cpuStacks(yield* profiled("cpu", warmUp))
  const heap = heapStacks(yield* profiled("heap", warmUp + communications))
  return {
    cpu: scaled(byPart(cpu), communications * 1000),
    functions: scaled(byFunction(cpu), communications * 1000, hottest),
    allocations: scaled(byPart(heap), communications * 1024),
    allocators: scaled(byFunction(heap), communications * 1024, hottest)
  }
}, Effect.scoped)

export type Profiled = Effect.Success<ReturnType<typeof profileTurn>>
