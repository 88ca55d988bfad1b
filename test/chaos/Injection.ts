import { Clock, Effect } from "effect"

import type { Dice } from "../simulation/Dice.ts"
import type { Parts } from "./Parts.ts"
import type { Replica } from "./Replica.ts"

export const kinds = [
  "kill -9 of 1 replica",
  "kill -9 of 2 replicas",
  "kill -9 of 3 replicas",
  "SIGSTOP of a replica, SIGCONT",
  "broker killed and restarted",
  "Postgres stopped and started",
  "Postgres killed and recovered",
  "ServiceNow away"
] as const
export type Kind = (typeof kinds)[number]

/** One fault as it happened; epoch milliseconds. */
export interface Injection {
  readonly kind: Kind
  readonly detail: string
  readonly began: number
  /** What was away is back, or has been started again. */
  readonly ended: number
}

/** How long things are away, milliseconds. */
export interface Pace {
  readonly stopped: number
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
    case "broker killed and restarted":
      return awayFor(kafka.kill, kafka.start, dice.between(1000, 10_000))
    case "Postgres stopped and started":
      return awayFor(postgres.stop, postgres.start, dice.between(1000, 10_000))
    case "Postgres killed and recovered":
      return awayFor(postgres.kill, postgres.start, dice.between(0, 5000))
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
