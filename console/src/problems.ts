import type { Overview } from "./api/types.ts"
import { text } from "./text/text.ts"

type Problem = Overview["problems"][number]

/** The list behind each problem. */
const lists: Readonly<Record<string, string>> = {
  in_doubt: "/em-duvida",
  dead_letters: "/cartas-mortas",
  parked: "/eventos-a-espera",
  servicenow: "/comunicacoes?status=waiting",
  weni: "/comunicacoes?status=waiting",
  unaccounted: "/auditoria",
  stalled: "/auditoria",
  overdue: "/auditoria",
  audit: "/auditoria"
}

/** One problem for people: what is wrong, what to do, where it is seen, and its heading in the manual. */
export const problemShown = ({ count = 0, id, link, runbook, text: words }: Problem) => {
  const ours = text.problems[id]
  return {
    id,
    says: ours?.says(count) ?? words,
    /** The service's own words, if they say more than ours. */
    detail: ours === undefined ? undefined : words,
    toDo: ours?.do,
    list: lists[id] ?? (link?.startsWith("/api") === true ? undefined : link),
    manual: `/manual#${runbook.slice(runbook.indexOf("#") + 1)}`
  }
}

/** The `codigo` that stands for this one in the manual and in the texts. Most statuses are like the first of their class. */
const describedCodigo = (codigo: string): string => {
  const [, statusClass] = /^HTTP_(\d)\d\d$/.exec(codigo) ?? []
  if (statusClass === undefined || text.codigo[codigo] !== undefined) return codigo
  return statusClass === "5" ? "HTTP_500" : "HTTP_400"
}

/** Where the manual says what to do about a `codigo`. */
export const manualOfCodigo = (codigo: string): string => `/manual#${describedCodigo(codigo).toLowerCase()}`

/** What a `codigo` means. `undefined` for an unknown one. */
export const meaningOfCodigo = (codigo: string): string | undefined => text.codigo[describedCodigo(codigo)]
