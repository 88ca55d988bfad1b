import { isDeepStrictEqual } from "node:util"

import { Effect } from "effect"

import { BenchFailed } from "./child.ts"
import type { Options } from "./Options.ts"
import { summary } from "./report.ts"
import type { SubjectName } from "./subject.ts"
import type { Tell } from "./tell.ts"
import { type Rival, standing, takeTurn, type Turn, warmedUp } from "./turn.ts"

/** The comparison is worth nothing unless all subjects ask the vendors for the same. */
const sameRequests = ([service, ...others]: ReadonlyArray<Rival>) =>
  Effect.forEach(others, ({ requests, subject }) =>
    isDeepStrictEqual(service?.requests, requests)
      ? Effect.void
      : new BenchFailed({
          message: `${subject} asks for something else: ${JSON.stringify(requests)}, the service ${JSON.stringify(service?.requests)}`
        })
  )

/** The subjects, each on empty parts and warm, take turns. */
export const compare = Effect.fnUntraced(function* (options: Options, tell: Tell) {
  const [first = 1] = options.replicas
  const subjects: ReadonlyArray<readonly [SubjectName, number]> = [
    ...options.replicas.map((replicas) => ["service", replicas] as const),
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
    subjects: shown
      .filter(({ processes, subject }) => subject === "bare" || subject === "restate" || processes === first)
      .map((one) => [one.subject, summary(one, bare)] as const),
    replicas: shown
      .filter(({ subject }) => subject === "service")
      .map((one) => Object.assign({ processes: one.processes, turns: one.turns }, summary(one, bare)))
  }
}, Effect.scoped)
