import { Effect } from "effect"

import { BenchFailed } from "./child.ts"
import { eventsFrom, ordersFrom, runPhase } from "./phase.ts"
import type { Stage, World } from "./world.ts"

/** Fails unless there are as many Cases and messages as communications: none lost, none twice. */
export const checkVendors = Effect.fnUntraced(function* ({ vendors }: World, communications: number) {
  const [cases, accepted] = [yield* vendors.cases, yield* vendors.accepted]
  if (cases !== communications || accepted !== communications) {
    const message = `${communications} communications, but ${cases} Cases and ${accepted} messages`
    return yield* new BenchFailed({ message })
  }
})

const slowed = (delayMs: number) => [{ kind: "slow", delayMs, times: -1 }] as const

/** Maximum number of communications whose requests fit into the simulators' logs. */
const logged = 1000

/**
 * Creates known customers, slows the vendors, and sends records and events that are not measured. Returns the vendors'
 * requests for one communication, by kind.
 */
export const prepare = Effect.fnUntraced(function* (world: World, { options }: Stage, known: number) {
  const { vendorDelay, warmUp } = options
  const { vendors } = world
  for (let first = 0; options.known && first < known; first += 10_000) {
    yield* vendors.seed(first, Math.min(10_000, known - first))
  }
  if (vendorDelay > 0) yield* vendors.order("servicenow", slowed(vendorDelay))
  if (vendorDelay > 0) yield* vendors.order("weni", slowed(vendorDelay))
  const counted = Math.min(warmUp, logged)
  yield* runPhase(world, "warm-up, counted", "TOPIC_IN", ordersFrom(0, counted))
  // Requests for a process's first Cases, or once an hour, belong to no communication.
  const requests = Object.entries(yield* vendors.requests)
    .map(([kind, count]) => [kind, count / counted] as const)
    .filter(([, each]) => each > 0.1)
  if (warmUp > counted) yield* runPhase(world, "warm-up", "TOPIC_IN", ordersFrom(counted, warmUp - counted))
  if (options.events > 0) yield* runPhase(world, "warm-up, events", "TOPIC_INBOUND", eventsFrom(0, warmUp, options))
  return Object.fromEntries(requests)
})
