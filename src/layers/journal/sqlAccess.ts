import { Effect, Exit } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

import type { DatabaseStatus } from "../../services/DatabaseStatus.ts"
import { makeAvailability } from "../database/availability.ts"
import { StatementPace } from "../database/StatementPace.ts"
import { type BatchQueueOptions, makeBatchQueue } from "./batchQueue.ts"

/**
 * Limits of one statement: its calls (DESIGN "Group commit") and their size in characters. An embedded database has
 * little memory.
 */
export const BATCH = 200
export const BATCH_LENGTH = 4_000_000

/** How the journal's statements reach the database. They wait for it, and writes wait for this process to hold it. */
export const makeSqlAccess = Effect.fnUntraced(function* (sql: SqlClient, status: DatabaseStatus["Service"]) {
  const availability = yield* makeAvailability("the journal's database")

  /**
   * Refused values become a defect, which `makeBatchQueue` narrows down to the call that holds them. Calls have spans,
   * statements have none.
   */
  const persist = <A>(effect: Effect.Effect<A, SqlError>) =>
    Effect.withTracerEnabled(Effect.orDie(availability.persist(effect)), false)
  const write = <A>(effect: Effect.Effect<A, SqlError>) => persist(Effect.andThen(status.holding, effect))

  const pace = yield* StatementPace

  /** Combines the reads of many callers into one. */
  const read = <In, Out, E = never>(
    query: (sql: SqlClient, inputs: ReadonlyArray<In>) => Effect.Effect<ReadonlyArray<Exit.Exit<Out, E>>, SqlError>
  ) =>
    makeBatchQueue<In, Out, E>({
      max: BATCH,
      maxWeight: BATCH,
      weigh: () => 1,
      key: () => undefined,
      concurrency: 1,
      between: pace.between,
      run: (inputs) => persist(query(sql, inputs))
    })

  /** Combines the writes of many callers into one commit. `weigh` is a call's share of `maxWeight`, one if absent. */
  const writeTogether = <In>(
    statement: (inputs: ReadonlyArray<In>) => Effect.Effect<void, SqlError>,
    { maxWeight, weigh }: Pick<BatchQueueOptions<In, void, never>, "maxWeight" | "weigh"> = {
      maxWeight: BATCH,
      weigh: () => 1
    }
  ) =>
    makeBatchQueue<In, void, never>({
      max: BATCH,
      maxWeight,
      weigh,
      key: () => undefined,
      concurrency: 1,
      between: pace.between,
      run: (inputs) =>
        Effect.as(
          write(statement(inputs)),
          inputs.map(() => Exit.void)
        )
    })

  return { sql, pace, persist, write, read, writeTogether }
})
export type SqlAccess = Effect.Success<ReturnType<typeof makeSqlAccess>>
