import type { CustomerCreation } from "../../services/CustomerCreations.ts"

/** A beginning, or an outcome, of one creation. */
export interface CreationChange {
  readonly identities: ReadonlyArray<string>
  /** When the creation began, epoch milliseconds. */
  readonly at: number
  /** What a beginning expects to find. */
  readonly seen: ReadonlyMap<string, CustomerCreation>
  /** The outcome. Absent for a beginning. */
  readonly sysId?: string
}

/**
 * Begins creations and stores outcomes. A creation begins at all of its identities or at none. An identity that another
 * process began after this statement's snapshot is not returned. The rows of that creation's other identities remain in
 * doubt, although nothing was sent for them. An outcome does not apply to a creation that was begun again later. Rows
 * are sorted, as in all statements here, so that two of them never deadlock over them. The parameters begin at
 * `$first`.
 */
export const changeParts = (first: number): string => {
  const columns = Array.from({ length: 7 }, (_, index) => `$${first + index}::text[]`).join(", ")
  return `wanted AS MATERIALIZED (
  SELECT identity, call, to_timestamp(at::float8 / 1000) AS at, to_timestamp(nullif(begun, '')::float8 / 1000) AS begun,
    to_timestamp(nullif(sent, '')::float8 / 1000) AS sent, nullif(sys_id, '') AS sys_id, nullif(outcome, '') AS outcome
  FROM unnest(${columns}) AS u(identity, call, at, begun, sent, sys_id, outcome)
), known AS MATERIALIZED (
  SELECT c.* FROM (SELECT identity FROM wanted WHERE outcome IS NULL ORDER BY identity) w CROSS JOIN LATERAL (
    SELECT * FROM customer_creations k WHERE k.identity = w.identity LIMIT 1 FOR UPDATE
  ) c
), overtaken AS MATERIALIZED (
  SELECT w.call FROM wanted w LEFT JOIN known k USING (identity)
  WHERE w.outcome IS NULL AND (k.begun_at, k.sent_until, k.sys_id) IS DISTINCT FROM (w.begun, w.sent, w.sys_id)
), changed AS (
  INSERT INTO customer_creations AS c (identity, begun_at, sys_id)
  SELECT identity, at, outcome FROM wanted WHERE call NOT IN (SELECT call FROM overtaken) ORDER BY identity
  ON CONFLICT (identity) DO UPDATE SET begun_at = excluded.begun_at, sent_until = NULL, sys_id = excluded.sys_id
  WHERE CASE WHEN excluded.sys_id IS NULL THEN EXISTS (
    SELECT FROM wanted w WHERE w.identity = c.identity
      AND (c.begun_at, c.sent_until, c.sys_id) IS NOT DISTINCT FROM (w.begun, w.sent, w.sys_id)
  ) ELSE c.begun_at <= excluded.begun_at END
  RETURNING c.identity
)`
}

/**
 * Returns the changes that one statement can make, with no identity twice. Of the outcomes of one identity the latest
 * counts. A beginning that shares an identity with an outcome, or with an earlier beginning, has lost.
 */
export const tried = (changes: ReadonlyArray<CreationChange>): ReadonlyArray<CreationChange> => {
  const taken = new Set<string>()
  const outcomes = changes.filter(({ sysId }) => sysId !== undefined).toSorted((one, other) => other.at - one.at)
  for (const { identities } of outcomes) for (const identity of identities) taken.add(identity)
  const beginnings = changes.filter(({ identities, sysId }) => {
    const free = sysId === undefined && !identities.some((identity) => taken.has(identity))
    if (free) for (const identity of identities) taken.add(identity)
    return free
  })
  return [...outcomes, ...beginnings]
}

/** The parameters of `changeParts`, for changes that were `tried`. */
export const changeParameters = (changes: ReadonlyArray<CreationChange>): ReadonlyArray<ReadonlyArray<string>> => {
  const written = new Set<string>()
  const rows = changes.flatMap(({ at, identities, seen, sysId }, call) =>
    identities.flatMap((identity) => {
      if (written.has(identity)) return []
      written.add(identity)
      const was = seen.get(identity)
      return { identity, call: String(call), at: String(at), was, outcome: sysId ?? "" }
    })
  )
  return [
    rows.map(({ identity }) => identity),
    rows.map(({ call }) => call),
    rows.map(({ at }) => at),
    rows.map(({ was }) => String(was?.begunAt ?? "")),
    rows.map(({ was }) => String(was?.sentUntil ?? "")),
    rows.map(({ was }) => was?.sysId ?? ""),
    rows.map(({ outcome }) => outcome)
  ]
}
