import * as PgClient from "@effect/sql-pg/PgClient"
import { Effect, Redacted } from "effect"
import { Reactivity } from "effect/reactivity"

import { decodeFacts, type Fact } from "../../src/domain/communication/Fact.ts"

/** The facts that, from outside, only the service's database shows. */
export const makeDatabase = (primaryUrl: Effect.Effect<string>) => {
  // Each query has its own connection, because the primary changes.
  const query = <A extends object>(text: string) =>
    Effect.gen(function* () {
      const sql = yield* PgClient.make({ url: Redacted.make(yield* primaryUrl), maxConnections: 1 })
      return yield* sql.unsafe<A>(text)
    }).pipe(Effect.scoped, Effect.provide(Reactivity.layer), Effect.orDie)
  return {
    /** How much due work there is, and how many events wait for their communication. */
    waiting: Effect.map(
      query<{ readonly due: number; readonly parked: number }>(
        `SELECT (SELECT count(*)::float8 FROM communications WHERE due IS NOT NULL) AS due,
                (SELECT count(*)::float8 FROM parked) AS parked`
      ),
      ([counts]) => counts ?? { due: 0, parked: 0 }
    ),
    /** The endings of all records, by `topic/partition/offset`. */
    endings: Effect.map(
      query<{ readonly origin: string; readonly ending: string }>(
        `SELECT topic || '/' || partition || '/' || "offset" AS origin, ending FROM records`
      ),
      (rows) => new Map(rows.map(({ ending, origin }) => [origin, ending]))
    ),
    /** The facts of all communications, by `id_correlacao`. */
    facts: Effect.gen(function* () {
      const all = new Map<string, Array<Fact>>()
      const rows = yield* query<{ readonly id: string; readonly facts: string }>(
        `SELECT id, facts FROM facts ORDER BY id, seq`
      )
      for (const { facts, id } of rows) {
        const own = all.get(id) ?? []
        all.set(id, own)
        own.push(...(yield* Effect.orDie(decodeFacts(facts))))
      }
      return all
    })
  }
}
