import { Clock, Effect, Exit, Layer, Scope } from "effect"

import { lockOwnership } from "../../src/layers/ownership/lockOwnership.ts"
import { LockTable } from "../../src/layers/ownership/LockTable.ts"
import { makeLockServer } from "../../src/layers/ownership/OwnershipMemory.ts"
import { always, Ownership } from "../../src/services/Ownership.ts"

/** The locks that several processes of one world share. */
export const makeLocks = () => {
  const server = makeLockServer()
  return {
    /** One process: its `Ownership`, and its lock session. */
    process: Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const table = new LockTable(clock)
      let session = yield* Scope.make()
      const begin = Effect.gen(function* () {
        session = yield* Scope.make()
        yield* Effect.forkIn(table.serve(server.join(table), { provenAt: always }), session)
      })
      yield* begin
      return {
        layer: Layer.succeed(
          Ownership,
          lockOwnership(table, clock, (kind, id) => `${kind} ${id}`)
        ),
        /** Ends the session. */
        lose: Effect.suspend(() =>
          Effect.andThen(
            Scope.close(session, Exit.void),
            Effect.sync(() => server.leave(table))
          )
        ),
        /** Starts another session. */
        begin,
        /** Ends the process, as `kill -9` does. */
        die: Effect.sync(() => server.leave(table))
      }
    })
  }
}
