import { indexKey } from "../../domain/inbound/namesOf.ts"
import type { Sought, SearchQuery } from "../../domain/search/SearchQuery.ts"
import type { SearchPage } from "../../services/CommunicationSearch.ts"
import type { SearchKey } from "../../services/SearchKey.ts"
import { type Bind, binder, branchConditions, columns, newest, onView, where, withinTime } from "./searchConditions.ts"
import { storedTerm } from "./searchRows.ts"

/** A statement with its parameters. */
export interface SearchStatement {
  readonly text: string
  readonly parameters: ReadonlyArray<unknown>
}

/** The communications that a text may mean, with their times: each name and term is one index lookup. */
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

/** Reads the rows of a page of `m`, which has their times and ids. */
const readPage = (bind: Bind, page: SearchPage, ctes: ReadonlyArray<string>, m: string) => `WITH ${ctes.join(", ")}
SELECT ${columns(bind, page)} FROM ${m} m CROSS JOIN LATERAL (
  SELECT * FROM communications c WHERE c.id = m.id LIMIT 1
) c ${newest("m")}`

const byView = (query: SearchQuery, page: SearchPage): SearchStatement => {
  const { bind, parameters } = binder()
  const limit = bind(page.limit)
  const branches = branchConditions(bind, query, page).map(
    (conditions) =>
      `(SELECT c.created_at, c.id FROM communications c ${conditions} ${newest("c")} LIMIT ${limit}::integer)`
  )
  const found = `found AS MATERIALIZED (
  SELECT f.created_at, f.id FROM (${branches.join(" UNION ")}) f ${newest("f")} LIMIT ${limit}::integer
)`
  return { text: readPage(bind, page, [found], "found"), parameters }
}

/**
 * Up to `candidates` candidates are looked up one by one. More are compared at once, with up to `compared`
 * communications.
 */
interface SearchBounds {
  readonly candidates: number
  readonly compared: number
}
const usualBounds: SearchBounds = { candidates: 500, compared: 20_000 }

/**
 * The row of a candidate. Candidates come in the order of their times, so a look-up by time reads pages that are near each
 * other, and a look-up by id does not. The collation keeps the primary key out.
 */
const isCandidate = `c.created_at = m.created_at AND c.id COLLATE "C" = m.id`

/**
 * The page of the candidates (`m`, the rows of `from` under these conditions) that also match the view. Few candidates
 * are looked up one by one. Many are compared with all communications that match the view, because possibly none of
 * them does. If those are many, too, the candidates are looked up one by one until the page is full.
 */
const matching = (
  bind: Bind,
  query: SearchQuery,
  page: SearchPage,
  { candidates, compared }: SearchBounds,
  from: string,
  conditions: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const end = `${newest("m")} LIMIT ${bind(page.limit)}::integer`
  const rows = `SELECT m.created_at, m.id FROM ${from} m`
  const view = onView(bind, query, page)
  if (view.length === 0) return [`page AS MATERIALIZED (${rows} ${where(conditions)} ${end})`]
  const branches = branchConditions(bind, query, page).map(
    (branch) => `(SELECT c.created_at, c.id FROM communications c ${branch} LIMIT ${compared + 1})`
  )
  return [
    `many AS MATERIALIZED (
  SELECT count(*) > ${candidates} AS yes FROM (SELECT FROM ${from} m ${where(conditions)} LIMIT ${candidates + 1}) n
)`,
    `wanted AS MATERIALIZED (
  SELECT * FROM (${branches.join(" UNION ALL ")}) f WHERE (SELECT yes FROM many) LIMIT ${compared + 1}
)`,
    `way AS MATERIALIZED (SELECT (SELECT yes FROM many) AND count(*) <= ${compared} AS compare FROM wanted)`,
    `page AS MATERIALIZED ((
  ${rows} ${where([...conditions, "(m.created_at, m.id) IN (SELECT created_at, id FROM wanted)", "(SELECT compare FROM way)"])} ${end}
) UNION ALL (
  SELECT m.created_at, m.id FROM (${rows} ${where(conditions)} ${newest("m")} OFFSET 0) m CROSS JOIN LATERAL (
    SELECT FROM communications c ${where([isCandidate, ...view])} LIMIT 1
  ) c WHERE NOT (SELECT compare FROM way) ${end}
))`
  ]
}

/**
 * A customer may have very many communications, so the ids that the names lead to are sorted before a communication is
 * looked up.
 */
const bySought = (
  key: SearchKey["Service"],
  query: SearchQuery,
  soughtTexts: ReadonlyArray<Sought>,
  page: SearchPage,
  bounds: SearchBounds
): SearchStatement => {
  const { bind, parameters } = binder()
  const { codigo } = query
  const sought = soughtTexts.map((each) => `(${soughtRows(bind, key, each)})`).join(" INTERSECT ")
  const conditions = [
    ...withinTime(bind, query, page)("m"),
    ...(codigo === undefined
      ? []
      : [
          `EXISTS (SELECT FROM communication_codigos k WHERE k.codigo = ${bind(codigo)} AND k.created_at = m.created_at AND k.id = m.id)`
        ])
  ]
  const ctes = [`sought AS MATERIALIZED (${sought})`, ...matching(bind, query, page, bounds, "sought", conditions)]
  return { text: readPage(bind, page, ctes, "page"), parameters }
}

/** The failures of this codigo are a range of an index in the order of the page. */
const byCodigo = (query: SearchQuery, codigo: string, page: SearchPage, bounds: SearchBounds): SearchStatement => {
  const { bind, parameters } = binder()
  const conditions = [`m.codigo = ${bind(codigo)}`, ...withinTime(bind, query, page)("m")]
  const ctes = matching(bind, query, page, bounds, "communication_codigos", conditions)
  return { text: readPage(bind, page, ctes, "page"), parameters }
}

/**
 * The statement of one page. It reads only rows that an index finds, whatever is searched for, and never a whole table.
 */
export const searchStatement = (
  key: SearchKey["Service"],
  query: SearchQuery,
  page: SearchPage,
  bounds = usualBounds
): SearchStatement => {
  const soughtTexts = [query.case, query.q].filter((sought) => sought !== undefined)
  if (soughtTexts.length > 0) return bySought(key, query, soughtTexts, page, bounds)
  return query.codigo === undefined ? byView(query, page) : byCodigo(query, query.codigo, page, bounds)
}

/** The statement of the ids that a text may mean, the newest communication first. */
export const soughtStatement = (key: SearchKey["Service"], sought: Sought, limit: number): SearchStatement => {
  const { bind, parameters } = binder()
  const text = `SELECT m.id FROM (${soughtRows(bind, key, sought)}) m ${newest("m")} LIMIT ${bind(limit)}::integer`
  return { text, parameters }
}
