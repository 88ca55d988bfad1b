import type { Evidence } from "./audit/read.ts"
import type { Injection } from "./Injection.ts"

/** How one fault was got over, milliseconds. */
export interface Recovery {
  readonly injection: Injection
  /** Communications that had been asked for and not been answered when it was over. */
  readonly waiting: number
  /** Until the first response after it; none when there was none. */
  readonly flowing: number | undefined
  /** Until the last of those that waited was answered; none where the next fault began before. */
  readonly caughtUp: number | undefined
}

/** What goes on elsewhere while it lasts is counted from its beginning, what stands still from its end. */
const sinceOf = ({ began, ended, kind }: Injection) =>
  /^(?:kill|SIGSTOP|network|machine|brokers? )/.test(kind) ? began : ended

/** Arrival and first answer of each communication. */
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

/** By the broker's own clock, from the topics read back. */
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
