import type { Evidence } from "./audit/read.ts"
import type { Injection } from "./Injection.ts"

/** The recovery from one fault, milliseconds. */
export interface Recovery {
  readonly injection: Injection
  /** Communications that were requested before the recovery begins, and had no response then. */
  readonly waiting: number
  /** Time until the first response, if there was one. */
  readonly flowing: number | undefined
  /** Time until the last waiting communication had its response; absent if the next fault began earlier. */
  readonly caughtUp: number | undefined
}

/** When the recovery begins: at the start of the fault if other parts continue meanwhile, otherwise at its end. */
const sinceOf = ({ began, ended, kind }: Injection) =>
  /^(?:kill|SIGSTOP|network|machine|brokers? )/.test(kind) ? began : ended

/** Arrival and first response of each communication. */
const answered = ({ arrived, published }: Evidence) => {
  const first = new Map<string | null, number>()
  for (const { at, response } of published) {
    if (response.evento !== "comunicacao" || first.has(response.id_correlacao)) continue
    first.set(response.id_correlacao, at)
  }
  const asked = new Map<string, number>()
  for (const { at, expected } of arrived) {
    if (expected.kind !== "order") continue
    asked.set(expected.id, Math.min(at, asked.get(expected.id) ?? at))
  }
  return [...asked].map(([id, askedAt]) => ({ askedAt, answeredAt: first.get(id) ?? Infinity }))
}

/** Recoveries by the broker's own clock, from the records in the topics. */
export const recoveries = (evidence: Evidence, injections: ReadonlyArray<Injection>): ReadonlyArray<Recovery> => {
  const communications = answered(evidence)
  const times = evidence.published.map(({ at }) => at).sort((one, other) => one - other)
  return injections.map((injection, index) => {
    const since = sinceOf(injection)
    const waiting = communications.filter(({ answeredAt, askedAt }) => askedAt < since && answeredAt > since)
    const first = times.find((at) => at > since)
    const last = waiting.reduce((latest, { answeredAt }) => Math.max(latest, answeredAt), since)
    return {
      injection,
      waiting: waiting.length,
      flowing: first === undefined ? undefined : first - since,
      caughtUp: last < (injections[index + 1]?.began ?? Infinity) ? last - since : undefined
    }
  })
}
