import { Effect } from "effect"

import type { Order } from "./orders.ts"
import { eventsFrom, ordersFrom, type Phase, runPhase } from "./phase.ts"
import { checkVendors, prepare } from "./prepare.ts"
import type { SubjectName } from "./subject.ts"
import type { Topic } from "./Transport.ts"
import { type Stage, startWorld, type World } from "./world.ts"

/** The results of one subject in one turn. */
export interface Turn {
  readonly fullSpeed: Phase
  readonly halfLoad: Phase
  readonly events: Phase | undefined
  /** The events of the other communications, at half of that throughput. */
  readonly eventsHalfLoad: Phase | undefined
}

/** A subject that is warm. */
export interface Rival {
  readonly subject: SubjectName
  readonly replicas: number
  readonly world: World
  /** With its own warm-up, which is as large for each process. */
  readonly options: Stage["options"]
  /** Requests to the vendors for one communication, by kind. */
  readonly requests: Readonly<Record<string, number>>
}

/**
 * The communications of a phase, and those just before them, which are not counted because connections and caches are
 * cold after a pause.
 */
interface Range {
  readonly lead: readonly [first: number, many: number]
  readonly counted: readonly [first: number, many: number]
  readonly next: number
}

const rangeFrom = (first: number, lead: number, many: number): Range => ({
  lead: [first, lead],
  counted: [first + lead, many],
  next: first + lead + many
})

/** The communications of one turn, from `first` on. */
const rangesOf = (communications: number, first: number) => {
  const lead = Math.ceil(communications / 4)
  const full = rangeFrom(first, lead, communications)
  return { full, half: rangeFrom(full.next, lead, Math.ceil(communications / 2)) }
}

const ofTurn = (communications: number) => rangesOf(communications, 0).half.next

const allOf = ({ communications, turns, warmUp }: Stage["options"]) => warmUp + turns * ofTurn(communications)

/** Starts the subject on empty parts and warms it up. It runs until the scope closes. */
export const warmedUp = Effect.fnUntraced(function* (stage: Stage) {
  const { replicas = 1, subject, tell } = stage
  const options = { ...stage.options, warmUp: stage.options.warmUp * replicas }
  const world = yield* startWorld(stage)
  yield* tell(`${subject}, ${replicas}: warm-up`)
  const requests = yield* prepare(world, { ...stage, options }, allOf(options))
  const rival: Rival = { subject, replicas, world, options, requests }
  return rival
})

/**
 * Runs one turn, phase by phase. The rivals follow one another directly, because the machine's own pace changes within
 * minutes. A half load is half of what the first of them has just reached.
 */
export const takeTurn = Effect.fnUntraced(function* (
  rivals: ReadonlyArray<Rival>,
  options: Stage["options"],
  index: number
) {
  const { communications, events: each } = options
  type OrdersOf = (...range: Range["counted"]) => ReadonlyArray<Order>
  const phases = (what: string, topic: Topic, ordersOf: OrdersOf, part: "full" | "half", rate?: number) =>
    Effect.forEach(rivals, ({ options: { warmUp }, replicas, subject, world }) => {
      const { counted, lead } = rangesOf(communications, warmUp + index * ofTurn(communications))[part]
      return Effect.andThen(
        runPhase(world, `${subject}, ${replicas}, ${what}, not counted`, topic, ordersOf(...lead), rate),
        Effect.tap(
          runPhase(world, `${subject}, ${replicas}, ${what}`, topic, ordersOf(...counted), rate),
          ({ cpu, p99, rate: shown }) =>
            world.tell(
              `${subject}, ${replicas}, ${what}: ${shown.toFixed(0)}/s, ${cpu.subject.toFixed(2)} ms CPU each, p99 ${p99.toFixed(0)} ms`
            )
        )
      )
    })
  const paceOf = ([service]: ReadonlyArray<Phase>) => (service?.rate ?? Number.NaN) / 2
  const came: OrdersOf = (first, many) => eventsFrom(first, many, options)

  const fullSpeed = yield* phases("full speed", "TOPIC_IN", ordersFrom, "full")
  const halfLoad = yield* phases("half load", "TOPIC_IN", ordersFrom, "half", paceOf(fullSpeed))
  const inbound = each === 0 ? [] : yield* phases("events", "TOPIC_INBOUND", came, "full")
  const inboundHalf =
    each === 0 ? [] : yield* phases("events, half load", "TOPIC_INBOUND", came, "half", paceOf(inbound))
  return fullSpeed.map((phase, at): Turn => {
    const slow = halfLoad[at] ?? phase
    return { fullSpeed: phase, halfLoad: slow, events: inbound[at], eventsHalfLoad: inboundHalf[at] }
  })
})

/** The totals of a subject. Fails if the vendors did not receive everything that there was to do. */
export const standing = Effect.fnUntraced(function* ({ options, world }: Rival) {
  const total = allOf(options)
  yield* checkVendors(world, total)
  return {
    /** MiB of the subject. */
    memory: yield* world.memory,
    /** KiB exported for one communication. */
    exported: world.sink === undefined ? undefined : (yield* world.sink.bytes) / total / 1024
  }
})
