import { Effect } from "effect"

import { whereTraced } from "./traced.ts"

/**
 * Wraps one journal call, including its queueing time, in a span (OpenTelemetry, database spans). The SQL statement
 * gets no span of its own, because one statement serves many calls of many communications (DESIGN "Group commit"). The
 * span is never the parent of another, because becoming one would rebuild the context twice.
 */
export const databaseSpan = <Args extends ReadonlyArray<unknown>, A, E>(
  operation: "SELECT" | "INSERT" | "UPDATE" | "DELETE",
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
