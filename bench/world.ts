import { Effect } from "effect"

import { Arrivals } from "./Arrivals.ts"
import { startDatabase } from "./database.ts"
import { kafkaTransport } from "./kafkaTransport.ts"
import { memoryTransport } from "./memoryTransport.ts"
import type { Options } from "./Options.ts"
import { startSink } from "./sink.ts"
import { startSubject, type SubjectName } from "./subject.ts"
import type { Tell } from "./tell.ts"
import { cpuMillis, memory } from "./usage.ts"
import { startVendors } from "./vendors.ts"

/** One subject on empty parts of its own, until the scope closes. */
export interface Stage {
  readonly subject: SubjectName
  /** Number of processes of the service. If absent, the first number in the options. */
  readonly replicas?: number
  readonly options: Options
  readonly tell: Tell
  /** Further variables of the service. */
  readonly environment?: Readonly<Record<string, string>>
  /** A module that the subject loads first. */
  readonly preload?: string
}

/** Milliseconds of CPU by process. */
export interface Cpu {
  readonly subject: number
  readonly vendors: number
  readonly postgres: number
  readonly driver: number
}

export const startWorld = Effect.fnUntraced(function* ({
  environment,
  options,
  preload,
  replicas,
  subject,
  tell
}: Stage) {
  const arrivals = new Arrivals()
  const vendors = yield* startVendors
  const transport =
    options.kafka === "kafka"
      ? yield* kafkaTransport(process.env["KAFKA_BROKERS"] ?? "", arrivals)
      : memoryTransport(arrivals)
  const database = yield* startDatabase(options.database)
  const sink = subject === "traced" ? yield* startSink : undefined
  const children = yield* startSubject(
    subject,
    options,
    replicas ?? options.replicas[0] ?? 1,
    { ...transport.environment, ...vendors.environment, ...database.environment, ...sink?.environment, ...environment },
    preload
  )
  transport.attach(children[0])
  const died = Effect.raceAllFirst(children.map(({ ended }) => ended))
  const cpu = Effect.map(database.cpu, (postgres): Cpu => ({
    subject: children.reduce((sum, { pid }) => sum + cpuMillis(pid), 0),
    vendors: cpuMillis(vendors.pid),
    postgres,
    driver: cpuMillis(process.pid)
  }))
  return {
    arrivals,
    vendors,
    transport,
    database,
    sink,
    tell,
    cpu,
    child: children[0],
    memory: Effect.sync(() => {
      const all = children.map(({ pid }) => memory(pid))
      return { peak: all.reduce((sum, { peak }) => sum + peak, 0), now: all.reduce((sum, { now }) => sum + now, 0) }
    }),
    /** Runs the work. Fails if a process of the subject ends before it. */
    alive: <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.raceFirst(work, died)
  }
})

export type World = Effect.Success<ReturnType<typeof startWorld>>
