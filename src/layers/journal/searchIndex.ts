import { Effect } from "effect"

import { type IndexFill, SearchIndex, type Unindexed } from "../../services/SearchIndex.ts"
import type { SearchKey } from "../../services/SearchKey.ts"
import { storedTerms } from "./searchRows.ts"
import type { SqlAccess } from "./sqlAccess.ts"

/** Each half reads its own index, which is empty once all is done. */
const MISSING = `SELECT id, seq FROM (
  (SELECT id, seq FROM communications
  WHERE NOT listed AND NOT EXISTS (SELECT FROM unnest($3::text[]) AS e(id) WHERE e.id = communications.id)
  ORDER BY created_at DESC, id DESC LIMIT $1::integer)
  UNION ALL
  (SELECT c.id, c.seq FROM search_terms s CROSS JOIN LATERAL (
    SELECT id, seq FROM communications k WHERE k.id = s.id AND k.listed LIMIT 1
  ) c
  WHERE s.key < $2::integer AND NOT EXISTS (SELECT FROM unnest($3::text[]) AS e(id) WHERE e.id = s.id)
  ORDER BY s.key DESC LIMIT $1::integer)
) m LIMIT $1::integer`

/**
 * The fence of appends. A communication with a fact since `seq` was indexed by its append, or comes again. A locked row
 * has a writer at work.
 */
const FILL = `WITH input AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    AS u(id, seq, listing, writes, terms, codigos)
), same AS MATERIALIZED (
  SELECT c.id, c.created_at, i.listing, i.writes, i.terms, i.codigos
  FROM input i CROSS JOIN LATERAL (
    SELECT k.id, k.created_at FROM communications k WHERE k.id = i.id AND k.seq = i.seq::integer
    FOR NO KEY UPDATE SKIP LOCKED
  ) c
), listed AS (
  UPDATE communications c SET listing = s.listing, listed = true, writes = nullif(s.writes, '')::integer FROM same s WHERE c.id = s.id
), termed AS (
  INSERT INTO search_terms (id, created_at, key, terms)
  SELECT id, created_at, $7::integer, string_to_array(terms, E'\\n') FROM same WHERE terms <> '' ORDER BY id
  ON CONFLICT (id) DO UPDATE SET key = EXCLUDED.key, terms = EXCLUDED.terms
), healed AS (
  DELETE FROM communication_codigos c USING same s
  WHERE c.id = s.id AND c.codigo <> ALL (string_to_array(s.codigos, ' '))
), failed AS (
  INSERT INTO communication_codigos (codigo, created_at, id)
  SELECT u.codigo, s.created_at, s.id FROM same s CROSS JOIN LATERAL unnest(string_to_array(s.codigos, ' ')) AS u(codigo)
  ON CONFLICT DO NOTHING
)
SELECT count(*)::integer AS count FROM same`

/** `SearchIndex` in SQL. */
export const searchIndexIn = ({ persist, sql, write }: SqlAccess, key: SearchKey["Service"]) =>
  SearchIndex.of({
    missing: (limit, skip) => persist(sql.unsafe<Unindexed>(MISSING, [limit, key.number, skip]).unprepared),
    complete: (fills: ReadonlyArray<IndexFill>) =>
      Effect.map(
        write(
          sql.unsafe<{ count: number }>(FILL, [
            fills.map(({ id }) => id),
            fills.map(({ seq }) => String(seq)),
            fills.map(({ listing }) => JSON.stringify(listing)),
            fills.map(({ writes }) => String(writes ?? "")),
            fills.map(({ terms }) => storedTerms(key, terms)),
            fills.map(({ codigos }) => codigos.join(" ")),
            key.number
          ])
        ),
        ([row]) => row?.count ?? 0
      )
  })
