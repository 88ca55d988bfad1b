import { Effect } from "effect"

import { Sessions, type StoredSession } from "../../services/Sessions.ts"
import type { SqlAccess } from "./sqlAccess.ts"

const BEGIN = `INSERT INTO sessions (hash, name, proof, used_at) VALUES ($1, $2, $3, to_timestamp($4::float8 / 1000))
ON CONFLICT (hash) DO NOTHING`

const FIND = `SELECT name, proof, (extract(epoch FROM used_at) * 1000)::float8 AS "usedAt" FROM sessions
WHERE hash = $1 AND used_at >= to_timestamp($2::float8 / 1000)`

const USE = `UPDATE sessions SET used_at = greatest(used_at, to_timestamp($2::float8 / 1000)) WHERE hash = $1`

interface Row extends StoredSession {
  readonly usedAt: number
}

/**
 * Milliseconds within which a further use is not stored, at most a tenth of the idle time. A page makes many requests
 * at once.
 */
const resolution = 60_000

/** Stores the sessions in SQL. */
export const sessionsIn = ({ persist, sql, write }: SqlAccess) =>
  Sessions.of({
    begin: (hash, { name, proof }, at) => Effect.asVoid(write(sql.unsafe(BEGIN, [hash, name, proof, at]))),
    use: Effect.fnUntraced(function* (hash, at, idleSince) {
      const [row] = yield* persist(sql.unsafe<Row>(FIND, [hash, idleSince]))
      if (row === undefined) return undefined
      if (at - row.usedAt > Math.min(resolution, (at - idleSince) / 10)) yield* write(sql.unsafe(USE, [hash, at]))
      return { name: row.name, proof: row.proof }
    }),
    end: (hash) => Effect.asVoid(write(sql.unsafe("DELETE FROM sessions WHERE hash = $1", [hash]))),
    prune: (idleSince) =>
      Effect.asVoid(
        write(sql.unsafe("DELETE FROM sessions WHERE used_at < to_timestamp($1::float8 / 1000)", [idleSince]))
      )
  })
