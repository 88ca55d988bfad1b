import { Effect } from "effect"

import { BenchFailed } from "./child.ts"
import type { Options } from "./Options.ts"
import { events, type Order, order } from "./orders.ts"
import { latencyOf } from "./statistics.ts"
import type { Topic } from "./Transport.ts"
import type { Cpu, World } from "./world.ts"

/** The communications of consecutive customers. */
export const ordersFrom = (first: number, many: number) =>
  Array.from({ length: many }, (_, index) => order(first + index))

/** The events of these communications, one communication after the other. */
export const eventsFrom = (
  first: number,
  many: number,
  { events: each, keyedOtherwise }: Pick<Options, "events" | "keyedOtherwise">
) => Array.from({ length: many }, (_, index) => events(first + index, each, keyedOtherwise)).flat()

/** Milliseconds without any arrival after which a phase has failed. */
const patience = 120_000
/** Work after a response (recording its end, committing offsets) belongs to the phase. */
const settling = "500 millis"

/** Waits until everything sent has come back. */
const allArrived = Effect.fnUntraced(function* ({ arrivals, tell }: World, what: string, from: number, many: number) {
  const checked = Effect.suspend(() => {
    const { problem } = arrivals
    if (problem !== undefined) return Effect.fail(new BenchFailed({ message: problem }))
    return performance.now() - Math.max(arrivals.last, began) > patience
      ? Effect.fail(
          new BenchFailed({ message: `${what}: ${arrivals.count - from} of ${many} came back, no more for 2 minutes` })
        )
      : Effect.void
  })
  const began = performance.now()
  let told = began
  while (arrivals.count < from + many) {
    yield* Effect.sleep("20 millis")
    yield* checked
    if (performance.now() - told < 5000) continue
    told = performance.now()
    yield* tell(`  ${what}: ${arrivals.count - from} of ${many}`)
  }
  yield* Effect.sleep(settling)
  yield* checked
})

const minus = (after: Cpu, before: Cpu, many: number): Cpu => ({
  subject: (after.subject - before.subject) / many,
  vendors: (after.vendors - before.vendors) / many,
  postgres: (after.postgres - before.postgres) / many,
  driver: (after.driver - before.driver) / many
})

/** The result of one phase. CPU is in milliseconds for each order. */
export interface Phase {
  /** Orders answered in a second, from the first sending to the last answer. */
  readonly rate: number
  readonly cpu: Cpu
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/**
 * Sends the orders, at `rate` a second (Infinity: at once), and waits for every response. Late sending counts as
 * latency.
 */
export const runPhase = Effect.fnUntraced(function* (
  world: World,
  what: string,
  topic: Topic,
  orders: ReadonlyArray<Order>,
  rate = Number.POSITIVE_INFINITY
) {
  const { alive, arrivals, cpu, transport } = world
  const from = arrivals.count
  const before = yield* cpu
  const began = performance.now()
  const dueAt = (index: number) => began + (index * 1000) / rate
  const sending = Effect.gen(function* () {
    for (let sent = 0; sent < orders.length;) {
      const now = performance.now()
      const due = Math.min(orders.length, sent + 1000, Math.floor(((now - began) * rate) / 1000) + 1 || orders.length)
      const batch = orders.slice(sent, due)
      batch.forEach((one, index) => arrivals.expect(one, dueAt(sent + index)))
      if (batch.length > 0) yield* transport.send(topic, batch)
      sent += batch.length
      if (rate !== Number.POSITIVE_INFINITY) yield* Effect.sleep("10 millis")
    }
  })
  yield* alive(Effect.andThen(sending, allArrived(world, what, from, orders.length)))
  const spent = minus(yield* cpu, before, orders.length)
  const phase: Phase = {
    rate: (orders.length * 1000) / (arrivals.last - began),
    cpu: spent,
    ...latencyOf(arrivals.latencies(orders))
  }
  return phase
})
