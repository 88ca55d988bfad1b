import { readFileSync } from "node:fs"

import { Effect } from "effect"

import type { Evidence } from "./audit/read.ts"
import type { Injection } from "./Injection.ts"
import type { Parts } from "./Parts.ts"

interface Line {
  readonly at: number
  readonly text: string
}

const logged = ({ replicas }: Parts, id: string): ReadonlyArray<Line> =>
  replicas.flatMap(({ logFile, name }) =>
    readFileSync(logFile, "utf8")
      .split("\n")
      .filter((line) => line.startsWith("{") && line.includes(JSON.stringify(id).slice(1, -1)))
      .map((line) => ({ at: Date.parse(JSON.parse(line).timestamp), text: `${name} logs ${line}` }))
  )

/** Everything that is known about one communication, by time. */
export const storyOf = Effect.fnUntraced(function* (
  parts: Parts,
  evidence: Evidence,
  injections: ReadonlyArray<Injection>,
  id: string
) {
  const requests = yield* parts.vendors.requests
  const theCase = evidence.cases.find(({ fields }) => fields["u_id_correlacao"] === id)
  const about = [id, ...(theCase === undefined ? [] : [theCase.sysId])]
  const lines: ReadonlyArray<Line> = [
    ...injections.flatMap(({ began, detail, ended, kind }) => [
      { at: began, text: `== ${kind}: ${detail}` },
      { at: ended, text: `== over: ${kind}` }
    ]),
    ...evidence.arrived
      .filter(({ value }) => value.includes(id))
      .map(({ at, ending, origin, value }) => ({ at, text: `taken ${origin}, ended ${ending}: ${value}` })),
    ...evidence.published
      .filter(({ response }) => response.id_correlacao === id)
      .map(({ at, response }) => ({ at, text: `published ${JSON.stringify(response)}` })),
    ...requests
      .filter((request) => about.some((name) => JSON.stringify(request).includes(name)))
      .map((request) => ({ at: request.at, text: `vendor ${JSON.stringify(request)}` })),
    ...evidence.facts(id).map((fact) => ({ at: fact.at, text: `fact ${JSON.stringify(fact)}` })),
    ...logged(parts, id)
  ]
  return [
    ...lines.toSorted((one, other) => one.at - other.at).map(({ at, text }) => `${new Date(at).toISOString()} ${text}`),
    ...(theCase === undefined ? ["no Case"] : [`Case ${JSON.stringify(theCase)}`])
  ]
})
