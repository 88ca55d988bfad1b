import { indexKey } from "../../domain/inbound/namesOf.ts"
import type { SearchMark, Sought, SearchQuery, SearchStatus } from "../../domain/search/SearchQuery.ts"
import { searchStatuses } from "../../domain/search/SearchQuery.ts"
import type { SearchPage } from "../../services/CommunicationSearch.ts"
import type { SearchKey } from "../../services/SearchKey.ts"
import { storedTerm } from "./searchRows.ts"
import { asMillis, asTime } from "./times.ts"

/** A statement with its parameters. */
export interface SearchStatement {
  readonly text: string
  readonly parameters: ReadonlyArray<unknown>
}

type Bind = (value: unknown) => string

const binder = () => {
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

const columns = (bind: Bind, { awaitingSince }: SearchPage) =>
  `c.id, c.journey, c.status, c.case_number AS "caseNumber", c.case_sys_id AS "caseSysId", c.listing,
  ${asMillis("c.created_at")} AS "createdAt", ${asMillis("c.updated_at")} AS "updatedAt", ${asMillis("c.due")} AS due, ${markColumns(bind, awaitingSince)}`

/** Keeps what was created within the query's time and comes after the page's position. */
const withinTime =
  (bind: Bind, { since, until }: SearchQuery, { after }: SearchPage) =>
  (row: string) => [
    ...(since === undefined ? [] : [`${row}.created_at >= ${time(bind, since)}`]),
    ...(until === undefined ? [] : [`${row}.created_at < ${time(bind, until)}`]),
    ...(after === undefined
      ? []
      : [`(${row}.created_at, ${row}.id) < (${time(bind, after.createdAt)}, ${bind(after.id)})`])
  ]

const newest = (row: string) => `ORDER BY ${row}.created_at DESC, ${row}.id DESC`

/** The conditions on the row of the read model besides its time. */
const onView = (bind: Bind, { journey, marks, statuses }: SearchQuery, { awaitingSince }: SearchPage) => {
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

const where = (conditions: ReadonlyArray<string>) =>
  conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`

/** The communications that a text may mean, with their times: each name and term is one look into an index. */
const soughtRows = (bind: Bind, key: SearchKey["Service"], { ids, names, terms }: Sought): string =>
  [
    ...(ids.length === 0 ? [] : [`SELECT id, created_at FROM communications WHERE id = ANY (${bind(ids)}::text[])`]),
    ...(names.length === 0
      ? []
      : [
          `SELECT c.id, c.created_at FROM unnest(${bind(names.map(({ kind }) => kind))}::text[], ${bind(
            names.map(({ value }) => indexKey(value))
          )}::text[]) AS n(kind, value) JOIN communication_ids k ON k.kind = n.kind AND k.value = n.value
  CROSS JOIN LATERAL (SELECT id, created_at FROM communications c WHERE c.id = k.id LIMIT 1) c`
        ]),
    ...(terms.length === 0
      ? []
      : [
          `SELECT id, created_at FROM search_terms WHERE terms && ${bind(terms.map((term) => storedTerm(key, term)))}::text[] COLLATE "C"`
        ])
  ].join(" UNION ")

/**
 * Sorts what the names lead to before it looks the communications up, so that it ends with the page. One customer may
 * have very many.
 */
const bySought = (
  key: SearchKey["Service"],
  query: SearchQuery,
  soughtTexts: ReadonlyArray<Sought>,
  page: SearchPage
): SearchStatement => {
  const { bind, parameters } = binder()
  const { codigo } = query
  const conditions = [
    "c.id = m.id",
    ...onView(bind, query, page),
    ...(codigo === undefined
      ? []
      : [`EXISTS (SELECT FROM communication_codigos k WHERE k.id = c.id AND k.codigo = ${bind(codigo)})`])
  ]
  const sought = soughtTexts.map((each) => `(${soughtRows(bind, key, each)})`).join(" INTERSECT ")
  const text = `WITH sought AS MATERIALIZED (${sought})
SELECT ${columns(bind, page)} FROM (
  SELECT * FROM sought m ${where(withinTime(bind, query, page)("m"))} ${newest("m")} OFFSET 0
) m CROSS JOIN LATERAL (
  SELECT * FROM communications c ${where(conditions)} LIMIT 1
) c ${newest("m")} LIMIT ${bind(page.limit)}::integer`
  return { text, parameters }
}

/** Reads the failures of this codigo in the order of the page, and looks each communication up. */
const byCodigo = (query: SearchQuery, codigo: string, page: SearchPage): SearchStatement => {
  const { bind, parameters } = binder()
  const conditions = [`k.codigo = ${bind(codigo)}`, ...withinTime(bind, query, page)("k")]
  const text = `SELECT ${columns(bind, page)} FROM communication_codigos k CROSS JOIN LATERAL (
  SELECT * FROM communications c ${where(["c.id = k.id", ...onView(bind, query, page)])} LIMIT 1
) c ${where(conditions)} ${newest("k")} LIMIT ${bind(page.limit)}::integer`
  return { text, parameters }
}

/** One status of one journey: a range of one index, in the order of the page. */
interface Branch {
  readonly status?: SearchStatus
  readonly mark?: SearchMark
}

/**
 * The branches of a query, each of which one index reads in the order of the page. An index by journey has the status
 * before the time, so that of a journey alone each status is a branch.
 */
const branchesOf = ({ journey, marks, statuses }: SearchQuery): ReadonlyArray<Branch> => {
  const wanted: ReadonlyArray<Branch> = [...statuses.map((status) => ({ status })), ...marks.map((mark) => ({ mark }))]
  if (wanted.length > 0) return wanted
  return journey === undefined ? [{}] : searchStatuses.map((status) => ({ status }))
}

const byView = (query: SearchQuery, page: SearchPage): SearchStatement => {
  const { bind, parameters } = binder()
  const { journey } = query
  const marks = markConditions(bind, page.awaitingSince)
  const branches = branchesOf(query).map(({ mark, status }) => {
    const conditions = [
      ...(journey === undefined ? [] : [`c.journey = ${bind(journey)}`]),
      ...(status === undefined ? [] : [`c.status = ${bind(status)}`]),
      ...(mark === undefined ? [] : [marks[mark]("c")]),
      ...withinTime(bind, query, page)("c")
    ]
    return `(SELECT c.created_at, c.id FROM communications c ${where(conditions)} ${newest("c")} LIMIT ${bind(page.limit)}::integer)`
  })
  const text = `WITH found AS MATERIALIZED (
  SELECT f.created_at, f.id FROM (${branches.join(" UNION ")}) f ${newest("f")} LIMIT ${bind(page.limit)}::integer
)
SELECT ${columns(bind, page)} FROM found f CROSS JOIN LATERAL (
  SELECT * FROM communications c WHERE c.id = f.id LIMIT 1
) c ${newest("f")}`
  return { text, parameters }
}

/** The statement of one page. Whatever is searched for, it reads what an index finds, and no whole table. */
export const searchStatement = (key: SearchKey["Service"], query: SearchQuery, page: SearchPage): SearchStatement => {
  const soughtTexts = [query.case, query.q].filter((sought) => sought !== undefined)
  if (soughtTexts.length > 0) return bySought(key, query, soughtTexts, page)
  return query.codigo === undefined ? byView(query, page) : byCodigo(query, query.codigo, page)
}

/** The statement of the ids that a text may mean, the newest communication first. */
export const soughtStatement = (key: SearchKey["Service"], sought: Sought, limit: number): SearchStatement => {
  const { bind, parameters } = binder()
  const text = `SELECT m.id FROM (${soughtRows(bind, key, sought)}) m ${newest("m")} LIMIT ${bind(limit)}::integer`
  return { text, parameters }
}
