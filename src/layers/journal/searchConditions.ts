import type { SearchMark, SearchQuery, SearchStatus } from "../../domain/search/SearchQuery.ts"
import { searchStatuses } from "../../domain/search/SearchQuery.ts"
import type { SearchPage } from "../../services/CommunicationSearch.ts"
import { asMillis, asTime } from "./times.ts"

/** Adds a value to the parameters of a statement. Returns its place in the text. */
export type Bind = (value: unknown) => string

export const binder = () => {
  const parameters: Array<unknown> = []
  const bind: Bind = (value) => `$${parameters.push(value)}`
  return { parameters, bind }
}

const time = (bind: Bind, ms: number) => asTime(bind(ms))

/** The conditions of the marks. Each is that of a partial index, which a query can use only if it repeats it. */
const markConditions = (bind: Bind, awaitingSince: number): Readonly<Record<SearchMark, (c: string) => string>> => ({
  in_doubt: (c) => `${c}.in_doubt`,
  waiting: (c) => `(${c}.due IS NOT NULL OR ${c}.held_servicenow IS NOT NULL OR ${c}.held_weni IS NOT NULL)`,
  awaiting: (c) =>
    `(${c}.phone IS NOT NULL AND ${c}.answered_at IS NULL AND NOT ${c}.undelivered AND ${c}.sent_at >= ${time(bind, awaitingSince)})`
})

const markColumns = (bind: Bind, awaitingSince: number) =>
  Object.entries(markConditions(bind, awaitingSince))
    .map(([mark, condition]) => `coalesce(${condition("c")}, false) AS ${mark}`)
    .join(", ")

/** The columns that are read of each communication `c`. */
export const columns = (bind: Bind, { awaitingSince }: SearchPage) =>
  `c.id, c.journey, c.status, c.case_number AS "caseNumber", c.case_sys_id AS "caseSysId", c.listing,
  ${asMillis("c.created_at")} AS "createdAt", ${asMillis("c.updated_at")} AS "updatedAt", ${asMillis("c.due")} AS due, ${markColumns(bind, awaitingSince)}`

/** Keeps rows that were created within the query's time and come after the page's position. */
export const withinTime =
  (bind: Bind, { since, until }: SearchQuery, { after }: SearchPage) =>
  (row: string): ReadonlyArray<string> => [
    ...(since === undefined ? [] : [`${row}.created_at >= ${time(bind, since)}`]),
    ...(until === undefined ? [] : [`${row}.created_at < ${time(bind, until)}`]),
    ...(after === undefined
      ? []
      : [`(${row}.created_at, ${row}.id) < (${time(bind, after.createdAt)}, ${bind(after.id)})`])
  ]

export const newest = (row: string) => `ORDER BY ${row}.created_at DESC, ${row}.id DESC`

export const where = (conditions: ReadonlyArray<string>) =>
  conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`

/** The conditions on a row of the read model besides its time. */
export const onView = (bind: Bind, { journey, marks, statuses }: SearchQuery, { awaitingSince }: SearchPage) => {
  const conditions = markConditions(bind, awaitingSince)
  const anyOf = [
    ...(statuses.length === 0 ? [] : [`c.status = ANY (${bind(statuses)}::text[])`]),
    ...marks.map((mark) => conditions[mark]("c"))
  ]
  return [
    ...(journey === undefined ? [] : [`c.journey = ${bind(journey)}`]),
    ...(anyOf.length === 0 ? [] : [`(${anyOf.join(" OR ")})`])
  ]
}

/** One status of one journey, or one mark: a range of one index. */
interface Branch {
  readonly status?: SearchStatus
  readonly mark?: SearchMark
}

/**
 * The index by journey has the status before the time, so a query for a journey alone has one branch for each status.
 */
const branchesOf = ({ journey, marks, statuses }: SearchQuery): ReadonlyArray<Branch> => {
  const wanted: ReadonlyArray<Branch> = [...statuses.map((status) => ({ status })), ...marks.map((mark) => ({ mark }))]
  if (wanted.length > 0) return wanted
  return journey === undefined ? [{}] : searchStatuses.map((status) => ({ status }))
}

/** The conditions of each branch of the view, within the page's time. Each branch is served by one index. */
export const branchConditions = (bind: Bind, query: SearchQuery, page: SearchPage): ReadonlyArray<string> => {
  const { journey } = query
  const marks = markConditions(bind, page.awaitingSince)
  return branchesOf(query).map(({ mark, status }) =>
    where([
      ...(journey === undefined ? [] : [`c.journey = ${bind(journey)}`]),
      ...(status === undefined ? [] : [`c.status = ${bind(status)}`]),
      ...(mark === undefined ? [] : [marks[mark]("c")]),
      ...withinTime(bind, query, page)("c")
    ])
  )
}
