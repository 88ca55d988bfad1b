import { Clock, Effect, Option, Schema } from "effect"

import { Vendor } from "../../domain/communication/Fact.ts"
import { overviewProblems } from "../../domain/views/overviewProblems.ts"
import { Processes, type ProcessReport } from "../../services/Processes.ts"
import { Settings } from "../../services/Settings.ts"
import { type FailureCount, Tallies } from "../../services/Tallies.ts"
import { WaitingCounts } from "../../services/WaitingCounts.ts"

/** What the audit has counted: records that have not ended, and work that makes no progress. */
interface AuditedCounts {
  readonly unaccounted: number
  readonly stalled: number
  readonly overdue: number
}

const Breaker = Schema.Struct({ open: Schema.Boolean, detail: Schema.String })
const BreakerStates = Schema.Struct({ servicenow: Breaker, weni: Breaker })
const closed: typeof Breaker.Type = { open: false, detail: "closed" }

/** What a process of this version reports. A process of an earlier version reports less. */
const Reported = Schema.Struct({
  version: Schema.optionalKey(Schema.String),
  ready: Schema.optionalKey(Schema.Boolean),
  joined: Schema.optionalKey(Schema.Boolean),
  partitions: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({
        topic: Schema.String,
        partition: Schema.Int,
        lag: Schema.optionalKey(Schema.Number),
        oldestAt: Schema.optionalKey(Schema.Number)
      })
    )
  ),
  inFlight: Schema.optionalKey(Schema.Record(Schema.String, Schema.Number)),
  breakers: Schema.optionalKey(BreakerStates)
})
const decodeReported = Schema.decodeUnknownOption(Reported)

const processOf = ({ id, seenAt, startedAt, state }: ProcessReport) => {
  const reported = Option.getOrElse(decodeReported(state), (): typeof Reported.Type => ({}))
  const { breakers, inFlight = {}, joined = false, partitions = [], ready = joined, version = "" } = reported
  return {
    id,
    version,
    startedAt,
    seenAt,
    ready,
    partitions,
    inFlight: Object.values(inFlight).reduce((sum, count) => sum + count, 0),
    breakers: breakers ?? { servicenow: closed, weni: closed }
  }
}
type Process = ReturnType<typeof processOf>

/** Open if it is open in any process, with that process's detail. */
const breakerOf = (processes: ReadonlyArray<Process>, vendor: Vendor) => {
  const states = processes.map(({ breakers }) => breakers[vendor])
  return states.find(({ open }) => open) ?? states[0] ?? closed
}

const lagOf = ([topic, partitions]: readonly [string, Process["partitions"]]) => {
  const oldest = partitions.flatMap(({ oldestAt }) => oldestAt ?? [])
  const lag = partitions.reduce((sum, one) => sum + (one.lag ?? 0), 0)
  return { topic, lag, ...(oldest.length > 0 && { oldestAt: Math.min(...oldest) }) }
}

/** The lag of each topic, as the owners of its partitions report it. */
const lagsOf = (processes: ReadonlyArray<Process>) => {
  const partitions = processes.flatMap((process) => process.partitions)
  return [...Map.groupBy(partitions, ({ topic }) => topic)]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(lagOf)
}

const placesOf = ({ partitions, ...process }: Process) => ({
  ...process,
  partitions: partitions.map(({ partition, topic }) => ({ topic, partition }))
})

const channelOf = (channel: string): "whatsapp" | "itsm" | "record" =>
  channel === "whatsapp" || channel === "itsm" ? channel : "record"

const failureShown = ({ channel, ...failure }: FailureCount) => ({ ...failure, channel: channelOf(channel) })

/** The overview shows the flow of `flowMinutes` and the failures of a day. `minute` and `day` are in milliseconds. */
const [minute, flowMinutes, day] = [60_000, 60, 86_400_000]

/** At most this many kinds of failures are shown. */
const mostFailures = 200

/** One entry for each of the last 60 minutes, the current one last. */
const flowNow = Effect.fnUntraced(function* (now: number) {
  const first = now - (now % minute) - (flowMinutes - 1) * minute
  const counted = new Map((yield* (yield* Tallies).flow(first)).map((entry) => [entry.at, entry]))
  return Array.from({ length: flowMinutes }, (_, index) => {
    const at = first + index * minute
    return counted.get(at) ?? { at, orders: 0, events: 0, failures: 0 }
  })
})

/** The state of the whole service, all replicas together, from what the database knows (SPEC 12.6). */
export const overviewNow = Effect.fn("overview")(function* (audit: AuditedCounts | undefined) {
  const { orphanAfter } = yield* Settings
  const counts = yield* (yield* WaitingCounts).now
  const now = yield* Clock.currentTimeMillis
  const failures = yield* (yield* Tallies).failures(now - day, mostFailures)
  const flow = yield* flowNow(now)
  const processes = (yield* (yield* Processes).alive).map(processOf)
  const kafka = lagsOf(processes)
  const breakers = { servicenow: breakerOf(processes, "servicenow"), weni: breakerOf(processes, "weni") }
  const oldest = kafka.flatMap(({ oldestAt }) => oldestAt ?? [])
  const problems = overviewProblems({
    at: now,
    replicas: processes.length,
    readyReplicas: processes.filter(({ ready }) => ready).length,
    openVendors: Vendor.literals.filter((vendor) => breakers[vendor].open),
    lag: kafka.reduce((sum, { lag }) => sum + lag, 0),
    ...(oldest.length > 0 && { oldestAt: Math.min(...oldest) }),
    inDoubt: counts.inDoubt.count,
    deadLetters: counts.deadLetters.count,
    parked: counts.parked.count,
    ...(counts.parked.oldestAt !== undefined && { parkedSince: counts.parked.oldestAt }),
    orphanAfter,
    ...(audit && { audit })
  })
  return {
    at: now,
    ok: problems.length === 0,
    problems,
    kafka,
    inFlight: processes.reduce((sum, { inFlight }) => sum + inFlight, 0),
    breakers,
    ...counts,
    failures: failures.map(failureShown),
    flow,
    ...(audit && { unaccounted: audit.unaccounted, stalled: audit.stalled, overdue: audit.overdue }),
    processes: processes.map(placesOf)
  }
})
