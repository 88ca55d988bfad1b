import { isDeepStrictEqual } from "node:util"

import { Effect } from "effect"

import { BenchFailed } from "./child.ts"
import { indexCost } from "./indexReport.ts"
import type { Options } from "./Options.ts"
import { summary } from "./report.ts"
import type { SubjectName } from "./subject.ts"
import type { Tell } from "./tell.ts"
import { type Rival, standing, takeTurn, type Turn, warmedUp } from "./turn.ts"

/** Fails unless all subjects make the same requests to the vendors. Otherwise the comparison means nothing. */
const sameRequests = ([service, ...others]: ReadonlyArray<Rival>) =>
  Effect.forEach(others, ({ requests, subject }) =>
    isDeepStrictEqual(service?.requests, requests)
      ? Effect.void
      : new BenchFailed({
          message: `${subject} asks for something else: ${JSON.stringify(requests)}, the service ${JSON.stringify(service?.requests)}`
        })
  )

/** Lets the subjects take turns, each warm and on empty parts. */
export const compare = Effect.fnUntraced(function* (options: Options, tell: Tell) {
  const [first = 1] = options.replicas
  const subjects: ReadonlyArray<readonly [SubjectName, number]> = [
    ...options.replicas.map((replicas) => ["service", replicas] as const),
    ...(options.unindexed ? [["unindexed", first] as const] : []),
    ...(options.tracing ? [["traced", first] as const] : []),
    ...(options.peer === "none" ? [] : [[options.peer, 1] as const]),
    ["bare", 1]
  ]
  const rivals = yield* Effect.forEach(subjects, ([subject, replicas]) =>
    warmedUp({ subject, replicas, options, tell })
  )
  yield* sameRequests(rivals)
  const turns: Array<ReadonlyArray<Turn>> = []
  for (let index = 0; index < options.turns; index++) {
    yield* tell(`turn ${index + 1} of ${options.turns}`)
    turns.push(yield* takeTurn(rivals, options, index))
  }
  const shown = yield* Effect.forEach(rivals, (rival, at) =>
    Effect.map(standing(rival), (stands) => ({
      subject: rival.subject,
      processes: rival.replicas,
      turns: turns.flatMap((turn) => turn[at] ?? []),
      ...stands
    }))
  )
  const bare = shown.at(-1)?.turns ?? []
  return {
    requests: rivals[0]?.requests ?? {},
    shown,
    index: indexCost(shown),
    subjects: shown
      .filter(({ processes, subject }) => subject === "bare" || subject === "restate" || processes === first)
      .map((one) => [one.subject, summary(one, bare)] as const),
    replicas: shown
      .filter(({ subject }) => subject === "service")
      .map((one) => Object.assign({ processes: one.processes, turns: one.turns }, summary(one, bare)))
  }
}, Effect.scoped)
