import { Effect, Exit } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

import type { DatabaseStatus } from "../../services/DatabaseStatus.ts"
import { makeOutage } from "../database/outage.ts"
import { type GatherOptions, makeGather } from "./gather.ts"

/** Calls in one statement, at most (DESIGN "Group commit"), and their size in characters: an embedded database has little memory. */
export const BATCH = 200
export const BATCH_LENGTH = 4_000_000

/** How the journal's statements reach the database: they wait for it, and for this process to hold it. */
export const makeSqlAccess = Effect.fnUntraced(function* (sql: SqlClient, status: DatabaseStatus["Service"]) {
  const outage = yield* makeOutage("the journal's database")

  /** Refused values become a defect, which `makeGather` narrows down to the call that holds them. Calls have spans, statements none. */
  const persist = <A>(effect: Effect.Effect<A, SqlError>) =>
    Effect.withTracerEnabled(Effect.orDie(outage.persist(effect)), false)
  const write = <A>(effect: Effect.Effect<A, SqlError>) => persist(Effect.andThen(status.holding, effect))

  /** Reads of many callers as one. */
  const read = <In, Out>(
    query: (sql: SqlClient, inputs: ReadonlyArray<In>) => Effect.Effect<ReadonlyArray<Exit.Exit<Out>>, SqlError>
  ) =>
    makeGather<In, Out, never>({
      max: BATCH,
      maxWeight: BATCH,
      weigh: () => 1,
      key: () => undefined,
      concurrency: 1,
      run: (inputs) => persist(query(sql, inputs))
    })

  /** Writes of many callers as one commit; `weigh`: what of `maxWeight` a call takes, one if absent. */
  const writeTogether = <In>(
    statement: (inputs: ReadonlyArray<In>) => Effect.Effect<void, SqlError>,
    { maxWeight, weigh }: Pick<GatherOptions<In, void, never>, "maxWeight" | "weigh"> = {
      maxWeight: BATCH,
      weigh: () => 1
    }
  ) =>
    makeGather<In, void, never>({
      max: BATCH,
      maxWeight,
      weigh,
      key: () => undefined,
      concurrency: 1,
      run: (inputs) =>
        Effect.as(
          write(statement(inputs)),
          inputs.map(() => Exit.void)
        )
    })

  return { sql, persist, write, read, writeTogether }
})
export type SqlAccess = Effect.Success<ReturnType<typeof makeSqlAccess>>
