import { Effect } from "effect"

import {
  mostFailures,
  type NewOperation,
  noneEnded,
  type Operation,
  type OperationFailure,
  Operations
} from "../../services/Operations.ts"
import type { SqlAccess } from "./sqlAccess.ts"
import { asMillis, asTime } from "./times.ts"

const BEGIN = `WITH begun AS (
  INSERT INTO operations (id, action, operator, reason, at, target, state, total, done, next_position, ended_at)
  SELECT $1, $2, $3, $4, ${asTime("$5")}, $7, CASE WHEN n = 0 THEN 'done' ELSE 'running' END, n + $8::integer, $8::integer, n,
    CASE WHEN n = 0 THEN ${asTime("$5")} END
  FROM (SELECT cardinality($6::text[]) AS n) AS counted
  ON CONFLICT (id) DO NOTHING RETURNING id
), failed AS (
  INSERT INTO operation_failures (operation, position, id, reason, tag)
  SELECT begun.id, -failure.position, failure.id, failure.reason, nullif(failure.tag, '') FROM begun,
    unnest($9::text[], $10::text[], $11::text[]) WITH ORDINALITY AS failure(id, reason, tag, position)
)
INSERT INTO operation_items (operation, position, id, due)
SELECT begun.id, item.position - 1, item.id, to_timestamp(0) FROM begun,
  unnest($6::text[]) WITH ORDINALITY AS item(id, position)`

const BEGIN_OWN = `INSERT INTO operations (id, action, operator, reason, at, target, state, total, done, next_position)
VALUES ($1, $2, $3, $4, ${asTime("$5")}, $6, 'running', $7, 0, 0) ON CONFLICT (id) DO NOTHING`

const END = `WITH ended AS (
  UPDATE operations SET done = $3, ended_at = coalesce(ended_at, ${asTime("$2")}),
    state = CASE WHEN state = 'running' THEN 'done' ELSE state END
  WHERE id = $1 AND done = 0 RETURNING id
)
INSERT INTO operation_failures (operation, position, id, reason, tag)
SELECT ended.id, failure.position, failure.id, failure.reason, nullif(failure.tag, '') FROM ended,
  unnest($4::text[], $5::text[], $6::text[]) WITH ORDINALITY AS failure(id, reason, tag, position)
ON CONFLICT (operation, position) DO NOTHING`

const STOP_ABANDONED = `WITH stopped AS (
  UPDATE operations o SET state = 'stopped', ended_at = ${asTime("$2")}
  WHERE o.state = 'running' AND o.at < ${asTime("$1")} AND NOT EXISTS (SELECT 1 FROM operation_items i WHERE i.operation = o.id)
  RETURNING 1
) SELECT count(*)::integer AS count FROM stopped`

const FIELDS = `o.id, o.action, o.operator AS "by", o.reason, ${asMillis("o.at")} AS at, o.target, o.state, o.total, o.done,
  ${asMillis("o.ended_at")} AS "endedAt",
  coalesce((SELECT json_agg(json_strip_nulls(json_build_object('id', f.id, 'reason', f.reason, 'tag', f.tag)) ORDER BY abs(f.position))
    FROM (SELECT * FROM operation_failures WHERE operation = o.id ORDER BY abs(position) LIMIT ${mostFailures}) AS f), '[]')::text AS failures`

const GET = `SELECT ${FIELDS} FROM operations o WHERE o.id = $1`

const LIST = `SELECT ${FIELDS} FROM operations o
WHERE $2::float8 IS NULL OR (o.at, o.id COLLATE "C") < (${asTime("$2")}, $3 COLLATE "C")
ORDER BY o.at DESC, o.id COLLATE "C" DESC LIMIT $1`

const NEXT = `SELECT o.id AS operation, o.action, o.operator AS "by", o.reason, ${asMillis("o.at")} AS at, item.position::float8 AS position, item.id
FROM operations o CROSS JOIN LATERAL (
  SELECT position, id FROM operation_items i WHERE i.operation = o.id AND i.due <= ${asTime("$1")}
  ORDER BY i.position LIMIT $2
) AS item
WHERE o.state = 'running' ORDER BY o.at, o.id COLLATE "C", item.position`

/**
 * Counts on the operation's own row, so that the last of several items that end at once ends the operation. A process that
 * took a single action and the runner of another one may try the same item: if one of them acted, the item has not failed.
 */
