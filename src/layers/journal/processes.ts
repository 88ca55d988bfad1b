import { Effect, Schema } from "effect"

import { Json } from "../../domain/record/ChannelResult.ts"
import { Processes } from "../../services/Processes.ts"
import { schemaVersion } from "../database/migrate.ts"
import type { SqlAccess } from "./sqlAccess.ts"

/**
 * Uses the database's clock, which all processes share. Deletes the processes that have been dead for an hour. Counts the
 * other ones that live.
 */
const REPORT = `WITH gone AS (DELETE FROM processes WHERE at < now() - interval '1 hour' AND id <> $1), own AS (
  INSERT INTO processes (id, schema_version, started_at, at, state) VALUES ($1, $2, now(), now(), $3)
  ON CONFLICT (id) DO UPDATE SET at = excluded.at, state = excluded.state
)
SELECT count(*)::integer AS others FROM processes WHERE at >= now() - interval '30 seconds' AND id <> $1`

const ALIVE = `SELECT id, schema_version AS "schemaVersion", (extract(epoch FROM started_at) * 1000)::float8 AS "startedAt",
  (extract(epoch FROM at) * 1000)::float8 AS "seenAt", state
FROM processes WHERE at >= now() - interval '30 seconds' ORDER BY started_at, id`

interface Row {
  readonly id: string
  readonly schemaVersion: number
  readonly startedAt: number
  readonly seenAt: number
  readonly state: string
}

const decodeState = Schema.decodeUnknownEffect(Schema.fromJsonString(Json))

/** Stores the list of processes in SQL. `self` names this one. A report sets the pace of its statements. */
export const processesIn = ({ pace, persist, sql, write }: SqlAccess, self: string) =>
  Processes.of({
    report: (state) =>
      Effect.map(write(sql.unsafe<{ others: number }>(REPORT, [self, schemaVersion, JSON.stringify(state)])), ([row]) =>
        pace.sharedBy(1 + (row?.others ?? 0))
      ),
    alive: Effect.flatMap(persist(sql.unsafe<Row>(ALIVE)), (rows) =>
      Effect.forEach(rows, (row) => Effect.map(Effect.orDie(decodeState(row.state)), (state) => ({ ...row, state })))
    )
  })
