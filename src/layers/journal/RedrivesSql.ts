import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

import { logName, type Origin } from "../../domain/record/Origin.ts"
import {
  type LetterKey,
  type Redrive,
  type RedrivenKey,
  Redrives,
  RedrivesUnavailable
} from "../../services/Redrives.ts"
import { abandonOnInterrupt } from "../database/abandonOnInterrupt.ts"
import { describeSqlError } from "../database/availability.ts"

const STATEMENT_TIMEOUT = "10 seconds"

const LETTERS = `unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS u(topic, partition, "offset", written_at)`
const SAME = `r.topic = u.topic AND r.partition = u.partition::integer AND r."offset" = u."offset"::bigint
  AND r.written_at = to_timestamp(u.written_at::float8 / 1000)`

const KNOWN = `SELECT r.topic, r.partition, r."offset"::text AS "offset", (extract(epoch FROM r.written_at) * 1000)::float8 AS timestamp,
  (extract(epoch FROM r.begun_at) * 1000)::float8 AS begun_at, (extract(epoch FROM r.done_at) * 1000)::float8 AS done_at
FROM redrives r JOIN ${LETTERS} ON ${SAME}`

/** Inserts in one order, so that two concurrent runs wait for one another. */
const begin = (conflict: string) => `INSERT INTO redrives (topic, partition, "offset", written_at, begun_at)
SELECT u.topic, u.partition::integer, u."offset"::bigint, to_timestamp(u.written_at::float8 / 1000), to_timestamp($5::float8 / 1000)
FROM ${LETTERS} ORDER BY 1, 2, 3
ON CONFLICT (topic, partition, "offset", written_at) DO ${conflict}
RETURNING topic, partition, "offset"::text AS "offset", (extract(epoch FROM written_at) * 1000)::float8 AS timestamp`

const FIRST = begin("NOTHING")
const AGAIN = begin("UPDATE SET begun_at = excluded.begun_at")
/** The overview counts the records that ended as dead letters and were not redriven. */
const DONE = `WITH redriven AS (
  UPDATE records r SET redriven_at = to_timestamp($5::float8 / 1000)
  FROM unnest($6::text[], $7::text[], $8::text[]) AS o(topic, partition, "offset")
  WHERE r.topic = o.topic AND r.partition = o.partition::integer AND r."offset" = o."offset"::bigint
    AND r.ending = 'dead_letter'
)
UPDATE redrives r SET done_at = to_timestamp($5::float8 / 1000) FROM ${LETTERS} WHERE ${SAME}`
const UNDO = `DELETE FROM redrives r USING ${LETTERS} WHERE ${SAME} AND r.done_at IS NULL`

interface Place {
  readonly topic: string
  readonly partition: number
  readonly offset: string
  readonly timestamp: number
}

interface Row extends Place {
  readonly begun_at: number
  readonly done_at: number | null
}

const keyOf = ({ offset, partition, timestamp, topic }: LetterKey | Place): string =>
  `${topic}/${partition}/${offset}@${timestamp}`

const places = (origins: ReadonlyArray<Origin>) => [
  origins.map(logName),
  origins.map(({ partition }) => String(partition)),
  origins.map(({ offset }) => String(offset))
]

const columns = (letters: ReadonlyArray<LetterKey>) => [
  ...places(letters),
  letters.map(({ timestamp }) => String(timestamp))
]

const toRedrive = ({ begun_at, done_at }: Row): Redrive => ({
  begunAt: begun_at,
  ...(done_at !== null && { doneAt: done_at })
})

/** Limits the time of a statement that an operator waits for. */
const bounded = <A>(effect: Effect.Effect<A, SqlError>) =>
  abandonOnInterrupt(effect).pipe(
    Effect.mapError((error) => new RedrivesUnavailable({ detail: describeSqlError(error) })),
    Effect.timeoutOrElse({
      duration: STATEMENT_TIMEOUT,
      orElse: () =>
        Effect.fail(
          new RedrivesUnavailable({ detail: `the database did not answer within ${STATEMENT_TIMEOUT} (DATABASE_URL)` })
        )
    })
  )

const make = Effect.map(SqlClient, (sql) => {
  const known = Effect.fn("Redrives.known")(function* (letters: ReadonlyArray<LetterKey>) {
    const rows = yield* bounded(sql.unsafe<Row>(KNOWN, columns(letters)))
    const found = new Map(rows.map((row) => [keyOf(row), toRedrive(row)]))
    return letters.map((letter) => found.get(keyOf(letter)))
  })

  return Redrives.of({
    known,
    begin: Effect.fn("Redrives.begin")(function* (letters: ReadonlyArray<LetterKey>, at: number, again: boolean) {
      const rows = yield* bounded(sql.unsafe<Place>(again ? AGAIN : FIRST, [...columns(letters), at]))
      const begun = new Set(rows.map(keyOf))
      const others = letters.filter((letter) => !begun.has(keyOf(letter)))
      const knownOthers = yield* known(others)
      const found = new Map(others.map((letter, index) => [keyOf(letter), knownOthers[index]]))
      return letters.map((letter) => found.get(keyOf(letter)))
    }),
    done: Effect.fn("Redrives.done")((letters: ReadonlyArray<RedrivenKey>, at: number) => {
      const originals = letters.flatMap(({ original }) => original ?? [])
      return Effect.asVoid(bounded(sql.unsafe(DONE, [...columns(letters), at, ...places(originals)])))
    }),
    undo: Effect.fn("Redrives.undo")((letters: ReadonlyArray<LetterKey>) =>
      Effect.asVoid(bounded(sql.unsafe(UNDO, columns(letters))))
    )
  })
})

/** The record of redrives in Postgres or PGlite, beside the journal. Works without holding the database. */
export const RedrivesSql = Layer.effect(Redrives, make)
