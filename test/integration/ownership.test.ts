import * as PgConnection from "@effect/sql-pg/PgConnection"
import { it } from "@effect/vitest"
import { Effect, Exit, Layer, Redacted, Scope } from "effect"

import { DatabaseStatusRef } from "../../src/layers/database/DatabaseStatusRef.ts"
import { lockConnection } from "../../src/layers/database/locks/LockConnection.ts"
import { ownershipContract, type OwningProcess } from "../contracts/ownership.ts"
import { databaseUrl, schemaIn } from "../layers/database/postgresSchema.ts"

/** Processes that share the locks of their own schema in the real database. */
const world = Effect.orDie(
  Effect.gen(function* () {
    const url = yield* Effect.flatMap(databaseUrl, schemaIn)
    let started = 0
    const server = yield* PgConnection.make({ url: Redacted.make(url) })
    const start = Effect.gen(function* () {
      const scope = yield* Scope.fork(yield* Effect.scope)
      // The test identifies the sessions in the server by their names.
      const applicationName = `locks ${crypto.randomUUID()} ${started++}`
      const config = { url: Redacted.make(url), applicationName }
      const { ownership } = yield* lockConnection({
        config,
        host: "test",
        most: Infinity,
        admit: () => Effect.void
      }).pipe(Scope.provide(scope), Effect.provide(Layer.fresh(DatabaseStatusRef)), Effect.orDie)
      const process: OwningProcess = {
        ownership,
        loseSession: Effect.orDie(
          Effect.asVoid(
            server.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", [
              applicationName
            ])
          )
        ),
        die: Scope.close(scope, Exit.void)
      }
      return process
    })
    return { start }
  })
)

ownershipContract({ name: "in Postgres", world, pass: Effect.sleep, test: it.live as typeof it.effect })
