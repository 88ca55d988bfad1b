import { createHmac } from "node:crypto"

import { Effect, Exit } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"

import { type CustomerCreation, CustomerCreations } from "../../services/CustomerCreations.ts"
import { databaseSpan } from "../../telemetry/databaseSpan.ts"
import { makeBatchQueue } from "./batchQueue.ts"
import { BATCH, type SqlAccess } from "./sqlAccess.ts"

/** Makes one index lookup per identity, whatever the statistics are. A plan that was made for an empty table stays. */
const FIND = `SELECT c.identity, (extract(epoch FROM c.begun_at) * 1000)::float8 AS begun,
  (extract(epoch FROM c.sent_until) * 1000)::float8 AS sent, c.sys_id AS "sysId"
FROM unnest($1::text[]) AS u(identity) CROSS JOIN LATERAL (
  SELECT * FROM customer_creations k WHERE k.identity = u.identity LIMIT 1
) c`

interface Row {
  readonly identity: string
  readonly begun: number
  readonly sent: number | null
  readonly sysId: string | null
}

/**
 * Begins many creations. A creation begins at all of its identities or at none. An identity that another process began
 * after this statement's snapshot is not returned. The other identities of that creation stay as a doubt about which
 * nothing was sent.
 */
const BEGIN = `WITH wanted AS MATERIALIZED (
  SELECT identity, call, to_timestamp(at::float8 / 1000) AS at, to_timestamp(nullif(begun, '')::float8 / 1000) AS begun,
    to_timestamp(nullif(sent, '')::float8 / 1000) AS sent, nullif(sys_id, '') AS sys_id
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    AS u(identity, call, at, begun, sent, sys_id)
), known AS MATERIALIZED (
  SELECT c.* FROM (SELECT identity FROM wanted ORDER BY identity) w CROSS JOIN LATERAL (
    SELECT * FROM customer_creations k WHERE k.identity = w.identity LIMIT 1 FOR UPDATE
  ) c
), overtaken AS MATERIALIZED (
  SELECT w.call FROM wanted w LEFT JOIN known k USING (identity)
  WHERE (k.begun_at, k.sent_until, k.sys_id) IS DISTINCT FROM (w.begun, w.sent, w.sys_id)
)
INSERT INTO customer_creations AS c (identity, begun_at)
SELECT identity, at FROM wanted WHERE call NOT IN (SELECT call FROM overtaken) ORDER BY identity
ON CONFLICT (identity) DO UPDATE SET begun_at = excluded.begun_at, sent_until = NULL, sys_id = NULL
WHERE EXISTS (
  SELECT FROM wanted w WHERE w.identity = c.identity
    AND (c.begun_at, c.sent_until, c.sys_id) IS NOT DISTINCT FROM (w.begun, w.sent, w.sys_id)
)
RETURNING c.identity`

/**
 * Stores the outcomes of many creations. The rows are sorted, as in all statements here, so that two of them never
 * deadlock. An outcome does not apply to a creation that was begun again later.
 */
const SETTLE = `INSERT INTO customer_creations AS c (identity, begun_at, sys_id)
SELECT DISTINCT ON (identity) identity, to_timestamp(at::float8 / 1000), sys_id
FROM unnest($1::text[], $2::text[], $3::text[]) AS u(identity, at, sys_id)
ORDER BY identity, at::float8 DESC, sys_id DESC
ON CONFLICT (identity) DO UPDATE SET begun_at = excluded.begun_at, sent_until = NULL, sys_id = excluded.sys_id
WHERE c.begun_at <= excluded.begun_at`

const LOCKED = `WITH mine AS MATERIALIZED (
  SELECT c.identity, u.at, u.value FROM customer_creations c
  JOIN unnest($1::text[], $2::text[], $3::text[]) AS u(identity, at, value) USING (identity) ORDER BY 1 FOR UPDATE OF c
)`

const RECKON = `${LOCKED} UPDATE customer_creations c SET sent_until = to_timestamp(mine.value::float8 / 1000)
FROM mine WHERE c.identity = mine.identity AND c.begun_at = to_timestamp(mine.at::float8 / 1000)
  AND c.sent_until IS NULL AND c.sys_id IS NULL`

const WITHDRAW = `${LOCKED} DELETE FROM customer_creations c USING mine
WHERE c.identity = mine.identity AND c.begun_at = to_timestamp(mine.at::float8 / 1000) AND c.sys_id IS NULL`

const PRUNE = `WITH gone AS (
  DELETE FROM customer_creations WHERE identity IN (
    SELECT identity FROM customer_creations WHERE begun_at < to_timestamp($1::float8 / 1000)
    ORDER BY identity FOR UPDATE SKIP LOCKED
  ) RETURNING 1
) SELECT count(*)::integer AS count FROM gone`

/** The rows of one call: creations that began at a time, with one value. */
interface Change {
  readonly of: ReadonlyArray<Pick<CustomerCreation, "identity" | "begunAt">>
  readonly value: string
}

interface Beginning {
  readonly identities: ReadonlyArray<string>
  readonly at: number
  readonly seen: ReadonlyMap<string, CustomerCreation>
}

interface Outcome {
  readonly identities: ReadonlyArray<string>
  readonly at: number
  readonly sysId: string
}

const toCreation = ({ begun, identity, sent, sysId }: Row): CustomerCreation => ({
  identity,
  begunAt: begun,
  ...(sent !== null && { sentUntil: sent }),
  ...(sysId !== null && { sysId })
})

