import { Effect } from "effect"

import type { FaultRule } from "../simulators/core/FaultRule.ts"
import type { Options } from "./Options.ts"
import { ordersFrom, type Phase, runPhase } from "./phase.ts"
import { checkVendors, prepare } from "./prepare.ts"
import { digits, table } from "./table.ts"
import type { Tell } from "./tell.ts"
import type { Memory } from "./usage.ts"
import { startWorld } from "./world.ts"

/** Every answer takes 2 s, and one of twenty requests is refused. */
const trouble: ReadonlyArray<FaultRule> = [
  { kind: "status", status: 503, times: -1, probability: 0.05, seed: 1 },
  { kind: "slow", delayMs: 2000, times: -1 }
]

interface Weather {
  readonly name: string
  readonly faults: ReadonlyArray<FaultRule>
  readonly concurrency: number
  /**
   * With two seconds for an answer and sixteen calls at once, the throughput is one communication a second. So there
   * are no more communications than these.
   */
  readonly most: number
}

const weathers: ReadonlyArray<Weather> = [
  { name: "calm", faults: [], concurrency: 16, most: 2000 },
  { name: "2 s, 5 % fail", faults: trouble, concurrency: 16, most: 100 },
  { name: "2 s, 5 % fail", faults: trouble, concurrency: 256, most: 1000 }
]

interface Suffered extends Phase {
  readonly name: string
  readonly concurrency: number
  readonly communications: number
  readonly memory: Memory
}

const suffer = Effect.fnUntraced(function* (options: Options, weather: Weather, tell: Tell) {
  const { concurrency, faults, most, name } = weather
  const environment = { SERVICENOW_CONCURRENCY: String(concurrency) }
  const stage = { subject: "service", options, tell, environment } as const
  const communications = Math.min(most, options.communications)
  yield* tell(`outage: ${name}, ${concurrency} requests at once`)
  const world = yield* startWorld(stage)
  yield* prepare(world, stage, options.warmUp + communications)
  if (faults.length > 0) yield* world.vendors.order("servicenow", faults)
  const phase = yield* runPhase(world, name, "TOPIC_IN", ordersFrom(options.warmUp, communications))
  yield* world.vendors.calm
  yield* checkVendors(world, options.warmUp + communications)
  const suffered: Suffered = { ...phase, name, concurrency, communications, memory: yield* world.memory }
  return suffered
}, Effect.scoped)

/**
 * Measures what a communication costs while ServiceNow is slow and sometimes fails, and on a calm day. All succeed in
 * the end.
 */
export const outage = (options: Options, tell: Tell) =>
  Effect.forEach(weathers, (weather) => suffer(options, weather, tell))

export const outageTable = (rows: ReadonlyArray<Suffered>): string =>
  table(
    [
      "ServiceNow",
      "`SERVICENOW_CONCURRENCY`",
      "communications",
      "communications/s",
      "CPU ms each",
      "% of a core",
      "p50 s",
      "p99 s",
      "RSS peak MiB"
    ],
    rows.map((it) => [
      it.name,
      String(it.concurrency),
      String(it.communications),
      digits(it.rate, 1),
      digits(it.cpu.subject, 2),
      digits((it.cpu.subject * it.rate) / 10, 1),
      digits(it.p50 / 1000, 1),
      digits(it.p99 / 1000, 1),
      digits(it.memory.peak)
    ])
  )
