import { isDeepStrictEqual } from "node:util"

import { Effect } from "effect"

import { BenchFailed } from "./child.ts"
import type { Options } from "./Options.ts"
import { summary } from "./report.ts"
import type { SubjectName } from "./subject.ts"
import type { Tell } from "./tell.ts"
import { type Rival, standing, takeTurn, type Turn, warmedUp } from "./turn.ts"

/** Replicas look at a Case again when they hand it over; otherwise: the comparison is worth nothing unless all subjects ask the vendors for the same. */
const sameRequests = ([service, ...others]: ReadonlyArray<Rival>, { replicas }: Options) =>
  Effect.forEach(others, ({ requests, subject }) =>
    replicas > 1 || isDeepStrictEqual(service?.requests, requests)
      ? Effect.void
      : new BenchFailed({
          message: `${subject} asks for something else: ${JSON.stringify(requests)}, the service ${JSON.stringify(service?.requests)}`
        })
  )

/** The subjects, each on empty parts and warm, take turns. */
export const compare = Effect.fnUntraced(function* (options: Options, tell: Tell) {
  const subjects: ReadonlyArray<SubjectName> = options.tracing ? ["service", "traced", "bare"] : ["service", "bare"]
  const rivals = yield* Effect.forEach(subjects, (subject) => warmedUp({ subject, options, tell }))
  yield* sameRequests(rivals, options)
  const turns: Array<ReadonlyArray<Turn>> = []
  for (let index = 0; index < options.turns; index++) {
    yield* tell(`turn ${index + 1} of ${options.turns}`)
    turns.push(yield* takeTurn(rivals, options, index))
  }
  const shown = yield* Effect.forEach(rivals, (rival, at) =>
    Effect.map(standing(rival, options), (stands) => ({
      subject: rival.subject,
      turns: turns.flatMap((turn) => turn[at] ?? []),
      ...stands
    }))
  )
  return {
    requests: rivals[0]?.requests ?? {},
    shown,
    subjects: shown.map((one) => [one.subject, summary(one, shown.at(-1)?.turns ?? [])] as const)
  }
}, Effect.scoped)