const find = Effect.fnUntraced(function* (sql: SqlClient, calls: ReadonlyArray<ReadonlyArray<string>>) {
  const rows = yield* sql.unsafe<Row>(FIND, [[...new Set(calls.flat())]])
  const found = new Map(rows.map((row) => [row.identity, toCreation(row)]))
  return calls.map((identities) => Exit.succeed(identities.flatMap((identity) => found.get(identity) ?? [])))
})

/** Returns the beginnings that share no identity with an earlier one. The earlier beginning is faster. */
const apart = (beginnings: ReadonlyArray<Beginning>) => {
  const taken = new Set<string>()
  return beginnings.filter(({ identities }) => {
    const free = !identities.some((identity) => taken.has(identity))
    if (free) for (const identity of identities) taken.add(identity)
    return free
  })
}

/** Begins creations and returns for each whether it has begun. */
const begin = Effect.fnUntraced(function* (sql: SqlClient, beginnings: ReadonlyArray<Beginning>) {
  const tried = apart(beginnings)
  const rows = tried.flatMap(({ at, identities, seen }, call) =>
    identities.map((identity) => ({ identity, call: String(call), at: String(at), was: seen.get(identity) }))
  )
  const written = yield* sql.unsafe<{ identity: string }>(BEGIN, [
    rows.map(({ identity }) => identity),
    rows.map(({ call }) => call),
    rows.map(({ at }) => at),
    rows.map(({ was }) => String(was?.begunAt ?? "")),
    rows.map(({ was }) => String(was?.sentUntil ?? "")),
    rows.map(({ was }) => was?.sysId ?? "")
  ])
  const begun = new Set(written.map(({ identity }) => identity))
  const going = new Set(tried.filter(({ identities }) => identities.every((identity) => begun.has(identity))))
  return beginnings.map((one) => Exit.succeed(going.has(one)))
})

/** Stores the creations of customers in SQL, by a keyed hash of their identities. */
export const makeCreationBook = Effect.fnUntraced(function* ({ persist, read, sql, write, writeTogether }: SqlAccess) {
  const [secret] = yield* persist(sql<{ key: string }>`SELECT key FROM identity_key`)
  const hashed = (identities: ReadonlyArray<string>) =>
    identities.map((identity) =>
      createHmac("sha256", secret?.key ?? "")
        .update(identity)
        .digest("base64url")
    )
  const changing = (statement: string) =>
    writeTogether<Change>((changes) =>
      sql.unsafe(statement, [
        changes.flatMap((change) => hashed(change.of.map(({ identity }) => identity))),
        changes.flatMap((change) => change.of.map(({ begunAt }) => String(begunAt))),
        changes.flatMap((change) => change.of.map(() => change.value))
      ])
    )
  const look = yield* read<ReadonlyArray<string>, ReadonlyArray<CustomerCreation>>(find)
  const beginTogether = yield* makeBatchQueue<Beginning, boolean, never>({
    max: BATCH,
    maxWeight: BATCH,
    weigh: () => 1,
    key: () => undefined,
    concurrency: 1,
    run: (beginnings) => write(begin(sql, beginnings))
  })
  const settle = yield* writeTogether<Outcome>((all) =>
    sql.unsafe(SETTLE, [
      all.flatMap(({ identities }) => identities),
      all.flatMap(({ at, identities }) => identities.map(() => String(at))),
      all.flatMap(({ identities, sysId }) => identities.map(() => sysId))
    ])
  )
  const reckon = yield* changing(RECKON)
  const withdraw = yield* changing(WITHDRAW)
  return CustomerCreations.of({
    find: databaseSpan("SELECT", "customer_creations", (identities: ReadonlyArray<string>) => {
      const hashes = hashed(identities)
      const plain = new Map(hashes.map((hash, index) => [hash, identities[index] ?? ""]))
      return Effect.map(look(hashes), (found) =>
        found.map((one) => ({ ...one, identity: plain.get(one.identity) ?? one.identity }))
      )
    }),
    begin: databaseSpan(
      "INSERT",
      "customer_creations",
      (identities: ReadonlyArray<string>, at: number, seen: ReadonlyArray<CustomerCreation>) =>
        Effect.suspend(() => {
          const hashes = hashed(seen.map(({ identity }) => identity))
          return beginTogether({
            identities: [...new Set(hashed(identities))],
            at,
            seen: new Map(seen.map((one, index) => [hashes[index] ?? "", one]))
          })
        })
    ),
    reckon: databaseSpan("UPDATE", "customer_creations", (seen: ReadonlyArray<CustomerCreation>, sentUntil: number) =>
      reckon({ of: seen, value: String(sentUntil) })
    ),
    settle: databaseSpan(
      "UPDATE",
      "customer_creations",
      (identities: ReadonlyArray<string>, at: number, sysId: string) =>
        settle({ identities: hashed(identities), at, sysId })
    ),
    withdraw: databaseSpan("DELETE", "customer_creations", (identities: ReadonlyArray<string>, at: number) =>
      withdraw({ of: identities.map((identity) => ({ identity, begunAt: at })), value: "" })
    ),
    prune: (before) => Effect.map(write(sql.unsafe<{ count: number }>(PRUNE, [before])), ([row]) => row?.count ?? 0)
  })
})
