import { Effect, Layer } from "effect"

import { DatabaseOperator } from "../layers/database/DatabaseOperator.ts"
import { DatabaseStatusRef } from "../layers/database/DatabaseStatusRef.ts"
import { JournalSql } from "../layers/journal/JournalSql.ts"
import { DatabaseStatus } from "../services/DatabaseStatus.ts"
import { ProblemFound } from "./exitCodes.ts"

/** A guest writes without holding the database: the fence guards what the service has under way (DESIGN "Fence"). */
const StatusGuest = Layer.effect(
  DatabaseStatus,
  Effect.tap(DatabaseStatus, (status) => status.report({ holder: true }))
).pipe(Layer.provide(DatabaseStatusRef))

/** The database of `Settings`, as a guest. */
export const OperatorDatabase = Layer.provideMerge(DatabaseOperator, StatusGuest)

/** The journal, beside a running service or instead of it. */
export const OperatorJournal = Layer.provide(JournalSql, OperatorDatabase)

/** The layers wait for what is away; an operator does not. */
export const withinPatience = <A, E, R>(effect: Effect.Effect<A, E, R>, whom = "the database (DATABASE_URL)") =>
  Effect.timeoutOrElse(effect, {
    duration: "20 seconds",
    orElse: () => Effect.fail(new ProblemFound({ detail: `${whom} did not answer within 20 s` }))
  })
