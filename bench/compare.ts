import { isDeepStrictEqual } from "node:util"

import { Effect } from "effect"

import { BenchFailed } from "./child.ts"
import type { Options } from "./Options.ts"
import { summary } from "./report.ts"
import type { SubjectName } from "./subject.ts"
import type { Tell } from "./tell.ts"
import { runTurn, type Turn } from "./turn.ts"

/** Replicas look at a Case again when they hand it over; otherwise: the comparison is worth nothing unless both subjects ask the vendors for the same. */
const sameRequests = (service: Turn, bare: Turn, { replicas }: Options) =>
  replicas > 1 || isDeepStrictEqual(service.requests, bare.requests)
    ? Effect.void
    : new BenchFailed({
        message: `the bare loop asks for something else: ${JSON.stringify(bare.requests)}, the service ${JSON.stringify(service.requests)}`
      })

/** The subjects in turn, each on empty parts; the half load of all is half of what the service has just shown. */
export const compare = Effect.fnUntraced(function* (options: Options, tell: Tell) {
  const turns = new Map<SubjectName, Array<Turn>>()
  const others: ReadonlyArray<SubjectName> = options.tracing ? ["traced", "bare"] : ["bare"]
  for (let index = 1; index <= options.turns; index++) {
    yield* tell(`turn ${index} of ${options.turns}`)
    const service = yield* runTurn({ subject: "service", options, tell })
    turns.set("service", [...(turns.get("service") ?? []), service])
    for (const subject of others) {
      const turn = yield* runTurn({ subject, options, tell }, service.fullSpeed.rate, service.events?.rate)
      turns.set(subject, [...(turns.get(subject) ?? []), turn])
      yield* sameRequests(service, turn, options)
    }
  }
  return {
    requests: turns.get("service")?.[0]?.requests ?? {},
    turns: Object.fromEntries(turns),
    subjects: Array.from(turns, ([name, all]) => [name, summary(all)] as const)
  }
})
