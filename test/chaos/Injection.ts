import { Clock, Effect } from "effect"

import type { Dice } from "../simulation/Dice.ts"
import { isApart } from "./network.ts"
import type { Parts } from "./Parts.ts"
import type { Replica } from "./Replica.ts"
import { brokers } from "./servers.ts"

export const kinds = [
  "kill -9 of 1 replica",
  "kill -9 of 2 replicas",
  "kill -9 of 3 replicas",
  "SIGSTOP of a replica, SIGCONT",
  "network of a replica cut",
  "machine of a replica gone",
  "broker killed and restarted",
  "brokers restarted one after the other",
  "all brokers killed and restarted",
  "Postgres stopped and started",
  "Postgres killed and recovered",
  "Postgres fails over to its standby",
  "ServiceNow away"
] as const
export type Kind = (typeof kinds)[number]

/** Faults that are possible only if each replica is a machine of its own. */
const onlyApart: ReadonlySet<Kind> = new Set(["network of a replica cut", "machine of a replica gone"])

/** The faults that are possible on this machine. */
export const possible = (kinds: ReadonlyArray<Kind>): ReadonlyArray<Kind> =>
  isApart ? kinds : kinds.filter((kind) => !onlyApart.has(kind))

/** One fault as it happened; epoch milliseconds. */
export interface Injection {
  readonly kind: Kind
  readonly detail: string
  readonly began: number
  /** The time at which the part was back or started again. */
  readonly ended: number
}

/** How long parts are unavailable, milliseconds. */
export interface Pace {
  readonly stopped: number
  readonly cut: number
  readonly serviceNowAway: number
  /** From the end of one fault to the next. */
  readonly rest: readonly [number, number]
}

const picked = (dice: Dice, replicas: ReadonlyArray<Replica>, count: number): ReadonlyArray<Replica> =>
  replicas
    .map((replica) => ({ replica, lot: dice.fraction() }))
    .sort((one, other) => one.lot - other.lot)
    .slice(0, count)
    .map(({ replica }) => replica)

const killed = Effect.fnUntraced(function* (dice: Dice, replicas: ReadonlyArray<Replica>, count: number) {
  const victims = picked(dice, replicas, count)
  const away = victims.map(() => dice.between(500, 6000))
  yield* Effect.forEach(victims, ({ kill }) => kill, { concurrency: "unbounded" })
  yield* Effect.forEach(victims, ({ start }, index) => Effect.delay(start, away[index] ?? 0), {
    concurrency: "unbounded"
  })
  return victims.map(({ name }, index) => `${name} for ${away[index]} ms`).join(", ")
})

const stopped = Effect.fnUntraced(function* (dice: Dice, replicas: ReadonlyArray<Replica>, { stopped }: Pace) {
  const [victim] = picked(dice, replicas, 1)
  if (victim === undefined) return "nobody"
  yield* victim.signal("SIGSTOP")
  yield* Effect.ensuring(Effect.sleep(stopped), victim.signal("SIGCONT"))
  return `${victim.name} for ${stopped} ms`
})

const cut = Effect.fnUntraced(function* (dice: Dice, replicas: ReadonlyArray<Replica>, { cut }: Pace) {
  const [victim] = picked(dice, replicas, 1)
  if (victim === undefined) return "nobody"
  yield* victim.machine.cut
  yield* Effect.ensuring(Effect.sleep(cut), victim.machine.mend)
  return `${victim.name} for ${cut} ms`
})

/** The machine closes no connection, so the connections of the others to it stay open. */
const gone = Effect.fnUntraced(function* (dice: Dice, replicas: ReadonlyArray<Replica>, { cut }: Pace) {
  const [victim] = picked(dice, replicas, 1)
  if (victim === undefined) return "nobody"
  yield* victim.machine.cut
  yield* victim.kill
  yield* Effect.ensuring(Effect.sleep(cut), victim.start)
  return `${victim.name} for ${cut} ms`
})

const brokerAway = Effect.fnUntraced(function* (dice: Dice, { kafka }: Parts) {
  const broker = dice.pick(brokers)
  const detail = yield* awayFor(kafka.killOne(broker), kafka.startOne(broker), dice.between(1000, 10_000))
  return `broker ${broker} ${detail}`
})

const rollingRestart = ({ kafka }: Parts) =>
  Effect.as(
    Effect.forEach(brokers, (broker) => Effect.andThen(kafka.stopOne(broker), kafka.startOne(broker))),
    brokers.join(", ")
  )

const failOver = Effect.fnUntraced(function* (dice: Dice, { postgres }: Parts) {
  const unnoticed = dice.between(500, 8000)
  yield* postgres.kill
  yield* Effect.sleep(unnoticed)
  yield* postgres.promoteStandby
  yield* postgres.attachStandby
  return `after ${unnoticed} ms`
})

const awayFor = Effect.fnUntraced(function* (stop: Effect.Effect<void>, start: Effect.Effect<void>, millis: number) {
  yield* stop
  yield* Effect.sleep(millis)
  yield* start
  return `for ${millis} ms`
})

const serviceNowAway = Effect.fnUntraced(function* (dice: Dice, { vendors }: Parts, { serviceNowAway }: Pace) {
  const rule = dice.pick([{ kind: "refuse" }, { kind: "status", status: 503 }, { kind: "timeout" }, { kind: "html" }])
  yield* vendors.away(rule)
  yield* Effect.ensuring(Effect.sleep(serviceNowAway), vendors.usual)
  return `${rule.kind} for ${serviceNowAway} ms`
})

const carryOut = (dice: Dice, parts: Parts, pace: Pace, kind: Kind): Effect.Effect<string> => {
  const { kafka, postgres, replicas } = parts
  switch (kind) {
    case "kill -9 of 1 replica":
      return killed(dice, replicas, 1)
    case "kill -9 of 2 replicas":
      return killed(dice, replicas, 2)
    case "kill -9 of 3 replicas":
      return killed(dice, replicas, 3)
    case "SIGSTOP of a replica, SIGCONT":
      return stopped(dice, replicas, pace)
    case "network of a replica cut":
      return cut(dice, replicas, pace)
    case "machine of a replica gone":
      return gone(dice, replicas, pace)
    case "broker killed and restarted":
      return brokerAway(dice, parts)
    case "brokers restarted one after the other":
      return rollingRestart(parts)
    case "all brokers killed and restarted":
      return awayFor(kafka.kill, kafka.start, dice.between(1000, 10_000))
    case "Postgres stopped and started":
      return awayFor(postgres.stop, postgres.start, dice.between(1000, 10_000))
    case "Postgres killed and recovered":
      return awayFor(postgres.kill, postgres.start, dice.between(0, 5000))
    case "Postgres fails over to its standby":
      return failOver(dice, parts)
    case "ServiceNow away":
      return serviceNowAway(dice, parts, pace)
  }
}

/** One fault from its beginning to its end. */
export const inject = Effect.fnUntraced(function* (dice: Dice, parts: Parts, pace: Pace, kind: Kind) {
  const began = yield* Clock.currentTimeMillis
  const detail = yield* carryOut(dice, parts, pace, kind)
  const injection: Injection = { kind, detail, began, ended: yield* Clock.currentTimeMillis }
  return injection
})
