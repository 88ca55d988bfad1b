import { Effect, Layer } from "effect"

import { DatabaseOperator } from "../layers/database/DatabaseOperator.ts"
import { DatabaseStatusRef } from "../layers/database/DatabaseStatusRef.ts"
import { JournalSqlGuest } from "../layers/journal/JournalSql.ts"
import { DatabaseStatus } from "../services/DatabaseStatus.ts"
import { ProblemFound } from "./exitCodes.ts"

/**
 * An operator's command writes without holding the database. The fence protects the service's work in progress
 * (DESIGN "Fence").
 */
const OperatorStatus = Layer.effect(
  DatabaseStatus,
  Effect.tap(DatabaseStatus, (status) => status.report({ holder: true }))
).pipe(Layer.provide(DatabaseStatusRef))

/** The database of `Settings`, without taking its lock. */
export const OperatorDatabase = Layer.provideMerge(DatabaseOperator, OperatorStatus)

/** The journal, used beside a running service or without one. */
export const OperatorJournal = Layer.provide(JournalSqlGuest, OperatorDatabase)

/** Fails after `seconds`. The layers wait for an unavailable database or broker, but an operator should not have to. */
export const withinPatience = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  whom = "the database (DATABASE_URL)",
  seconds = 20
) =>
  Effect.timeoutOrElse(effect, {
    duration: seconds * 1000,
    orElse: () => Effect.fail(new ProblemFound({ detail: `${whom} did not answer within ${seconds} s` }))
  })