const FINISH = `WITH gone AS (
  DELETE FROM operation_items WHERE operation = $1 AND position = $2 RETURNING 1
), failed AS (
  INSERT INTO operation_failures (operation, position, id, reason, tag)
  SELECT $1, $2, $4::text, $5::text, $6::text FROM gone WHERE $4::text IS NOT NULL
), acted AS (
  DELETE FROM operation_failures
  WHERE $4::text IS NULL AND NOT EXISTS (SELECT 1 FROM gone) AND operation = $1 AND id = $7
)
UPDATE operations SET done = done + 1,
  state = CASE WHEN state = 'running' AND done + 1 >= total THEN 'done' ELSE state END,
  ended_at = CASE WHEN state = 'running' AND done + 1 >= total THEN ${asTime("$3")} ELSE ended_at END
FROM gone WHERE id = $1`

/** The operation's row counts the positions, because a failure keeps the position of its item for good. */
const POSTPONE = `WITH item AS (
  SELECT 1 FROM operation_items WHERE operation = $1 AND position = $2 FOR UPDATE
), line AS (
  UPDATE operations SET next_position = next_position + 1 FROM item WHERE id = $1 RETURNING next_position - 1 AS position
)
UPDATE operation_items SET due = ${asTime("$3")}, position = line.position FROM line
WHERE operation = $1 AND operation_items.position = $2`

const STOP = `WITH stopped AS (
  UPDATE operations SET state = 'stopped', ended_at = ${asTime("$2")} WHERE id = $1 AND state = 'running' RETURNING id
) DELETE FROM operation_items i USING stopped WHERE i.operation = stopped.id`

const PRUNE = `WITH gone AS (DELETE FROM operations WHERE ended_at < ${asTime("$1")} RETURNING 1)
SELECT count(*)::integer AS count FROM gone`

interface Row extends Omit<Operation, "endedAt" | "failures" | "target"> {
  readonly target: string | null
  readonly endedAt: number | null
  readonly failures: string
}

interface ItemRow extends Omit<NewOperation, "id"> {
  readonly operation: string
  readonly position: number
  readonly id: string
}

const toOperation = ({ endedAt, failures, target, ...row }: Row): Operation => ({
  ...row,
  ...(target !== null && { target }),
  failures: JSON.parse(failures),
  ...(endedAt !== null && { endedAt })
})

/** Ids, reasons and tags, of which `""` is none. */
const columnsOf = (failures: ReadonlyArray<OperationFailure>) => [
  failures.map(({ id }) => id),
  failures.map(({ reason }) => reason),
  failures.map(({ tag }) => tag ?? "")
]

/** `Operations` in SQL. */
export const operationsInSql = ({ persist, sql, write }: SqlAccess) =>
  Operations.of({
    begin: ({ action, at, by, id, reason, target }, items, { done, failures } = noneEnded) =>
      Effect.asVoid(
        write(sql.unsafe(BEGIN, [id, action, by, reason, at, items, target ?? null, done, ...columnsOf(failures)]))
      ),
    beginOwn: ({ action, at, by, id, reason, target }, total) =>
      Effect.asVoid(write(sql.unsafe(BEGIN_OWN, [id, action, by, reason, at, target ?? null, total]))),
    end: (id, at, { done, failures }) => Effect.asVoid(write(sql.unsafe(END, [id, at, done, ...columnsOf(failures)]))),
    stopAbandoned: (before, at) =>
      Effect.map(write(sql.unsafe<{ count: number }>(STOP_ABANDONED, [before, at])), ([row]) => row?.count ?? 0),
    get: (id) => Effect.map(persist(sql.unsafe<Row>(GET, [id])), ([row]) => row && toOperation(row)),
    list: (limit, after) =>
      Effect.map(persist(sql.unsafe<Row>(LIST, [limit, after?.at ?? null, after?.id ?? ""])), (rows) =>
        rows.map(toOperation)
      ),
    next: (now, limit) =>
      Effect.map(persist(sql.unsafe<ItemRow>(NEXT, [now, limit])), (rows) =>
        rows.map(({ id, operation, position, ...order }) => ({ id, position, operation: { id: operation, ...order } }))
      ),
    finish: ({ id, operation, position }, at, failure) =>
      Effect.asVoid(
        write(
          sql.unsafe(FINISH, [
            operation.id,
            position,
            at,
            failure?.id ?? null,
            failure?.reason ?? null,
            failure?.tag ?? null,
            id
          ])
        )
      ),
    postpone: ({ operation, position }, until) =>
      Effect.asVoid(write(sql.unsafe(POSTPONE, [operation.id, position, until]))),
    stop: (id, at) => Effect.asVoid(write(sql.unsafe(STOP, [id, at]))),
    prune: (before) => Effect.map(write(sql.unsafe<{ count: number }>(PRUNE, [before])), ([row]) => row?.count ?? 0)
  })
