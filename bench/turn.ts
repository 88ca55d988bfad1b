import { Effect } from "effect"

import { events, type Order } from "./orders.ts"
import { ordersFrom, type Phase, runPhase } from "./phase.ts"
import { checkVendors, prepare } from "./prepare.ts"
import type { Memory } from "./usage.ts"
import { type Stage, startWorld } from "./world.ts"

/** What one subject has shown in one turn. */
export interface Turn {
  readonly fullSpeed: Phase
  readonly halfLoad: Phase
  readonly events: Phase | undefined
  /** The events of the other communications, at half of that throughput. */
  readonly eventsHalfLoad: Phase | undefined
  /** MiB of the subject. */
  readonly memory: Memory
  /** Requests to the vendors for one communication, by kind. */
  readonly requests: Readonly<Record<string, number>>
  /** KiB exported for one communication. */
  readonly exported: number | undefined
}

/** Warm-up, full speed, half of `pace`, the same with its events (halves of its own throughput without a pace): the subject on empty parts. */
export const runTurn = Effect.fnUntraced(function* (stage: Stage, pace?: number, eventsPace?: number) {
  const { options, subject, tell } = stage
  const { communications, warmUp } = options
  const half = Math.ceil(communications / 2)
  const world = yield* startWorld(stage)
  yield* tell(`${subject}: warm-up`)
  const requests = yield* prepare(world, stage, warmUp + communications + half)

  const full = ordersFrom(warmUp, communications)
  const fullSpeed = yield* runPhase(world, "full speed", "TOPIC_IN", full)
  yield* tell(`${subject}: ${fullSpeed.rate.toFixed(0)}/s, ${fullSpeed.cpu.subject.toFixed(2)} ms CPU each`)
  const rate = (pace ?? fullSpeed.rate) / 2
  const halfLoad = yield* runPhase(world, "half load", "TOPIC_IN", ordersFrom(warmUp + communications, half), rate)
  yield* tell(`${subject}: p99 ${halfLoad.p99.toFixed(0)} ms at ${rate.toFixed(0)}/s`)
  const cameOf = (first: number, many: number) =>
    Array.from({ length: many }, (_, index) => events(first + index, options.events)).flat()
  const inbound = Effect.fnUntraced(function* (what: string, came: ReadonlyArray<Order>, at?: number) {
    return came.length === 0 ? undefined : yield* runPhase(world, what, "TOPIC_INBOUND", came, at)
  })
  const eventsPhase = yield* inbound("events", cameOf(warmUp, communications))
  const eventsRate = (eventsPace ?? eventsPhase?.rate ?? 0) / 2
  const eventsHalfLoad = yield* inbound("events, half load", cameOf(warmUp + communications, half), eventsRate)
  const total = warmUp + communications + half
  yield* checkVendors(world, total)
  const turn: Turn = {
    fullSpeed,
    halfLoad,
    events: eventsPhase,
    eventsHalfLoad,
    memory: yield* world.memory,
    requests,
    exported: world.sink === undefined ? undefined : (yield* world.sink.bytes) / total / 1024
  }
  return turn
}, Effect.scoped)
