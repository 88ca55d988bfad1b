import { isPersonalTerm, type SearchTerm } from "../../domain/search/SearchTerm.ts"
import type { Append } from "../../services/Journal.ts"
import type { SearchKey } from "../../services/SearchKey.ts"

/** A term as it is stored: its kind, and its value or the keyed hash of that. An id is found by its `ref`. */
export const storedTerm = (key: SearchKey["Service"], term: SearchTerm): string =>
  term.kind === "id"
    ? `ref:${key.hash("ref", term.value)}`
    : `${term.kind}:${isPersonalTerm(term) ? key.hash(term.kind, term.value) : term.value}`

/** Stored terms, each on a line. No value has a line break (`searchText`). */
export const storedTerms = (key: SearchKey["Service"], terms: ReadonlyArray<SearchTerm>): string =>
  terms.length === 0 ? "" : [...new Set(terms.map((term) => storedTerm(key, term)))].join("\n")

/** The texts of an append that the search needs. */
export const searchTexts = (key: SearchKey["Service"], append: Append): SearchRow & { readonly listing: string } => ({
  append,
  key: key.number,
  terms: storedTerms(key, append.terms ?? []),
  listing: append.view.listing === undefined ? "" : JSON.stringify(append.view.listing)
})

/** What an append of these texts adds to the search tables. */
interface SearchRow {
  readonly append: Append
  readonly terms: string
  readonly key: number
}

/** The number of parameters of `searchParts`. */
export const searchWidth = 5

/**
 * The search's part of an append: its terms and its codigos. Joins `written` and `won` of `APPEND_PARTS`. Codigos are
 * replaced by the new ones. The parameters begin at `$first`.
 */
export const searchParts = (first: number): string => {
  const at = (index: number) => `$${first + index}`
  return `termed AS (
  INSERT INTO search_terms AS s (id, created_at, key, terms)
  SELECT t.id, written.created_at, ${at(2)}::integer, string_to_array(t.terms, E'\\n')
  FROM unnest(${at(0)}::text[], ${at(1)}::text[]) AS t(id, terms) JOIN written USING (id) JOIN won USING (id)
  ORDER BY t.id
  ON CONFLICT (id) DO UPDATE SET terms = ARRAY(SELECT unnest(s.terms) UNION SELECT unnest(EXCLUDED.terms))
), healed AS (
  DELETE FROM communication_codigos c USING unnest(${at(3)}::text[], ${at(4)}::text[]) AS n(id, codigos) JOIN won USING (id)
  WHERE c.id = n.id AND c.codigo <> ALL (string_to_array(n.codigos, ' '))
), failed AS (
  INSERT INTO communication_codigos (codigo, created_at, id)
  SELECT u.codigo, written.created_at, n.id
  FROM unnest(${at(3)}::text[], ${at(4)}::text[]) AS n(id, codigos) JOIN written USING (id) JOIN won USING (id)
    CROSS JOIN LATERAL unnest(string_to_array(n.codigos, ' ')) AS u(codigo)
  ORDER BY 1, 3
  ON CONFLICT DO NOTHING
)`
}

/** The parameters of `searchParts`. */
export const searchParameters = (rows: ReadonlyArray<SearchRow>): ReadonlyArray<unknown> => {
  const termed = rows.filter(({ terms }) => terms !== "")
  const changed = rows.flatMap(({ append: { codigos, id } }) => (codigos === undefined ? [] : { id, codigos }))
  return [
    termed.map(({ append }) => append.id),
    termed.map(({ terms }) => terms),
    String(rows[0]?.key ?? 0),
    changed.map(({ id }) => id),
    changed.map(({ codigos }) => codigos.join(" "))
  ]
}
