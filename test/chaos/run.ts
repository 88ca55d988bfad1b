import { rmSync } from "node:fs"

import { Clock, Effect, Fiber, Schedule, type Scope } from "effect"

import { Dice } from "../simulation/Dice.ts"
import { type Findings, findingsOf } from "./audit/findings.ts"
import { readEvidence } from "./audit/read.ts"
import { auditOf } from "./audit/service.ts"
import { inject, type Injection, type Kind, type Pace, possible } from "./Injection.ts"
import { journeysFile } from "./journeys.ts"
import { isApart, raiseOwnNetwork } from "./network.ts"
import { type Parts, startParts } from "./Parts.ts"
import { quiet } from "./quiet.ts"
import { type Recovery, recoveries } from "./recovery.ts"
import { storyOf } from "./story.ts"
import { partitions } from "./Topics.ts"
import { makeTraffic, type Traffic } from "./traffic.ts"

export interface RunOptions {
  readonly seed: number
  /** Duration of traffic and faults, milliseconds. */
  readonly lasts: number
  /** Communications per second. */
  readonly rate: number
  readonly pace: Pace
  /** Each round has all of these, in an order of its own. */
  readonly kinds: ReadonlyArray<Kind>
  readonly tell: (line: string) => Effect.Effect<void>
}

export interface Outcome {
  readonly communications: number
  readonly records: number
  readonly recoveries: ReadonlyArray<Recovery>
  readonly findings: Findings
  /** The counts of the service's own audit. */
  readonly service: Readonly<Record<string, number>>
  /** Everything that is wrong, one line each. */
  readonly violations: ReadonlyArray<string>
  /** The story of the first wrong communication. */
  readonly story: ReadonlyArray<string>
  readonly directory: string
}

/** ORPHAN_AFTER, milliseconds. Orders may stay in Kafka for as long as faults follow one another. */
const orphanAfter = 5 * 60_000

/** How long the run waits for a quiet service, milliseconds. */
const patience = 8 * 60_000

const produce = Effect.fnUntraced(function* ({ load }: Parts, { deliveries }: Traffic, beginsAt: number) {
  const numbered = deliveries.map((delivery, number) => ({ delivery, number }))
  for (let next = 0; next < numbered.length;) {
    const now = (yield* Clock.currentTimeMillis) - beginsAt
    let end = next
    while (end < numbered.length && (numbered[end]?.delivery.after ?? 0) <= now && end - next < 500) end++
    if (end > next) yield* load.send(numbered.slice(next, end))
    else yield* Effect.sleep("50 millis")
    next = end
  }
})

const caughtUp = ({ load }: Parts) =>
  load.lag.pipe(
    Effect.repeat({ until: (lag) => lag < 30, schedule: Schedule.spaced("1 second") }),
    Effect.timeoutOption("90 seconds")
  )

const disturb = Effect.fnUntraced(function* (parts: Parts, options: RunOptions, dice: Dice, until: number) {
  const injections: Array<Injection> = []
  let round: ReadonlyArray<Kind> = []
  for (;;) {
    yield* Effect.sleep(dice.between(...options.pace.rest))
    // Some faults come before the service has recovered from the last one, others after that.
    if (dice.chance(0.6)) yield* caughtUp(parts)
    if ((yield* Clock.currentTimeMillis) >= until) return injections
    if (round.length === 0) {
      round = possible(options.kinds)
        .map((kind) => ({ kind, lot: dice.fraction() }))
        .sort((one, other) => one.lot - other.lot)
        .map(({ kind }) => kind)
    }
    const [kind, ...rest] = round
    round = rest
    if (kind === undefined) continue
    yield* options.tell(`fault ${injections.length + 1}: ${kind}`)
    injections.push(yield* inject(dice, parts, options.pace, kind))
  }
})

/** One run, from the start of its own servers to the audit. Everything stops with the scope. */
export const runChaos = Effect.fnUntraced(function* (
  options: RunOptions
): Effect.fn.Return<Outcome, never, Scope.Scope> {
  const { lasts, rate, seed, tell } = options
  const dice = new Dice(seed)
  const now = yield* Clock.currentTimeMillis
  yield* raiseOwnNetwork
  yield* tell(isApart ? "each replica on a network of its own" : "without ip and unshare, as root: no network is cut")
  yield* tell("starting Kafka, Postgres, vendors and replicas")
  const parts = yield* startParts({
    orphanAfter: `${orphanAfter} millis`,
    journeys: journeysFile(Math.ceil((now + lasts / 2) / 60_000) * 60_000, now)
  })
  const beginsAt = yield* Clock.currentTimeMillis
  const traffic = makeTraffic(dice.fork(), {
    beginsAt,
    rate,
    partitions,
    lasts: Math.max(10_000, lasts - 15_000),
    strangersUntil: lasts - orphanAfter
  })
  yield* tell(`${traffic.conversations.length} communications, ${traffic.deliveries.length} records`)
  const load = yield* Effect.forkChild(produce(parts, traffic, beginsAt))
  const injections = yield* disturb(parts, options, dice.fork(), beginsAt + lasts)
  yield* Fiber.join(load)
  yield* parts.vendors.calm
  const unquiet = yield* quiet(parts, patience, tell)
  yield* tell("audit")
  const evidence = yield* readEvidence(parts, traffic)
  const findings = findingsOf(evidence, traffic, injections)
  const service = yield* auditOf(parts)
  const unasked = (yield* Effect.forEach(parts.replicas, ({ unasked }) => unasked)).flat()
  const violations = [
    ...unquiet,
    ...unasked,
    ...Object.entries(service).flatMap(([name, count]) => (count === 0 ? [] : [`${name}: ${count}`])),
    ...Object.entries(findings).flatMap(([name, all]) => all.map((one: string) => `${name}: ${one}`))
  ]
  // Logs are kept if something is wrong.
  if (violations.length === 0) rmSync(parts.directory, { recursive: true })
  const worst = traffic.conversations.find(({ id }) => violations.some((one) => one.includes(id)))
  return {
    communications: traffic.conversations.length,
    records: evidence.arrived.length,
    recoveries: recoveries(evidence, injections),
    findings,
    service,
    violations,
    story: worst === undefined ? [] : yield* storyOf(parts, evidence, injections, worst.id),
    directory: parts.directory
  }
}, Effect.scoped)
