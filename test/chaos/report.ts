import type { Findings } from "./audit/findings.ts"
import { kinds } from "./Injection.ts"
import type { Recovery } from "./recovery.ts"

const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

const seconds = (millis: number) => (millis / 1000).toFixed(1)

const span = (values: ReadonlyArray<number>) =>
  values.length === 0 ? "—" : `${seconds(median(values))} / ${seconds(Math.max(...values))}`

/** The faults and the recoveries from them, as a Markdown table. */
export const recoveryTable = (recoveries: ReadonlyArray<Recovery>): string => {
  const rows = kinds.flatMap((kind) => {
    const own = recoveries.filter(({ injection }) => injection.kind === kind)
    if (own.length === 0) return []
    const away = own.map(({ injection: { began, ended } }) => ended - began)
    const waiting = own.map(({ waiting }) => waiting)
    const flowing = own.flatMap(({ flowing }) => flowing ?? [])
    const caughtUp = own.flatMap(({ caughtUp }) => caughtUp ?? [])
    return [
      `| ${kind} | ${own.length} | ${span(away)} | ${waiting.reduce((sum, count) => sum + count, 0)} | ${span(flowing)} | ${span(caughtUp)} (${caughtUp.length}) |`
    ]
  })
  return [
    "| injected | times | lasted | communications waiting | first response after | all that waited answered (of how many) |",
    "|---|---|---|---|---|---|",
    ...rows
  ].join("\n")
}

const meanings: Readonly<Record<keyof Findings, string>> = {
  lost: "records without their ending, answer or dead letter",
  secondCases: "second Cases",
  secondDispatches: "second accepted dispatches",
  doubledNotes: "doubled notes",
  contents: "responses with two contents",
  untrue: "Cases or responses that are not what happened",
  doubts: "doubts without an attempt that was cut"
}

/** The findings by kind, as a Markdown table. */
export const findingsTable = (findings: Findings, service: Readonly<Record<string, number>>): string =>
  [
    "| found by the auditor | |",
    "|---|---|",
    ...Object.entries(meanings).map(([name, meaning]) => `| ${meaning} | ${findings[name as keyof Findings].length} |`),
    ...Object.entries(service).map(([name, count]) => `| \`${name}\` of \`GET /api/audit\` | ${count} |`)
  ].join("\n")
