import { Deferred, Effect, Latch, Layer, Ref } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"

import { DatabaseLost, DatabaseStatus } from "../../services/DatabaseStatus.ts"
import { abandonOnInterrupt } from "./abandonOnInterrupt.ts"

/** Returns the probe's answer, or `false` after 2 s. */
const answersInTime = (probe: Effect.Effect<boolean>): Effect.Effect<boolean> =>
  abandonOnInterrupt(probe).pipe(Effect.timeoutOrElse({ duration: "2 seconds", orElse: () => Effect.succeed(false) }))

const make = Effect.gen(function* () {
  const known = yield* Ref.make({ probe: Effect.succeed(false), holder: false, detail: "starting" })
  const latch = yield* Latch.make(false)
  const lost = yield* Deferred.make<never, DatabaseLost>()

  return DatabaseStatus.of({
    state: Effect.gen(function* () {
      const { probe, holder, detail } = yield* Ref.get(known)
      return { reachable: yield* answersInTime(probe), holder, detail }
    }),
    holding: latch.await,
    lost: Deferred.await(lost),
    report: Effect.fnUntraced(function* (report) {
      yield* Ref.update(known, (before) => ({ ...before, ...report }))
      if (report.lost !== undefined) yield* Deferred.fail(lost, new DatabaseLost({ detail: report.lost }))
      if (report.holder !== undefined) yield* report.holder ? latch.open : latch.close
    })
  })
})

/** Builds without a database. Its state is "not holding" until a database layer reports otherwise. */
export const DatabaseStatusRef = Layer.effect(DatabaseStatus, make)

/** Whether the database answers a statement now. Without any answer this may take long. */
export const probe = (sql: SqlClient): Effect.Effect<boolean> =>
  sql`SELECT 1`.pipe(
    Effect.as(true),
    Effect.orElseSucceed(() => false),
    Effect.withTracerEnabled(false)
  )
