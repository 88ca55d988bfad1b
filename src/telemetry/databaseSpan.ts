import { Effect } from "effect"

import { whereTraced } from "./traced.ts"

/**
 * `call` with a span: one call of the journal, waiting included: many calls of many communications are one statement (DESIGN "Group commit"), so the
 * statement itself has no span (OpenTelemetry, database spans), nor is this one the parent of any: to become that, the context is rebuilt twice.
 */
export const databaseSpan = <Args extends ReadonlyArray<unknown>, A, E>(
  operation: "SELECT" | "INSERT" | "DELETE",
  table: string,
  call: (...args: Args) => Effect.Effect<A, E>
) => {
  const name = `${operation} ${table}`
  const options = {
    kind: "client",
    attributes: {
      "db.system.name": "postgresql",
      "db.operation.name": operation,
      "db.collection.name": table
    }
  } as const
  const inSpan = whereTraced<A, E, never>((work) => Effect.useSpan(name, options, () => work))
  return (...args: Args): Effect.Effect<A, E> => inSpan(call(...args))
}
