import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { ConnectionError, SqlError } from "effect/sql/SqlError"

/** Faults to come, in order, one for each statement: none when it is empty. */
export type SqlFault = "refused before" | "answer lost"

export class SqlFaults extends Context.Service<SqlFaults, Array<SqlFault>>()("test/SqlFaults") {}

const lost = new SqlError({ reason: new ConnectionError({ cause: new Error("connection lost on purpose") }) })

const faulty = (client: SqlClient, faults: Array<SqlFault>): SqlClient =>
  new Proxy(client, {
    get: (target, property) => {
      if (property !== "unsafe") return Reflect.get(target, property)
      return (text: string, parameters: ReadonlyArray<unknown>) =>
        Effect.suspend(() => {
          const statement = target.unsafe(text, parameters)
          switch (faults.shift()) {
            case "refused before":
              return Effect.fail(lost)
            case "answer lost":
              return Effect.andThen(statement, Effect.fail(lost))
            case undefined:
              return statement
          }
        })
    }
  })

/** A `SqlClient` whose statements fail as `SqlFaults` says, before they reach the database or after their commit. */
export const FaultySql = Layer.effect(
  SqlClient,
  Effect.gen(function* () {
    return faulty(yield* SqlClient, yield* SqlFaults)
  })
).pipe(Layer.provideMerge(Layer.sync(SqlFaults, () => [])))
