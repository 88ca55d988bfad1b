/** Every name of a problem. */
export const problemIds = [
  "no_replica",
  "not_ready",
  "audit",
  "unaccounted",
  "stalled",
  "overdue",
  "servicenow",
  "weni",
  "in_doubt",
  "dead_letters",
  "lag",
  "parked"
] as const

/** A problem of the service: its `id` for programs, words for people, and the heading of the manual that helps. */
export interface OverviewProblem {
  readonly id: (typeof problemIds)[number]
  readonly text: string
  readonly count?: number
  /** The route of the list behind it. */
  readonly link?: string
  readonly runbook: string
}

/** What the overview knows of the service. */
export interface OverviewState {
  readonly at: number
  readonly replicas: number
  readonly readyReplicas: number
  readonly openVendors: ReadonlyArray<"servicenow" | "weni">
  /** Records that wait in Kafka, and the time of the oldest one, if it is known. */
  readonly lag: number
  readonly oldestAt?: number
  readonly inDoubt: number
  readonly deadLetters: number
  readonly parkedSince?: number
  readonly parked: number
  /** ORPHAN_AFTER, milliseconds. */
  readonly orphanAfter: number
  /** Absent while Kafka or the database does not answer. */
  readonly audit?: { readonly unaccounted: number; readonly stalled: number; readonly overdue: number }
}

/** Milliseconds for which a record may wait in Kafka before that is a problem. */
const longestLag = 300_000

const runbook = (heading: string) => `docs/operations.md#${heading}`

const names = { servicenow: "ServiceNow", weni: "Weni" } as const

/** The problem, if `count` is over 0. */
const counted = (count: number, problem: (count: number) => OverviewProblem): ReadonlyArray<OverviewProblem> =>
  count > 0 ? [{ ...problem(count), count }] : []

const ofAudit = (audit: OverviewState["audit"]): ReadonlyArray<OverviewProblem> => {
  if (audit === undefined) {
    const text = "Kafka or the database does not answer, so nobody knows whether all records have ended"
    return [{ id: "audit", text, runbook: runbook("kafka-or-the-database-away") }]
  }
  return [
    ...counted(audit.unaccounted, (count) => ({
      id: "unaccounted",
      text: `${count} records were passed without an end`,
      link: "/api/audit",
      runbook: runbook("unaccounted-records")
    })),
    ...counted(audit.stalled, (count) => ({
      id: "stalled",
      text: `${count} communications make no progress`,
      link: "/api/communications?status=working",
      runbook: runbook("communications-without-progress")
    })),
    ...counted(audit.overdue, (count) => ({
      id: "overdue",
      text: `${count} communications have something overdue`,
      link: "/api/communications?status=waiting",
      runbook: runbook("overdue-work")
    }))
  ]
}

const ofReplicas = ({ readyReplicas, replicas }: OverviewState): ReadonlyArray<OverviewProblem> => {
  if (readyReplicas === 0) {
    return [{ id: "no_replica", text: "no replica is ready", runbook: runbook("alert-noreplica") }]
  }
  return counted(replicas - readyReplicas, (count) => ({
    id: "not_ready",
    text: `${count} of ${replicas} replicas are up and not ready`,
    runbook: runbook("alert-notready")
  }))
}

/** The problems, the most serious first (SPEC 12.6). */
export const overviewProblems = (state: OverviewState): ReadonlyArray<OverviewProblem> => {
  const { at, deadLetters, inDoubt, lag, oldestAt, openVendors, orphanAfter, parked, parkedSince } = state
  return [
    ...ofReplicas(state),
    ...ofAudit(state.audit),
    ...openVendors.map((vendor) => ({
      id: vendor,
      text: `${names[vendor]} does not answer; what needs it waits`,
      link: "/api/communications?status=waiting",
      runbook: runbook("a-vendor-away")
    })),
    ...counted(inDoubt, (count) => ({
      id: "in_doubt",
      text: `${count} dispatches are in doubt: ask Weni and decide`,
      link: "/api/communications?status=in_doubt",
      runbook: runbook("in-doubt")
    })),
    ...counted(deadLetters, (count) => ({
      id: "dead_letters",
      text: `${count} dead letters were not redriven`,
      link: "/api/dead-letters",
      runbook: runbook("dead-letters")
    })),
    ...(oldestAt !== undefined && at - oldestAt > longestLag
      ? counted(lag, (count) => ({
          id: "lag",
          text: `${count} records wait in Kafka, the oldest for more than five minutes`,
          runbook: runbook("alert-lagrising")
        }))
      : []),
    ...(parkedSince !== undefined && at - parkedSince > 2 * orphanAfter
      ? counted(parked, (count) => ({
          id: "parked",
          text: `${count} events wait for their communication, the oldest for longer than it should`,
          link: "/api/parked",
          runbook: runbook("alert-parkedrising")
        }))
      : [])
  ]
}
