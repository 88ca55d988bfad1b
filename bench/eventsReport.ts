import { names, type Summary } from "./report.ts"
import type { SubjectName } from "./subject.ts"
import { digits, table } from "./table.ts"
import type { Rival } from "./turn.ts"

/** Inbound events: throughput and CPU at full speed, latency at the half load. */
export const eventsTable = (subjects: ReadonlyArray<readonly [SubjectName, Summary]>): string =>
  table(
    ["subject", "events/s", "CPU ms each", "p50 ms", "p95 ms", "p99 ms"],
    subjects.map(([name, { events, eventsHalfLoad }]) => [
      names[name],
      digits(events.rate),
      digits(events.cpu, 2),
      digits(eventsHalfLoad.p50),
      digits(eventsHalfLoad.p95),
      digits(eventsHalfLoad.p99)
    ])
  )

/** The requests that both subjects make to the vendors. */
export const requestsLine = (requests: Rival["requests"]): string =>
  `Requests of one communication: ${Object.entries(requests)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(", ")}`
