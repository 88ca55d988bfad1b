import type { Effect } from "effect"

import { traced } from "./traced.ts"

/**
 * `call` with a span: one call of the journal, waiting included: many calls of many communications are one statement (DESIGN "Group commit"), so the
 * statement itself has no span (OpenTelemetry, database spans).
 */
export const databaseSpan = <Args extends ReadonlyArray<unknown>, A, E>(
  operation: "SELECT" | "INSERT" | "DELETE",
  table: string,
  call: (...args: Args) => Effect.Effect<A, E>
) => {
  const inSpan = traced(`${operation} ${table}`, {
    kind: "client",
    attributes: {
      "db.system.name": "postgresql",
      "db.operation.name": operation,
      "db.collection.name": table
    }
  })
  return (...args: Args): Effect.Effect<A, E> => inSpan(call(...args))
}
